package dev.agentsgateway.run;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The SQL of a replica's heartbeat and of what replicas clear away. Every write may be executed again. */
final class ReplicaStore {
    static final int DROPPED_AT_ONCE = 500;

    /** By the database's clock, which all replicas share. */
    void beat(Handle handle, UUID replica, Instant startedAt, Duration lease) {
        handle.createUpdate("""
                        INSERT INTO ai.replicas (id, started_at, alive_until)
                        VALUES (:id, :started, now() + :lease * interval '1 millisecond')
                        ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until
                        """)
                .bind("id", replica)
                .bind("started", RunStore.utc(startedAt))
                .bind("lease", lease.toMillis())
                .execute();
    }

    /** Ends the runs of replicas whose time is over and frees their sessions; at most 1,000; returns how many. */
    int endOrphans(Handle handle, String code, String message) {
        return endUnfinished(handle, code, message, """
                        NOT EXISTS (SELECT 1 FROM ai.replicas p WHERE p.id = r.replica AND p.alive_until > now())
                        """, new UUID[0]);
    }

    /** Ends these runs, if they have not ended. */
    int endRuns(Handle handle, Collection<UUID> runs, String code, String message) {
        return endUnfinished(handle, code, message, "r.id = ANY(:ids)", runs.toArray(UUID[]::new));
    }

    private static int endUnfinished(Handle handle, String code, String message, String which, UUID[] ids) {
        return handle.createQuery("""
                        WITH unfinished AS (
                            SELECT r.id FROM ai.runs r
                            WHERE r.status IN ('queued', 'running') AND cardinality(:ids) >= 0 AND %s
                            ORDER BY r.id LIMIT 1000 FOR UPDATE SKIP LOCKED),
                        ended AS (
                            UPDATE ai.runs r SET status = 'failed', error_code = :code, error_message = :message,
                                finished_at = now(), last_seq = coalesce(
                                    (SELECT max(g.last_seq) FROM ai.run_segments g WHERE g.run_id = r.id), 0)
                            FROM unfinished u WHERE r.id = u.id RETURNING r.id, r.session),
                        freed AS (
                            UPDATE ai.sessions s SET active_run = NULL FROM ended e
                            WHERE s.id = e.session AND s.active_run = e.id RETURNING s.id)
                        SELECT count(*) FROM ended
                        """.formatted(which))
                .bind("code", code)
                .bind("message", message)
                .bind("ids", ids)
                .mapTo(Integer.class)
                .one();
    }

    /** Those of the replica's runs that have not ended. */
    List<UUID> unfinished(Handle handle, UUID replica) {
        return handle.createQuery("SELECT id FROM ai.runs WHERE status IN ('queued', 'running') AND replica = :replica")
                .bind("replica", replica)
                .mapTo(UUID.class)
                .list();
    }

    int forgetReplicas(Handle handle) {
        return handle.execute("DELETE FROM ai.replicas WHERE alive_until < now() - interval '1 hour'");
    }

    /** Drops event logs of runs that ended before {@code before}, at most {@link #DROPPED_AT_ONCE}; returns how many runs were cleared. */
    int dropSegments(Handle handle, Instant before) {
        return handle.createQuery("""
                        WITH old AS (
                            SELECT id FROM ai.runs WHERE finished_at < :before AND last_seq > 0
                            ORDER BY finished_at LIMIT :limit FOR UPDATE SKIP LOCKED),
                        gone AS (DELETE FROM ai.run_segments g USING old WHERE g.run_id = old.id),
                        marked AS (UPDATE ai.runs r SET last_seq = 0 FROM old WHERE r.id = old.id RETURNING 1)
                        SELECT count(*) FROM marked
                        """)
                .bind("limit", DROPPED_AT_ONCE)
                .bind("before", RunStore.utc(before))
                .mapTo(Integer.class)
                .one();
    }
}
