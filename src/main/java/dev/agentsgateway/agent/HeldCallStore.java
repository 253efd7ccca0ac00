package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The SQL of held calls. Times are by the database's clock. */
final class HeldCallStore {
    /** For how long those that expired are still told from those that never were. */
    private static final Duration REMEMBERED = Duration.ofDays(1);

    /** Keeps a call that nobody has decided; drops some that are long over. */
    void hold(Handle handle, HeldCall call, Duration validity) {
        handle.createUpdate("""
                        DELETE FROM ai.held_calls WHERE id IN (
                            SELECT id FROM ai.held_calls WHERE expires_at < now() - :remembered * interval '1 millisecond'
                            ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED)
                        """).bind("remembered", REMEMBERED.toMillis()).execute();
        handle.createUpdate("""
                        INSERT INTO ai.held_calls (id, agent_id, user_id, session_id, realm, toolkit, method, arguments,
                            created_at, expires_at)
                        VALUES (:id, :agent, :user, :session, :realm, :toolkit, :method, :arguments::json, now(),
                            now() + :validity * interval '1 millisecond')
                        """)
                .bind("id", call.id())
                .bind("agent", call.agentId())
                .bind("user", call.userId())
                .bind("session", call.sessionId())
                .bind("realm", call.realm())
                .bind("toolkit", call.toolkit())
                .bind("method", call.method())
                .bind("arguments", call.arguments().toString())
                .bind("validity", validity.toMillis())
                .execute();
    }

    Optional<HeldCall> find(Handle handle, UUID id) {
        return handle.createQuery("""
                        SELECT id, agent_id, user_id, session_id, realm, toolkit, method, arguments, decision, outcome,
                            expires_at <= now() AS over
                        FROM ai.held_calls WHERE id = :id
                        """)
                .bind("id", id)
                .map((row, _) -> {
                    String decision = row.getString("decision");
                    return new HeldCall(
                            row.getObject("id", UUID.class),
                            row.getString("agent_id"),
                            row.getString("user_id"),
                            row.getString("session_id"),
                            row.getString("realm"),
                            row.getString("toolkit"),
                            row.getString("method"),
                            Json.read(row.getString("arguments"), ObjectNode.class),
                            decision == null ? null : HeldCall.Decision.valueOf(decision.toUpperCase(Locale.ROOT)),
                            row.getString("outcome"),
                            row.getBoolean("over"));
                })
                .findOne();
    }

    /** Decides a call; of several that do, one does. */
    boolean take(Handle handle, UUID id, HeldCall.Decision decision, ObjectNode arguments, String note, Integer keyId) {
        return handle.createUpdate("""
                        UPDATE ai.held_calls SET decision = :decision, arguments = :arguments::json, note = :note,
                            decided_at = now(), decided_by_key = :key
                        WHERE id = :id AND decision IS NULL AND expires_at > now()
                        """)
                        .bind("id", id)
                        .bind("decision", decision.name().toLowerCase(Locale.ROOT))
                        .bind("arguments", arguments.toString())
                        .bind("note", note)
                        .bind("key", keyId)
                        .execute()
                == 1;
    }

    void end(Handle handle, UUID id, boolean success) {
        handle.createUpdate("UPDATE ai.held_calls SET outcome = :outcome WHERE id = :id")
                .bind("id", id)
                .bind("outcome", success ? "success" : "error")
                .execute();
    }

    /** A taken call waits again, with its first arguments. */
    void release(Handle handle, HeldCall call) {
        handle.createUpdate("""
                        UPDATE ai.held_calls SET decision = NULL, arguments = :arguments::json, note = NULL,
                            decided_at = NULL, decided_by_key = NULL
                        WHERE id = :id
                        """)
                .bind("id", call.id())
                .bind("arguments", call.arguments().toString())
                .execute();
    }
}
