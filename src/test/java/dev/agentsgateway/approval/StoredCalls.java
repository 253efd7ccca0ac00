package dev.agentsgateway.approval;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Ids;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.Database;
import java.time.Duration;
import java.util.UUID;

/** Puts tool calls that wait for a person into a database, as a paused run leaves them. */
public final class StoredCalls {
    private final Database database;

    public StoredCalls(Database database) {
        this.database = database;
    }

    /** What is stored of a call. */
    public record Call(
            String kind,
            String owner,
            String name,
            String user,
            String tenant,
            String callId,
            String tool,
            JsonNode args) {
        public static Call of(String callId) {
            return new Call(
                    "agent",
                    "a1",
                    "Billing",
                    "u1",
                    null,
                    callId,
                    "delete_rows",
                    Json.object().put("n", 3));
        }

        public Call user(String value) {
            return new Call(kind, owner, name, value, tenant, callId, tool, args);
        }

        public Call tenant(String value) {
            return new Call(kind, owner, name, user, value, callId, tool, args);
        }

        public Call tool(String value, JsonNode arguments) {
            return new Call(kind, owner, name, user, tenant, callId, value, arguments);
        }

        public Call named(String value) {
            return new Call(kind, owner, value, user, tenant, callId, tool, args);
        }

        public Call team(String value) {
            return new Call("team", value, name, user, tenant, callId, tool, args);
        }
    }

    /** A paused run in a session of its own; returns its id. */
    public UUID run(Call call) {
        UUID run = Ids.timeOrdered();
        database.<Integer>with(handle -> handle.createUpdate("""
                        WITH s AS (
                            INSERT INTO ai.sessions (kind, owner_id, user_id, session_id, realm, tenant_id, state, turn,
                                active_run, created_at, updated_at)
                            VALUES (:kind, :owner, :user, :session, '', :tenant, '{}', 1, :run, now(), now())
                            RETURNING id)
                        INSERT INTO ai.runs (id, session, turn, status, model, request, name, created_at, started_at)
                        SELECT :run, id, 1, 'paused', 'gpt-5.4', '{}', :name, now(), now() FROM s
                        """)
                .bind("kind", call.kind())
                .bind("owner", call.owner())
                .bind("user", call.user())
                .bind("session", "s-" + run)
                .bind("tenant", call.tenant())
                .bind("run", run)
                .bind("name", call.name())
                .execute());
        return run;
    }

    /** One more call of a run. */
    public UUID add(UUID run, int seq, Call call, Duration patience) {
        UUID id = Ids.timeOrdered();
        database.<Integer>with(handle -> handle.createUpdate("""
                        INSERT INTO ai.requirements (id, run_id, seq, call_id, tool_name, arguments, created_at, expires_at)
                        VALUES (:id, :run, :seq, :call, :tool, :args::json, now(),
                            now() + :patience * interval '1 millisecond')
                        """)
                .bind("id", id)
                .bind("run", run)
                .bind("seq", seq)
                .bind("call", call.callId())
                .bind("tool", call.tool())
                .bind("args", call.args().toString())
                .bind("patience", patience.toMillis())
                .execute());
        return id;
    }

    /** A run that waits for one call, for an hour; returns the requirement's id. */
    public UUID waiting(Call call) {
        return add(run(call), 2, call, Duration.ofHours(1));
    }

    public void expire(UUID requirement) {
        update(requirement, "expires_at = now() - interval '1 second'");
    }

    public void update(UUID requirement, String set) {
        database.<Integer>with(handle -> handle.createUpdate("UPDATE ai.requirements SET " + set + " WHERE id = :id")
                .bind("id", requirement)
                .execute());
    }

    public String column(UUID requirement, String column) {
        return database.with(
                handle -> handle.createQuery("SELECT " + column + "::text FROM ai.requirements WHERE id = :id")
                        .bind("id", requirement)
                        .mapTo(String.class)
                        .findOne()
                        .orElse(null));
    }
}
