package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.JsonLists;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** The SQL of prompts. */
public final class PromptStore {
    private static final String COLUMNS =
            "id, name, template, description, tags, tools, version, created_at, updated_at, is_active";

    /** What is said of a prompt; null for nothing. */
    public record Content(
            String name, String template, String description, List<String> tags, List<? extends JsonNode> tools) {}

    public List<Prompt> list(Handle handle) {
        return handle.createQuery(
                        "SELECT " + COLUMNS + " FROM prompts.prompts WHERE is_active ORDER BY created_at DESC, id")
                .map(PromptStore::map)
                .list();
    }

    public Optional<Prompt> find(Handle handle, String id) {
        return handle.createQuery("SELECT " + COLUMNS + " FROM prompts.prompts WHERE id = :id AND is_active")
                .bind("id", id)
                .map(PromptStore::map)
                .findOne();
    }

    /**
     * Stores a new prompt. An id whose prompt was deleted is used again, with the next version.
     *
     * @return empty when the id is taken
     */
    public Optional<Prompt> create(Handle handle, String id, Content content, LocalDateTime now) {
        return handle.createQuery("""
                        INSERT INTO prompts.prompts AS p (id, name, template, description, tags, tools, version,
                            created_at, updated_at, is_active)
                        VALUES (:id, :name, :template, :description, :tags, :tools, 1, :now, :now, true)
                        ON CONFLICT (id) DO UPDATE SET name = excluded.name, template = excluded.template,
                            description = excluded.description, tags = excluded.tags, tools = excluded.tools,
                            version = p.version + 1, created_at = excluded.created_at,
                            updated_at = excluded.updated_at, is_active = true
                        WHERE NOT p.is_active
                        RETURNING %s
                        """.formatted(COLUMNS))
                .bind("id", id)
                .bind("name", content.name())
                .bind("template", content.template())
                .bind("description", content.description())
                .bind("tags", isEmpty(content.tags()) ? null : Json.write(content.tags()))
                .bind("tools", isEmpty(content.tools()) ? null : Json.write(content.tools()))
                .bind("now", now)
                .map(PromptStore::map)
                .findOne();
    }

    /** Changes what is not null and counts the version up; empty when there is no such active prompt. */
    public Optional<Prompt> update(Handle handle, String id, Content content, LocalDateTime now) {
        return handle.createQuery("""
                        UPDATE prompts.prompts SET name = coalesce(:name, name),
                            template = coalesce(:template, template), description = coalesce(:description, description),
                            tags = coalesce(:tags, tags), tools = coalesce(:tools, tools), version = version + 1,
                            updated_at = :now
                        WHERE id = :id AND is_active
                        RETURNING %s
                        """.formatted(COLUMNS))
                .bind("id", id)
                .bind("name", content.name())
                .bind("template", content.template())
                .bind("description", content.description())
                .bind("tags", content.tags() == null ? null : Json.write(content.tags()))
                .bind("tools", content.tools() == null ? null : Json.write(content.tools()))
                .bind("now", now)
                .map(PromptStore::map)
                .findOne();
    }

    /** @return false when there is no such active prompt */
    public boolean delete(Handle handle, String id, LocalDateTime now) {
        return handle.createUpdate("""
                        UPDATE prompts.prompts SET is_active = false, updated_at = :now WHERE id = :id AND is_active
                        """).bind("id", id).bind("now", now).execute() == 1;
    }

    private static boolean isEmpty(List<?> list) {
        return list == null || list.isEmpty();
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
