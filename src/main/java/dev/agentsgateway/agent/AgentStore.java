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
    private static final String COLUMNS = """
            SELECT a.id, a.name, a.description, a.version, a.prompt_service_id, a.tags, a.config,
                p.id AS p_id, p.name AS p_name, p.template AS p_template, p.description AS p_description,
                p.tags AS p_tags, p.tools AS p_tools, p.version AS p_version, p.created_at AS p_created_at,
                p.updated_at AS p_updated_at, p.is_active AS p_is_active""";

    /** An agent and the prompt as it is now: all that most agents need, and every chat asks for. */
    private static final String CURRENT = COLUMNS + """

            FROM agent_info a
            LEFT JOIN prompts.prompts p ON p.id = a.prompt_service_id AND %s
            WHERE a.is_active
            """;

    /** Beside them, of an agent that pins a version or follows a label, that version of the prompt. */
    private static final String CHOSEN = COLUMNS + """
            ,
                v.prompt_id AS v_id, v.name AS v_name, v.template AS v_template, v.description AS v_description,
                v.tags AS v_tags, v.tools AS v_tools, v.version AS v_version, p.created_at AS v_created_at,
                v.created_at AS v_updated_at, p.is_active AS v_is_active
            FROM agent_info a
            LEFT JOIN prompts.prompts p ON p.id = a.prompt_service_id AND %s
            LEFT JOIN prompts.prompt_labels l ON l.prompt_id = p.id AND l.label = a.prompt_label
            LEFT JOIN prompts.prompt_versions v
                ON v.prompt_id = p.id AND v.version = coalesce(a.prompt_version, l.version)
            WHERE a.is_active
            """;

    private final AgentConfigs configs;
    private final String current;
    private final String chosen;

    /**
     * What an agent's row says.
     *
     * @param tags   JSON array or null
     * @param config JSON object or null
     * @param pin    what the configuration says of the prompt's version
     */
    record Row(String id, String name, String description, String promptId, String tags, String config, Pin pin) {}

    /**
     * Which version of a prompt an agent works by; neither for the current one.
     *
     * @param version always this, or null
     * @param label   the one that has the label, or null
     */
    record Pin(Integer version, String label) {
        static Pin of(AgentConfig config) {
            return new Pin(config.promptVersion(), config.promptLabel());
        }

        boolean isSet() {
            return version != null || label != null;
        }
    }

    /** @param visible the condition under which a row {@code p} of prompts is shown */
    AgentStore(AgentConfigs configs, String visible) {
        this.configs = configs;
        this.current = CURRENT.formatted(visible);
        this.chosen = CHOSEN.formatted(visible);
    }

    List<Agent> list(Handle handle) {
        return handle.createQuery(chosen + " ORDER BY a.name, a.id")
                .map(this::withChosen)
                .list();
    }

    List<Agent> list(Handle handle, List<String> ids) {
        return handle.createQuery(chosen + " AND a.id = ANY(:ids) ORDER BY a.name, a.id")
                .bind("ids", ids.toArray(String[]::new))
                .map(this::withChosen)
                .list();
    }

    Optional<Agent> find(Handle handle, String id) {
        return find(handle, id, "");
    }

    /** Locks an active agent against other changes until the transaction ends. */
    Optional<Agent> findLocked(Handle handle, String id) {
        return find(handle, id, " FOR UPDATE OF a");
    }

    private Optional<Agent> find(Handle handle, String id, String locking) {
        Optional<Agent> found = handle.createQuery(current + " AND a.id = :id" + locking)
                .bind("id", id)
                .map((row, _) -> agent(row, null))
                .findOne();
        if (found.isEmpty() || found.get().config().followsCurrentPrompt()) {
            return found;
        }
        return handle.createQuery(chosen + " AND a.id = :id")
                .bind("id", id)
                .map(this::withChosen)
                .findOne();
    }

    /** Whether a prompt has the version, or the label. */
    boolean isThere(Handle handle, String promptId, Pin pin) {
        return handle.createQuery("""
                        SELECT EXISTS (SELECT FROM prompts.prompt_versions WHERE prompt_id = :prompt AND version = :version)
                            OR EXISTS (SELECT FROM prompts.prompt_labels WHERE prompt_id = :prompt AND label = :label)
                        """)
                .bind("prompt", promptId)
                .bind("version", pin.version())
                .bind("label", pin.label())
                .mapTo(Boolean.class)
                .one();
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
                            prompt_version, prompt_label, created_at, updated_at, is_active)
                        VALUES (:id, :name, :description, '2.0', :promptId, :tags, :config, :pinned, :label, :now, :now,
                            true)
                        ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description,
                            version = excluded.version, prompt_service_id = excluded.prompt_service_id,
                            tags = excluded.tags, config = excluded.config,
                            prompt_version = excluded.prompt_version, prompt_label = excluded.prompt_label,
                            updated_at = excluded.updated_at, is_active = true
                        WHERE NOT a.is_active
                        """)).bind("now", now).execute() == 1;
    }

    void update(Handle handle, Row row, LocalDateTime now) {
        bound(row, handle.createUpdate("""
                        UPDATE agent_info SET name = :name, description = :description, prompt_service_id = :promptId,
                            tags = :tags, config = :config, prompt_version = :pinned, prompt_label = :label,
                            updated_at = :now
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
                .bind("config", row.config())
                .bind("pinned", row.pin().version())
                .bind("label", row.pin().label());
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

    private Agent withChosen(ResultSet row, StatementContext unused) throws SQLException {
        return agent(row, row.getString("v_id") == null ? null : PromptStore.read(row, "v_"));
    }

    private Agent agent(ResultSet row, Prompt version) throws SQLException {
        AgentConfig config = configs.read(row.getString("config"));
        Prompt now = row.getString("p_id") == null ? null : PromptStore.read(row, "p_");
        return new Agent(
                row.getString("id"),
                row.getString("name"),
                row.getString("description"),
                row.getString("version"),
                row.getString("prompt_service_id"),
                JsonLists.strings(row.getString("tags")),
                config,
                config.followsCurrentPrompt() ? now : version,
                now);
    }
}
