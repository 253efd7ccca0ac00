package dev.agentsgateway.run;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The SQL of idempotency keys. Every write may be executed again. */
final class IdempotencyStore {
    private static final int DROPPED_AT_ONCE = 1000;

    /** Who has a key already. */
    record Holder(UUID run, boolean sameBody) {}

    /** Takes a key for a run, unless another run has it; empty when it is the run's. */
    Optional<Holder> take(Handle handle, NewRun request, UUID run, Instant now, Duration retention) {
        IdempotencyKey key = request.options().key();
        boolean taken = handle.createUpdate("""
                        INSERT INTO ai.idempotency_keys AS k (key_id, key, body, run_id, created_at)
                        VALUES (:keyId, :key, :body, :run, :now)
                        ON CONFLICT (key_id, key) DO UPDATE
                            SET body = excluded.body, run_id = excluded.run_id, created_at = excluded.created_at
                            WHERE k.created_at < :oldest
                        """)
                        .bind("keyId", owner(request))
                        .bind("key", key.key())
                        .bind("body", key.body())
                        .bind("run", run)
                        .bind("now", RunStore.utc(now))
                        .bind("oldest", RunStore.utc(now.minus(retention)))
                        .execute()
                > 0;
        return taken
                ? Optional.empty()
                : find(handle, request, now.minus(retention))
                        .filter(holder -> !holder.run().equals(run));
    }

    /** Who has the request's key; empty when nobody has, or it is too old. */
    Optional<Holder> find(Handle handle, NewRun request, Instant oldest) {
        return handle.createQuery("""
                        SELECT run_id, body = :body FROM ai.idempotency_keys
                        WHERE key_id = :keyId AND key = :key AND created_at >= :oldest
                        """)
                .bind("keyId", owner(request))
                .bind("key", request.options().key().key())
                .bind("body", request.options().key().body())
                .bind("oldest", RunStore.utc(oldest))
                .map((row, _) -> new Holder(row.getObject(1, UUID.class), row.getBoolean(2)))
                .findOne();
    }

    /** Gives a key back that was taken in the same transaction. */
    void giveBack(Handle handle, NewRun request, UUID run) {
        handle.createUpdate("DELETE FROM ai.idempotency_keys WHERE key_id = :keyId AND key = :key AND run_id = :run")
                .bind("keyId", owner(request))
                .bind("key", request.options().key().key())
                .bind("run", run)
                .execute();
    }

    private static int owner(NewRun request) {
        return request.keyId() == null ? 0 : request.keyId();
    }

    /** @return whether there may be more */
    boolean drop(Handle handle, Instant before) {
        return handle.createUpdate("""
                        DELETE FROM ai.idempotency_keys k USING (
                            SELECT key_id, key FROM ai.idempotency_keys WHERE created_at < :before
                            ORDER BY created_at LIMIT :limit FOR UPDATE SKIP LOCKED) old
                        WHERE k.key_id = old.key_id AND k.key = old.key
                        """)
                        .bind("before", RunStore.utc(before))
                        .bind("limit", DROPPED_AT_ONCE)
                        .execute()
                == DROPPED_AT_ONCE;
    }
}
