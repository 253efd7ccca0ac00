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

    /** Takes runs over whose replica's time is over, at most {@code limit}, oldest first; returns which. */
    List<UUID> takeOver(Handle handle, UUID replica, int limit) {
        return take(handle, replica, limit, 1, """
                NOT EXISTS (SELECT 1 FROM ai.replicas p WHERE p.id = r.replica AND p.alive_until > now())
                AND cardinality(:ids) >= 0
                """, new UUID[0]);
    }

    /** Takes runs again that are this replica's already but that no driver has. */
    List<UUID> takeAgain(Handle handle, UUID replica, Collection<UUID> runs) {
        return take(
                handle,
                replica,
                runs.size(),
                0,
                "r.id = ANY(:ids) AND r.replica = :replica",
                runs.toArray(UUID[]::new));
    }

    /**
     * What earlier drivers stored from here on is void: a new epoch begins behind the last event that counts. A run that
     * was handed over did its process no harm, and that is no takeover to count.
     */
    private static List<UUID> take(Handle handle, UUID replica, int limit, int takeovers, String which, UUID[] ids) {
        return handle.createQuery("""
                        WITH orphans AS (
                            SELECT r.id FROM ai.runs r WHERE r.status IN ('queued', 'running') AND %s
                            ORDER BY r.id LIMIT :limit FOR UPDATE SKIP LOCKED)
                        UPDATE ai.runs r SET replica = :replica, fence = r.fence + 1,
                            takeovers = r.takeovers + CASE WHEN r.replica IS NULL THEN 0 ELSE :takeovers END,
                            epochs = r.epochs || greatest(coalesce(r.epochs[cardinality(r.epochs)], 1), 1 + coalesce(
                                (SELECT max(g.last_seq) FROM ai.run_segments g
                                    WHERE g.run_id = r.id AND g.epoch = cardinality(r.epochs)), 0))
                        FROM orphans o WHERE r.id = o.id RETURNING r.id
                        """.formatted(which))
                .bind("ids", ids)
                .bind("replica", replica)
                .bind("limit", limit)
                .bind("takeovers", takeovers)
                .mapTo(UUID.class)
                .list();
    }

    /** Leaves a run to whoever takes it over. */
    void handOver(Handle handle, UUID run, int fence) {
        handle.createUpdate("UPDATE ai.runs SET replica = NULL WHERE id = :run AND fence = :fence")
                .bind("run", run)
                .bind("fence", fence)
                .execute();
    }

    /** Those of the replica's runs that have not ended. */
    List<UUID> unfinished(Handle handle, UUID replica) {
        return handle.createQuery("SELECT id FROM ai.runs WHERE status IN ('queued', 'running') AND replica = :replica")
                .bind("replica", replica)
                .mapTo(UUID.class)
                .list();
    }

    /** Those of the runs that another replica drives now, or that nobody does. */
    List<UUID> ownedByOthers(Handle handle, UUID replica, Collection<UUID> runs) {
        return handle.createQuery("""
                        SELECT id FROM ai.runs WHERE id = ANY(:runs) AND status IN ('queued', 'running')
                            AND replica IS DISTINCT FROM :replica
                        """)
                .bind("runs", runs.toArray(UUID[]::new))
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
