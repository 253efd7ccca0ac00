package dev.agentsgateway.prompt;

import dev.agentsgateway.common.JsonLists;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** The SQL of prompts' versions and labels. That a prompt is there is for its callers to know. */
final class PromptVersionStore {
    private static final String LABELS = """
            ARRAY(SELECT l.label FROM prompts.prompt_labels l
                WHERE l.prompt_id = v.prompt_id AND l.version = v.version ORDER BY l.label) AS labels
            """;

    /** Newest first, without their templates. */
    List<PromptVersion.Summary> list(Handle handle, String promptId, Integer below, int limit) {
        return handle.createQuery("""
                        SELECT v.version, v.name, v.description, v.tags, v.created_at, v.created_by_key, %s
                        FROM prompts.prompt_versions v
                        WHERE v.prompt_id = :id AND (:below::integer IS NULL OR v.version < :below)
                        ORDER BY v.version DESC LIMIT :limit
                        """.formatted(LABELS))
                .bind("id", promptId)
                .bind("below", below)
                .bind("limit", limit)
                .map((row, _) -> new PromptVersion.Summary(
                        row.getInt("version"),
                        row.getString("name"),
                        row.getString("description"),
                        JsonLists.strings(row.getString("tags")),
                        texts(row.getArray("labels")),
                        row.getObject("created_at", LocalDateTime.class),
                        row.getObject("created_by_key", Integer.class)))
                .list();
    }

    Optional<PromptVersion> find(Handle handle, String promptId, int version) {
        return handle.createQuery("""
                        SELECT v.*, %s FROM prompts.prompt_versions v
                        WHERE v.prompt_id = :id AND v.version = :version
                        """.formatted(LABELS))
                .bind("id", promptId)
                .bind("version", version)
                .map(PromptVersionStore::map)
                .findOne();
    }

    Optional<PromptVersion> labelled(Handle handle, String promptId, String label) {
        return handle.createQuery("""
                        SELECT v.*, %s FROM prompts.prompt_versions v
                        JOIN prompts.prompt_labels f ON f.prompt_id = v.prompt_id AND f.version = v.version
                        WHERE f.prompt_id = :id AND f.label = :label
                        """.formatted(LABELS))
                .bind("id", promptId)
                .bind("label", label)
                .map(PromptVersionStore::map)
                .findOne();
    }

    List<PromptLabel> labels(Handle handle, String promptId) {
        return handle.createQuery("""
                        SELECT label, version, updated_at, updated_by_key FROM prompts.prompt_labels
                        WHERE prompt_id = :id ORDER BY label
                        """)
                .bind("id", promptId)
                .map(PromptVersionStore::label)
                .list();
    }

    int countLabels(Handle handle, String promptId) {
        return handle.createQuery("SELECT count(*) FROM prompts.prompt_labels WHERE prompt_id = :id")
                .bind("id", promptId)
                .mapTo(Integer.class)
                .one();
    }

    /** Makes a label or moves it. The version must be there. */
    PromptLabel label(Handle handle, String promptId, String label, int version, Edit edit) {
        return handle.createQuery("""
                        INSERT INTO prompts.prompt_labels (prompt_id, label, version, updated_at, updated_by_key)
                        VALUES (:id, :label, :version, :now, :key)
                        ON CONFLICT (prompt_id, label) DO UPDATE SET version = excluded.version,
                            updated_at = excluded.updated_at, updated_by_key = excluded.updated_by_key
                        RETURNING label, version, updated_at, updated_by_key
                        """)
                .bind("id", promptId)
                .bind("label", label)
                .bind("version", version)
                .bind("now", edit.at())
                .bind("key", edit.keyId())
                .map(PromptVersionStore::label)
                .one();
    }

    boolean unlabel(Handle handle, String promptId, String label) {
        return handle.createUpdate("DELETE FROM prompts.prompt_labels WHERE prompt_id = :id AND label = :label")
                        .bind("id", promptId)
                        .bind("label", label)
                        .execute()
                == 1;
    }

    private static PromptLabel label(ResultSet row, StatementContext unused) throws SQLException {
        return new PromptLabel(
                row.getString("label"),
                row.getInt("version"),
                row.getObject("updated_at", LocalDateTime.class),
                row.getObject("updated_by_key", Integer.class));
    }

    private static PromptVersion map(ResultSet row, StatementContext unused) throws SQLException {
        return new PromptVersion(
                row.getString("prompt_id"),
                row.getInt("version"),
                row.getString("name"),
                row.getString("template"),
                row.getString("description"),
                JsonLists.strings(row.getString("tags")),
                JsonLists.nodes(row.getString("tools")),
                texts(row.getArray("labels")),
                row.getObject("created_at", LocalDateTime.class),
                row.getObject("created_by_key", Integer.class));
    }

    private static List<String> texts(Array array) throws SQLException {
        return List.of((String[]) array.getArray());
    }
}
