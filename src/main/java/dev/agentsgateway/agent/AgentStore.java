package dev.agentsgateway.agent;

import dev.agentsgateway.common.JsonLists;
import dev.agentsgateway.prompt.Prompt;
import dev.agentsgateway.prompt.PromptStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.Update;

/** The SQL of agents. */
final class AgentStore {
    private static final String SELECT = """
            SELECT a.id, a.name, a.description, a.version, a.prompt_service_id, a.tags, a.config,
                p.id AS p_id, p.name AS p_name, p.template AS p_template, p.description AS p_description,
                p.tags AS p_tags, p.tools AS p_tools, p.version AS p_version, p.created_at AS p_created_at,
                p.updated_at AS p_updated_at, p.is_active AS p_is_active
            FROM agent_info a LEFT JOIN prompts.prompts p ON p.id = a.prompt_service_id AND p.is_active
            WHERE a.is_active
            """;

    private final AgentConfigs configs;

    /**
     * What an agent's row says.
     *
     * @param tags   JSON array or null
     * @param config JSON object or null
     */
    record Row(String id, String name, String description, String promptId, String tags, String config) {}

    AgentStore(AgentConfigs configs) {
        this.configs = configs;
    }

    List<Agent> list(Handle handle) {
        return handle.createQuery(SELECT + " ORDER BY a.name, a.id")
                .map(this::map)
                .list();
    }

    List<Agent> list(Handle handle, List<String> ids) {
        return handle.createQuery(SELECT + " AND a.id = ANY(:ids) ORDER BY a.name, a.id")
                .bind("ids", ids.toArray(String[]::new))
                .map(this::map)
                .list();
    }

    Optional<Agent> find(Handle handle, String id) {
        return handle.createQuery(SELECT + " AND a.id = :id")
                .bind("id", id)
                .map(this::map)
                .findOne();
    }

    /** Locks an active agent against other changes until the transaction ends. */
    Optional<Agent> findLocked(Handle handle, String id) {
        return handle.createQuery(SELECT + " AND a.id = :id FOR UPDATE OF a")
                .bind("id", id)
                .map(this::map)
                .findOne();
    }

    /** Lets one transaction after the other decide about an id that may not have a row yet. */
    void lockId(Handle handle, String id) {
        handle.createQuery("SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended('agent ' || :id, 0))) l")
                .bind("id", id)
                .mapTo(Integer.class)
                .one();
    }

    /** The prompt id of a deleted agent of this id, to be used again. */
    Optional<String> promptOfDeleted(Handle handle, String id) {
        return handle.createQuery("SELECT prompt_service_id FROM agent_info WHERE id = :id AND NOT is_active")
                .bind("id", id)
                .mapTo(String.class)
                .findOne();
    }

    /** @return false when an active agent has the id; a deleted one is revived */
    boolean create(Handle handle, Row row, LocalDateTime now) {
        return bound(row, handle.createUpdate("""
                        INSERT INTO agent_info AS a (id, name, description, version, prompt_service_id, tags, config,
                            created_at, updated_at, is_active)
                        VALUES (:id, :name, :description, '2.0', :promptId, :tags, :config, :now, :now, true)
                        ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description,
                            version = excluded.version, prompt_service_id = excluded.prompt_service_id,
                            tags = excluded.tags, config = excluded.config, updated_at = excluded.updated_at,
                            is_active = true
                        WHERE NOT a.is_active
                        """)).bind("now", now).execute() == 1;
    }

    void update(Handle handle, Row row, LocalDateTime now) {
        bound(row, handle.createUpdate("""
                        UPDATE agent_info SET name = :name, description = :description, prompt_service_id = :promptId,
                            tags = :tags, config = :config, updated_at = :now
                        WHERE id = :id
                        """)).bind("now", now).execute();
    }

    private static Update bound(Row row, Update statement) {
        return statement
                .bind("id", row.id())
                .bind("name", row.name())
                .bind("description", row.description())
                .bind("promptId", row.promptId())
                .bind("tags", row.tags())
                .bind("config", row.config());
    }

    /** The stored configuration as text, null when there is none. */
    String config(Handle handle, String id) {
        return handle.createQuery("SELECT config FROM agent_info WHERE id = :id")
                .bind("id", id)
                .mapTo(String.class)
                .findOne()
                .orElse(null);
    }

    void delete(Handle handle, String id, LocalDateTime now) {
        handle.createUpdate("UPDATE agent_info SET is_active = false, updated_at = :now WHERE id = :id")
                .bind("id", id)
                .bind("now", now)
                .execute();
    }

    /** Whether an active agent other than {@code id} uses a prompt. */
    boolean promptUsedByOthers(Handle handle, String promptId, String id) {
        return handle.createQuery(
                        "SELECT 1 FROM agent_info WHERE prompt_service_id = :prompt AND id <> :id AND is_active LIMIT 1")
                .bind("prompt", promptId)
                .bind("id", id)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    private Agent map(ResultSet row, StatementContext unused) throws SQLException {
        Prompt prompt = row.getString("p_id") == null ? null : PromptStore.read(row, "p_");
        return new Agent(
                row.getString("id"),
                row.getString("name"),
                row.getString("description"),
                row.getString("version"),
                row.getString("prompt_service_id"),
                JsonLists.strings(row.getString("tags")),
                configs.read(row.getString("config")),
                prompt);
    }
}
