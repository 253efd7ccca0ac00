package dev.agentsgateway.skill;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.JsonLists;
import dev.agentsgateway.db.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.Update;

/** The SQL of skills. Lists are JSON arrays in text columns; what else is found there reads as null. */
final class SkillStore {
    /** Told the id of every skill that changes, on all replicas. */
    static final String CHANNEL = "skill_changes";

    private static final String COLUMNS = """
            id, name, instructions, description, category, "references", scripts, allowed_tools, tags, created_at,
            updated_at, is_active
            """;

    /** @param category exactly this one, null for all */
    List<Skill.Summary> list(Handle handle, boolean includeInactive, String category) {
        return handle.createQuery("""
                        SELECT id, name, description, category, tags, is_active FROM skills
                        WHERE (is_active OR :inactive) AND (:category::text IS NULL OR category = :category)
                        ORDER BY name, id
                        """)
                .bind("inactive", includeInactive)
                .bind("category", category)
                .map((row, _) -> new Skill.Summary(
                        row.getString("id"),
                        row.getString("name"),
                        row.getString("description"),
                        row.getString("category"),
                        texts(row.getString("tags")),
                        row.getBoolean("is_active")))
                .list();
    }

    /** The active skills of these ids, in no order. */
    List<Skill> find(Handle handle, List<String> ids) {
        return handle.createQuery("SELECT " + COLUMNS + " FROM skills WHERE is_active AND id = ANY(:ids)")
                .bind("ids", ids.toArray(String[]::new))
                .map(SkillStore::map)
                .list();
    }

    /** Locks an active skill against other changes until the transaction ends. */
    Optional<Skill> findLocked(Handle handle, String id) {
        return handle.createQuery("SELECT " + COLUMNS + " FROM skills WHERE is_active AND id = :id FOR UPDATE")
                .bind("id", id)
                .map(SkillStore::map)
                .findOne();
    }

    /**
     * Stores a new skill; a deleted one of its id is replaced and keeps only when it was made.
     *
     * @return empty when an active one has the id
     */
    Optional<Skill> create(Handle handle, Skill skill) {
        return bound(skill, handle.createUpdate("""
                        INSERT INTO skills AS s (id, name, instructions, description, category, "references", scripts,
                            allowed_tools, tags, created_at, updated_at, is_active)
                        VALUES (:id, :name, :instructions, :description, :category, :references, :scripts, :allowedTools,
                            :tags, :now, :now, true)
                        ON CONFLICT (id) DO UPDATE SET name = excluded.name, instructions = excluded.instructions,
                            description = excluded.description, category = excluded.category,
                            "references" = excluded."references", scripts = excluded.scripts,
                            allowed_tools = excluded.allowed_tools, tags = excluded.tags,
                            updated_at = excluded.updated_at, is_active = true
                        WHERE NOT s.is_active
                        """)).execute() == 1 ? announced(handle, skill.id()) : Optional.empty();
    }

    Skill update(Handle handle, Skill skill) {
        bound(skill, handle.createUpdate("""
                        UPDATE skills SET name = :name, instructions = :instructions, description = :description,
                            category = :category, "references" = :references, scripts = :scripts,
                            allowed_tools = :allowedTools, tags = :tags, updated_at = :now
                        WHERE id = :id
                        """)).execute();
        return announced(handle, skill.id()).orElseThrow();
    }

    /** @return false when there is no such active skill */
    boolean delete(Handle handle, String id, LocalDateTime now) {
        boolean deleted = handle.createUpdate(
                                "UPDATE skills SET is_active = false, updated_at = :now WHERE id = :id AND is_active")
                        .bind("id", id)
                        .bind("now", now)
                        .execute()
                == 1;
        if (deleted) {
            Database.notify(handle, CHANNEL, id);
        }
        return deleted;
    }

    private Optional<Skill> announced(Handle handle, String id) {
        Database.notify(handle, CHANNEL, id);
        return find(handle, List.of(id)).stream().findFirst();
    }

    private static Update bound(Skill skill, Update statement) {
        return statement
                .bind("id", skill.id())
                .bind("name", skill.name())
                .bind("instructions", skill.instructions())
                .bind("description", skill.description())
                .bind("category", skill.category())
                .bind("references", json(skill.references()))
                .bind("scripts", json(skill.scripts()))
                .bind("allowedTools", json(skill.allowedTools()))
                .bind("tags", json(skill.tags()))
                .bind("now", skill.updatedAt());
    }

    private static String json(List<?> list) {
        return list == null ? null : Json.write(list);
    }

    private static Skill map(ResultSet row, StatementContext unused) throws SQLException {
        return new Skill(
                row.getString("id"),
                row.getString("name"),
                row.getString("instructions"),
                row.getString("description"),
                row.getString("category"),
                objects(row.getString("references")),
                objects(row.getString("scripts")),
                texts(row.getString("allowed_tools")),
                texts(row.getString("tags")),
                row.getObject("created_at", LocalDateTime.class),
                row.getObject("updated_at", LocalDateTime.class),
                row.getBoolean("is_active"));
    }

    private static List<JsonNode> objects(String stored) {
        List<JsonNode> nodes = array(stored);
        return nodes != null && nodes.stream().allMatch(JsonNode::isObject) ? nodes : null;
    }

    private static List<String> texts(String stored) {
        List<JsonNode> nodes = array(stored);
        return nodes != null && nodes.stream().allMatch(JsonNode::isTextual)
                ? nodes.stream().map(JsonNode::textValue).toList()
                : null;
    }

    private static List<JsonNode> array(String stored) {
        List<JsonNode> nodes = JsonLists.nodes(stored);
        boolean none = nodes.isEmpty() && (stored == null || !stored.strip().startsWith("["));
        return none ? null : nodes;
    }
}
