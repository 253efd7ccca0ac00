package dev.agentsgateway.approval.notify;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The SQL of notifications. Times are the database's, which all replicas share. */
public final class NotificationStore {
    /** A notification as it stands. */
    public record Sending(
            UUID id,
            String channel,
            String state,
            int attempts,
            String lastError,
            Instant nextAt,
            Instant createdAt,
            Instant finishedAt) {}

    /** One that this process may send now. */
    record Claimed(UUID id, UUID requirement, String channel, int attempts) {}

    /** Adds what is not there; returns how many were added. */
    int add(Handle handle, Collection<UUID> requirements, Collection<String> channels) {
        return handle.createUpdate("""
                        INSERT INTO ai.notifications (id, requirement, channel, next_at, created_at)
                        SELECT gen_random_uuid(), r, c, now(), now()
                        FROM unnest(:requirements::uuid[]) r CROSS JOIN unnest(:channels::text[]) c
                        ON CONFLICT (requirement, channel) DO NOTHING
                        """)
                .bind("requirements", requirements.toArray(UUID[]::new))
                .bind("channels", channels.toArray(String[]::new))
                .execute();
    }

    /**
     * Takes some that are due, so that nobody else tries them before the lease is over.
     *
     * @param except those that this process has in hand
     */
    List<Claimed> claim(
            Handle handle, Collection<String> channels, Collection<UUID> except, Duration lease, int limit) {
        return handle.createQuery("""
                        WITH due AS (
                            SELECT id FROM ai.notifications
                            WHERE state = 'pending' AND next_at <= now() AND channel = ANY(:channels)
                                AND id <> ALL(:except)
                            ORDER BY next_at LIMIT :limit FOR UPDATE SKIP LOCKED)
                        UPDATE ai.notifications n SET attempts = n.attempts + 1,
                            next_at = now() + :lease * interval '1 millisecond'
                        FROM due WHERE n.id = due.id
                        RETURNING n.id, n.requirement, n.channel, n.attempts
                        """)
                .bind("channels", channels.toArray(String[]::new))
                .bind("except", except.toArray(UUID[]::new))
                .bind("lease", lease.toMillis())
                .bind("limit", limit)
                .mapTo(Claimed.class)
                .list();
    }

    /** Whoever tries it meanwhile: once sent is sent. */
    void sent(Handle handle, UUID id) {
        handle.createUpdate("""
                        UPDATE ai.notifications SET state = 'sent', last_error = NULL, finished_at = now()
                        WHERE id = :id AND state <> 'sent'
                        """).bind("id", id).execute();
    }

    /** The next try comes after the pause; nothing happens when another one has begun. */
    void retry(Handle handle, Claimed claimed, String error, Duration pause) {
        handle.createUpdate("""
                        UPDATE ai.notifications SET last_error = :error,
                            next_at = now() + :pause * interval '1 millisecond'
                        WHERE id = :id AND attempts = :attempts AND state = 'pending'
                        """)
                .bind("id", claimed.id())
                .bind("attempts", claimed.attempts())
                .bind("error", error)
                .bind("pause", pause.toMillis())
                .execute();
    }

    void giveUp(Handle handle, Claimed claimed, String error) {
        handle.createUpdate("""
                        UPDATE ai.notifications SET state = 'failed', last_error = :error, finished_at = now()
                        WHERE id = :id AND attempts = :attempts AND state = 'pending'
                        """)
                .bind("id", claimed.id())
                .bind("attempts", claimed.attempts())
                .bind("error", error)
                .execute();
    }

    /** Of a claim that led to no try, because the call does not wait any more. */
    void drop(Handle handle, Claimed claimed) {
        handle.createUpdate("""
                        UPDATE ai.notifications SET state = 'dropped', attempts = attempts - 1, finished_at = now()
                        WHERE id = :id AND attempts = :attempts AND state = 'pending'
                        """)
                .bind("id", claimed.id())
                .bind("attempts", claimed.attempts())
                .execute();
    }

    /** Drops those whose call does not wait any more; one that is being sent still becomes {@code sent}. */
    int dropUseless(Handle handle) {
        return handle.execute("""
                UPDATE ai.notifications n SET state = 'dropped', finished_at = now() FROM ai.requirements q
                WHERE n.state = 'pending' AND q.id = n.requirement
                    AND (q.decision IS NOT NULL OR q.expires_at <= now())
                """);
    }

    /** Forgets those that were finished so long ago, at most 1,000; returns how many. */
    int forget(Handle handle, Duration age) {
        return handle.createUpdate("""
                        DELETE FROM ai.notifications WHERE id IN (
                            SELECT id FROM ai.notifications
                            WHERE state <> 'pending' AND finished_at < now() - :age * interval '1 millisecond' LIMIT 1000)
                        """).bind("age", age.toMillis()).execute();
    }

    List<Sending> of(Handle handle, UUID requirement) {
        return handle.createQuery("""
                        SELECT id, channel, state, attempts, last_error, next_at, created_at, finished_at
                        FROM ai.notifications WHERE requirement = :requirement ORDER BY channel
                        """)
                .bind("requirement", requirement)
                .map((row, _) -> new Sending(
                        row.getObject("id", UUID.class),
                        row.getString("channel"),
                        row.getString("state"),
                        row.getInt("attempts"),
                        row.getString("last_error"),
                        instant(row.getObject("next_at", OffsetDateTime.class)),
                        instant(row.getObject("created_at", OffsetDateTime.class)),
                        instant(row.getObject("finished_at", OffsetDateTime.class))))
                .list();
    }

    private static Instant instant(OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
