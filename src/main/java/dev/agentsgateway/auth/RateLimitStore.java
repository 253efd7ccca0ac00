package dev.agentsgateway.auth;

import dev.agentsgateway.db.Database;
import java.time.Instant;

/** The table {@code ai.rate_limits}. Thread-safe. */
final class RateLimitStore {
    /** A block is this part of what is left of the limit, so that blocks shrink to single permits towards its end. */
    private static final int PART = 8;

    private static final int MAX_BLOCK = 1000;

    /**
     * Permits handed out.
     *
     * @param windowStart of the hour that they are for; later than asked for when another replica's clock is ahead
     * @param taken       by all replicas in that hour, these included
     * @param block       how many these are; 0 when nothing is left
     */
    record Block(Instant windowStart, long taken, long block) {}

    private final Database database;

    RateLimitStore(Database database) {
        this.database = database;
    }

    /** Takes the next block of permits for an hour, atomically among all replicas. */
    Block take(int keyId, Instant windowStart, long limit) {
        return database.with(handle -> handle.createQuery("""
                        insert into ai.rate_limits as r (key_id, window_start, taken, block)
                        values (:key, :window, :first, :first)
                        on conflict (key_id) do update set
                            window_start = greatest(r.window_start, excluded.window_start),
                            taken = case when r.window_start < excluded.window_start then excluded.taken
                                else r.taken + least(:max, (greatest(:limit - r.taken, 0) + :part - 1) / :part) end,
                            block = case when r.window_start < excluded.window_start then excluded.block
                                else least(:max, (greatest(:limit - r.taken, 0) + :part - 1) / :part) end
                        returning window_start, taken, block""")
                .bind("key", keyId)
                .bind("window", windowStart)
                .bind("first", Math.min(MAX_BLOCK, (limit + PART - 1) / PART))
                .bind("limit", limit)
                .bind("max", MAX_BLOCK)
                .bind("part", PART)
                .mapTo(Block.class)
                .one());
    }

    /**
     * Corrects what has been taken in an hour; does nothing when that hour is over.
     *
     * @param used used without having been taken; negative for permits given back
     */
    void settle(int keyId, Instant windowStart, long used) {
        database.with(handle -> handle.createUpdate("""
                        update ai.rate_limits set taken = greatest(0, taken + :used)
                        where key_id = :key and window_start = :window""")
                .bind("key", keyId)
                .bind("window", windowStart)
                .bind("used", used)
                .execute());
    }
}
