package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The SQL of what people are asked and what they say, as the engine needs it. Times are by the database's clock. */
final class ConsentStore {
    /** Where the run stands, which stays so for the transaction; empty when there is no such run. */
    Optional<RunStatus> lock(Handle handle, UUID run) {
        return handle.createQuery("SELECT status FROM ai.runs WHERE id = :run FOR UPDATE")
                .bind("run", run)
                .map((row, _) -> RunStatus.of(row.getString(1)))
                .findOne();
    }

    Optional<UUID> runOf(Handle handle, UUID requirement) {
        return handle.createQuery("SELECT run_id FROM ai.requirements WHERE id = :id")
                .bind("id", requirement)
                .mapTo(UUID.class)
                .findOne();
    }

    /** Asks for the call's confirmation; asking again changes nothing. */
    void ask(Handle handle, UUID run, RunEvent.Requested requested, int seq, Duration validity) {
        ToolExecution tool = requested.tool();
        handle.createUpdate("""
                        INSERT INTO ai.requirements
                            (id, run_id, seq, call_id, tool_name, arguments, created_at, expires_at)
                        VALUES (:id, :run, :seq, :call, :tool, :arguments::json, :at,
                            now() + :validity * interval '1 millisecond')
                        ON CONFLICT DO NOTHING
                        """)
                .bind("id", requested.id())
                .bind("run", run)
                .bind("seq", seq)
                .bind("call", tool.callId())
                .bind("tool", tool.name())
                .bind("arguments", tool.arguments().toString())
                .bind("at", RunStore.utc(Instant.ofEpochMilli(requested.createdAt())))
                .bind("validity", validity.toMillis())
                .execute();
    }

    /** Every call of the run on which a person was asked, with the moment at which it expires. */
    List<Asked> asked(Handle handle, UUID run) {
        return handle.createQuery("""
                        SELECT id, seq, decision, decided_arguments, note, created_at, call_id, tool_name,
                            expires_at <= now() FROM ai.requirements
                        WHERE run_id = :run ORDER BY seq
                        """)
                .bind("run", run)
                .map((row, _) -> {
                    String decision = row.getString(3);
                    String arguments = row.getString(4);
                    Consent consent = new Consent(
                            row.getObject(1, UUID.class),
                            row.getInt(2),
                            decision == null ? null : Consent.Decision.valueOf(decision.toUpperCase(Locale.ROOT)),
                            arguments == null ? null : (ObjectNode) Json.read(arguments),
                            row.getString(5),
                            row.getObject(6, OffsetDateTime.class).toInstant());
                    return new Asked(consent, row.getString(7), row.getString(8), row.getBoolean(9));
                })
                .list();
    }

    /** What a person was asked, and whether the time to answer is over. */
    record Asked(Consent consent, String callId, String toolName, boolean over) {
        boolean open() {
            return consent.decision() == null;
        }
    }

    void decide(Handle handle, UUID requirement, Decisions.Verdict verdict, String via, Integer keyId) {
        handle.createUpdate("""
                        UPDATE ai.requirements SET decision = :decision, decided_arguments = :arguments::json, note = :note,
                            decided_via = :via, decided_by_key = :key, decided_at = now()
                        WHERE id = :id AND decision IS NULL
                        """)
                .bind("id", requirement)
                .bind("decision", verdict.approved() ? "approved" : "denied")
                .bind(
                        "arguments",
                        verdict.arguments() == null ? null : verdict.arguments().toString())
                .bind("note", verdict.note())
                .bind("via", via)
                .bind("key", keyId)
                .execute();
    }

    /** Closes what is still open of a run. */
    void close(Handle handle, UUID run, Consent.Decision how) {
        handle.createUpdate("""
                        UPDATE ai.requirements SET decision = :how, decided_at = now()
                        WHERE run_id = :run AND decision IS NULL
                        """)
                .bind("run", run)
                .bind("how", how.name().toLowerCase(Locale.ROOT))
                .execute();
    }

    /** A paused run waits for its session again, as this replica's. */
    void resume(Handle handle, UUID run, UUID replica, boolean cancel) {
        handle.createUpdate("""
                        UPDATE ai.runs SET status = 'queued', replica = :replica, fence = fence + 1,
                            cancel_requested = cancel_requested OR :cancel
                        WHERE id = :run AND status = 'paused'
                        """)
                .bind("run", run)
                .bind("replica", replica)
                .bind("cancel", cancel)
                .execute();
    }

    /** Closes what nobody decided in time; at most 100 runs, which are this replica's then. */
    List<UUID> expire(Handle handle, UUID replica) {
        return handle.createQuery("""
                        WITH due AS (
                            SELECT r.id FROM ai.runs r
                            WHERE r.status = 'paused' AND r.id IN (
                                SELECT run_id FROM ai.requirements WHERE decision IS NULL AND expires_at <= now()
                                ORDER BY expires_at LIMIT 100)
                            FOR UPDATE SKIP LOCKED),
                        closed AS (
                            UPDATE ai.requirements q SET decision = 'expired', decided_at = now()
                            FROM due WHERE q.run_id = due.id AND q.decision IS NULL)
                        UPDATE ai.runs r SET status = 'queued', replica = :replica, fence = fence + 1
                        FROM due WHERE r.id = due.id RETURNING r.id
                        """)
                .bind("replica", replica)
                .mapTo(UUID.class)
                .list();
    }
}
