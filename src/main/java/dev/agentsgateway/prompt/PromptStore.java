package dev.agentsgateway.prompt;

import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.JsonLists;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.StatementContext;

/** The SQL of prompts. Every change also writes the version that it makes. */
public final class PromptStore {
    private static final String COLUMNS =
            "id, name, template, description, tags, tools, version, created_at, updated_at, is_active";

    /** Above all versions that there are, also when the row itself was removed and made anew by others. */
    private static final String NEXT = """
            greatest(p.version, (SELECT max(v.version) FROM prompts.prompt_versions v WHERE v.prompt_id = :id)) + 1
            """;

    private static final String KEPT = """
            kept AS (
                INSERT INTO prompts.prompt_versions (prompt_id, version, name, template, description, tags, tools,
                    created_at, created_by_key)
                SELECT id, version, name, template, description, tags, tools, updated_at, :key FROM changed)
            SELECT * FROM changed
            """;

    private final String visible;

    /** @param backEnd where the prompts are that this shows; null for all that are in the table */
    public PromptStore(String backEnd) {
        visible = backEnd == null
                ? "p.is_active"
                : "p.is_active AND EXISTS (SELECT FROM prompts.prompt_copies c WHERE c.prompt_id = p.id"
                        + " AND c.back_end = '" + backEnd + "')";
    }

    /** The condition under which a row {@code p} of {@code prompts.prompts} is shown. */
    public String visible() {
        return visible;
    }

    /**
     * Which prompts, and how many.
     *
     * @param text  stands in the id, the name or the description; null for any
     * @param after where the page before ended, null for the first page
     * @param limit null for all
     */
    record Filter(String text, String tag, Place after, Integer limit) {
        static final Filter ALL = new Filter(null, null, null, null);
    }

    /** A place in the list. */
    record Place(LocalDateTime createdAt, String id) {}

    /** Newest first. */
    List<Prompt> list(Handle handle, Filter filter) {
        return handle.createQuery("""
                        SELECT %s FROM prompts.prompts p WHERE %s
                            AND (:text::text IS NULL OR position(lower(:text) IN
                                lower(concat_ws(' ', p.id, p.name, p.description))) > 0)
                            AND (:tag::text IS NULL OR prompts.has_tag(p.tags, :tag))
                            AND (:at::timestamp IS NULL OR p.created_at < :at OR (p.created_at = :at AND p.id > :after))
                        ORDER BY p.created_at DESC, p.id LIMIT :limit
                        """.formatted(COLUMNS, visible))
                .bind("text", filter.text())
                .bind("tag", filter.tag())
                .bind("at", filter.after() == null ? null : filter.after().createdAt())
                .bind("after", filter.after() == null ? null : filter.after().id())
                .bind("limit", filter.limit())
                .map(PromptStore::map)
                .list();
    }

    Optional<Prompt> find(Handle handle, String id) {
        return one(handle, id, "");
    }

    /** Locks a prompt against other changes until the transaction ends. */
    Optional<Prompt> lock(Handle handle, String id) {
        return one(handle, id, "FOR UPDATE OF p");
    }

    private Optional<Prompt> one(Handle handle, String id, String locking) {
        return handle.createQuery("SELECT %s FROM prompts.prompts p WHERE p.id = :id AND %s %s"
                        .formatted(COLUMNS, visible, locking))
                .bind("id", id)
                .map(PromptStore::map)
                .findOne();
    }

    /** Stores a prompt under an id that shows none, over what may be there: with the version after all there were. */
    Optional<Prompt> create(Handle handle, String id, PromptContent content, Edit edit) {
        return bound(content, edit, handle.createQuery("""
                        WITH changed AS (
                            INSERT INTO prompts.prompts AS p (id, name, template, description, tags, tools, version,
                                created_at, updated_at, is_active)
                            VALUES (:id, :name, :template, :description, :tags, :tools,
                                coalesce((SELECT max(v.version) FROM prompts.prompt_versions v
                                    WHERE v.prompt_id = :id), 0) + 1, :now, :now, true)
                            ON CONFLICT (id) DO UPDATE SET name = excluded.name, template = excluded.template,
                                description = excluded.description, tags = excluded.tags, tools = excluded.tools,
                                version = %s, created_at = excluded.created_at, updated_at = excluded.updated_at,
                                is_active = true
                            WHERE NOT (%s)
                            RETURNING %s), %s
                        """.formatted(NEXT, visible, COLUMNS, KEPT)))
                .bind("id", id)
                .map(PromptStore::map)
                .findOne();
    }

    /** Gives a prompt another content, which is the next version. */
    Prompt update(Handle handle, String id, PromptContent content, Edit edit) {
        return bound(content, edit, handle.createQuery("""
                        WITH changed AS (
                            UPDATE prompts.prompts p SET name = :name, template = :template,
                                description = :description, tags = :tags, tools = :tools, version = %s,
                                updated_at = :now
                            WHERE p.id = :id
                            RETURNING %s), %s
                        """.formatted(NEXT, COLUMNS, KEPT)))
                .bind("id", id)
                .map(PromptStore::map)
                .one();
    }

    /** Its labels go too; its versions stay. */
    boolean delete(Handle handle, String id, Edit edit) {
        boolean deleted = handle.createUpdate("""
                        UPDATE prompts.prompts p SET is_active = false, updated_at = :now WHERE p.id = :id AND %s
                        """.formatted(visible))
                        .bind("id", id)
                        .bind("now", edit.at())
                        .execute()
                == 1;
        if (deleted) {
            handle.createUpdate("DELETE FROM prompts.prompt_labels WHERE prompt_id = :id")
                    .bind("id", id)
                    .execute();
        }
        return deleted;
    }

    private static <S extends SqlStatement<S>> S bound(PromptContent content, Edit edit, S statement) {
        return statement
                .bind("name", content.name())
                .bind("template", content.template())
                .bind("description", content.description())
                .bind("tags", content.tags() == null ? null : Json.write(content.tags()))
                .bind("tools", content.tools() == null ? null : Json.write(content.tools()))
                .bind("now", edit.at())
                .bind("key", edit.keyId());
    }

    private static Prompt map(ResultSet row, StatementContext unused) throws SQLException {
        return read(row, "");
    }

    /** A prompt of a row whose column names have a prefix; for joins with {@code p.}-columns. */
    public static Prompt read(ResultSet row, String prefix) throws SQLException {
        return new Prompt(
                row.getString(prefix + "id"),
                row.getString(prefix + "name"),
                row.getString(prefix + "template"),
                row.getString(prefix + "description"),
                JsonLists.strings(row.getString(prefix + "tags")),
                JsonLists.nodes(row.getString(prefix + "tools")),
                row.getInt(prefix + "version"),
                row.getObject(prefix + "created_at", LocalDateTime.class),
                row.getObject(prefix + "updated_at", LocalDateTime.class),
                row.getBoolean(prefix + "is_active"));
    }
}
