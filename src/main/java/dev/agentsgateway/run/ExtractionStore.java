package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Usage;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The SQL of runs that are still to be searched for memories. Times are the database's. */
final class ExtractionStore {
    /**
     * A run that is this process's to search, for as long as the lease lasts.
     *
     * @param attempt which one it is, from 1
     */
    record Job(UUID run, int attempt, long session, SessionKey key, ObjectNode request) {}

    void add(Handle handle, UUID run) {
        handle.createUpdate("""
                        INSERT INTO ai.memory_extractions (run_id, due_at) VALUES (:run, now()) ON CONFLICT DO NOTHING
                        """).bind("run", run).execute();
    }

    Optional<Job> claim(Handle handle, Duration lease) {
        return handle.createQuery("""
                        WITH mine AS (
                            UPDATE ai.memory_extractions SET attempts = attempts + 1,
                                due_at = now() + make_interval(secs => :lease)
                            WHERE run_id = (SELECT run_id FROM ai.memory_extractions WHERE due_at <= now()
                                ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                            RETURNING run_id, attempts)
                        SELECT m.run_id, m.attempts, r.session, r.request, s.kind, s.owner_id, s.user_id, s.session_id, s.realm
                        FROM mine m JOIN ai.runs r ON r.id = m.run_id JOIN ai.sessions s ON s.id = r.session
                        """)
                .bind("lease", lease.toSeconds())
                .map((row, _) -> new Job(
                        row.getObject("run_id", UUID.class),
                        row.getInt("attempts"),
                        row.getLong("session"),
                        new SessionKey(
                                SessionKey.Kind.of(row.getString("kind")),
                                row.getString("owner_id"),
                                row.getString("user_id"),
                                row.getString("session_id"),
                                row.getString("realm")),
                        Json.read(row.getString("request"), ObjectNode.class)))
                .findOne();
    }

    /** @return false when another process has the job meanwhile, or has done it */
    boolean done(Handle handle, Job job) {
        return handle.createUpdate("DELETE FROM ai.memory_extractions WHERE run_id = :run AND attempts = :attempt")
                        .bind("run", job.run())
                        .bind("attempt", job.attempt())
                        .execute()
                == 1;
    }

    void later(Handle handle, Job job, Duration pause) {
        handle.createUpdate("""
                        UPDATE ai.memory_extractions SET due_at = now() + make_interval(secs => :pause)
                        WHERE run_id = :run AND attempts = :attempt
                        """)
                .bind("pause", pause.toSeconds())
                .bind("run", job.run())
                .bind("attempt", job.attempt())
                .execute();
    }

    /** In the books of the agent, as a run of its own. */
    void book(Handle handle, SessionKey key, String model, Usage usage) {
        handle.createUpdate("""
                        INSERT INTO token_usage (agent_id, session_id, user_id, model, prompt_tokens, completion_tokens,
                            total_tokens, is_estimated, created_at)
                        VALUES (left(:agent, 255), left(:session, 255), left(:user, 255), left(:model, 100),
                            least(:input, 2147483647), least(:output, 2147483647), least(:input + :output, 2147483647),
                            :estimated, now() AT TIME ZONE 'UTC')
                        """)
                .bind("agent", key.ownerId())
                .bind("session", key.sessionId())
                .bind("user", key.userId())
                .bind("model", model)
                .bind("input", usage.input())
                .bind("output", usage.output())
                .bind("estimated", usage.estimated())
                .execute();
    }
}
