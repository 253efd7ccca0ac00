package dev.agentsgateway.auth;

import dev.agentsgateway.db.DatabaseUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One key's permits in this process. Thread-safe: the lock is held while a block is fetched, so that whoever else needs
 * one of the same key waits for it instead of fetching another.
 */
final class Allowance {
    private static final Logger LOG = LoggerFactory.getLogger(Allowance.class);
    private static final Duration WINDOW = Duration.ofHours(1);
    /** For so long an answer of the database, or its absence, is not asked for again. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final int keyId;
    private final RateLimitStore store;
    private final ReentrantLock lock = new ReentrantLock();

    private Instant windowStart = Instant.MIN;
    private long limit;
    /** Taken by all replicas when the last block was fetched. */
    private long taken;
    /** Of the last block. */
    private long left;
    /** Allowed by this process in this window. */
    private long used;
    /** Used while the database was away; negative for permits that are to be given back. */
    private long owed;

    private boolean away;
    private Instant pausedUntil = Instant.MIN;
    private Instant lastTaken = Instant.MIN;
    private boolean retired;

    Allowance(int keyId, RateLimitStore store) {
        this.keyId = keyId;
        this.store = store;
    }

    /** Takes one permit if there is one. Null when this allowance is retired: use a new one. */
    RateLimits.Decision take(long currentLimit, Instant now) {
        lock.lock();
        try {
            if (retired) {
                return null;
            }
            lastTaken = now;
            begin(currentLimit, now);
            if (left == 0 && !now.isBefore(pausedUntil)) {
                refill(now);
            }
            return decide(now);
        } finally {
            lock.unlock();
        }
    }

    /** Gives unused permits back, unless a permit was taken after {@code idleSince}. Whether it is retired now. */
    boolean retire(Instant idleSince) {
        lock.lock();
        try {
            if (lastTaken.isAfter(idleSince)) {
                return false;
            }
            owed -= left;
            left = 0;
            settle();
            retired = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void begin(long currentLimit, Instant now) {
        Instant hour = now.truncatedTo(ChronoUnit.HOURS);
        if (hour.isAfter(windowStart)) {
            open(hour);
        }
        if (currentLimit != limit) {
            owed -= left;
            left = 0;
            limit = currentLimit;
            pausedUntil = Instant.MIN;
        }
    }

    private void open(Instant start) {
        windowStart = start;
        taken = 0;
        left = 0;
        used = 0;
        owed = 0;
        pausedUntil = Instant.MIN;
    }

    private void refill(Instant now) {
        try {
            settle();
            RateLimitStore.Block block = store.take(keyId, windowStart, limit);
            if (block.windowStart().isAfter(windowStart)) {
                open(block.windowStart());
            }
            taken = block.taken();
            left = block.block();
            away = false;
            pausedUntil = left == 0 ? now.plus(PAUSE) : Instant.MIN;
        } catch (DatabaseUnavailableException e) {
            if (!away) {
                LOG.warn("The database is away: API key {} goes on by this process's own count", keyId);
            }
            away = true;
            pausedUntil = now.plus(PAUSE);
        }
    }

    private void settle() {
        long due = owed;
        if (due == 0) {
            return;
        }
        // What is given back twice would allow too much; what is booked twice only allows less.
        owed = Math.max(0, due);
        store.settle(keyId, windowStart, due);
        owed = 0;
    }

    private RateLimits.Decision decide(Instant now) {
        boolean onCredit = left == 0 && away && used < limit;
        boolean allowed = left > 0 || onCredit;
        if (onCredit) {
            owed++;
        } else if (allowed) {
            left--;
        }
        if (allowed) {
            used++;
        }
        long elsewhere = away ? limit - used : limit - taken;
        long millis = Duration.between(now, windowStart.plus(WINDOW)).toMillis();
        return new RateLimits.Decision(
                allowed, limit, Math.max(0, left) + Math.max(0, elsewhere), Math.max(1, (millis + 999) / 1000));
    }
}
