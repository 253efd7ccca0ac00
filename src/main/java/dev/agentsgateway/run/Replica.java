package dev.agentsgateway.run;

import dev.agentsgateway.common.Ids;
import dev.agentsgateway.db.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process among those that share the database. It says regularly that it is alive, and ends the runs of those that
 * no longer say so. Thread-safe.
 */
final class Replica {
    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);
    private static final int BEATS_PER_LEASE = 5;
    private static final Duration CLEARING = Duration.ofSeconds(30);
    private static final String CODE = "interrupted";
    private static final String GONE = "The gateway stopped while this run was in progress.";
    private static final String NEVER_BEGUN = "The database was lost while this run was being accepted.";

    private final UUID id = Ids.timeOrdered();
    private final Instant startedAt = Instant.now();
    private final Database database;
    private final ReplicaStore store = new ReplicaStore();
    private final Duration lease;
    private final Duration eventRetention;
    private final Predicate<UUID> driven;
    private final AtomicBoolean unsure = new AtomicBoolean();
    private final AtomicBoolean tending = new AtomicBoolean();
    private long lastBeat = System.nanoTime();
    private long othersHaveUntil = lastBeat;
    private long nextClearing = lastBeat;
    private boolean stopped;

    /** @param driven whether this process drives a run */
    Replica(Database database, Duration lease, Duration eventRetention, Predicate<UUID> driven) {
        this.database = database;
        this.lease = lease;
        this.eventRetention = eventRetention;
        this.driven = driven;
    }

    UUID id() {
        return id;
    }

    /** Says that it is alive before it returns, then several times per lease. */
    void start(ScheduledExecutorService timer) {
        beat();
        long period = lease.toMillis() / BEATS_PER_LEASE;
        timer.scheduleWithFixedDelay(() -> Thread.startVirtualThread(this::tend), 0, period, TimeUnit.MILLISECONDS);
    }

    /** A run may have been stored although its acceptance failed: it is looked for and ended. */
    void acceptanceUnknown() {
        unsure.set(true);
    }

    /** Lets others end what is left at once. */
    void stop() {
        try {
            synchronized (this) {
                stopped = true;
                database.with(handle -> {
                    store.beat(handle, id, startedAt, Duration.ZERO);
                    return null;
                });
            }
        } catch (RuntimeException e) {
            LOG.debug("could not say goodbye", e);
        }
    }

    private synchronized void beat() {
        if (stopped) {
            return;
        }
        database.with(handle -> {
            store.beat(handle, id, startedAt, lease);
            return null;
        });
        long now = System.nanoTime();
        if (now - lastBeat > lease.toNanos()) {
            // The database was away, for the others too: they must have the time to say that they are alive.
            othersHaveUntil = now + lease.toNanos();
        }
        lastBeat = now;
    }

    private void tend() {
        if (!tending.compareAndSet(false, true)) {
            return;
        }
        try {
            beat();
            endGhosts();
            if (System.nanoTime() - othersHaveUntil >= 0) {
                int ended = database.transact(handle -> store.endOrphans(handle, CODE, GONE));
                if (ended > 0) {
                    LOG.warn("ended {} runs whose process had gone", ended);
                }
            }
            if (System.nanoTime() - nextClearing >= 0) {
                clear();
                nextClearing = System.nanoTime() + CLEARING.toNanos();
            }
        } catch (RuntimeException e) {
            LOG.warn("could not tend to the runs: {}", e.getMessage());
        } finally {
            tending.set(false);
        }
    }

    private void endGhosts() {
        if (!unsure.getAndSet(false)) {
            return;
        }
        try {
            List<UUID> ghosts = database.with(handle -> store.unfinished(handle, id)).stream()
                    .filter(driven.negate())
                    .toList();
            int ended = database.transact(handle -> store.endRuns(handle, ghosts, CODE, NEVER_BEGUN));
            LOG.info("ended {} runs that nobody was told of", ended);
        } catch (RuntimeException e) {
            unsure.set(true);
            throw e;
        }
    }

    /** Drops what is older than it has to be kept. */
    void clear() {
        database.with(store::forgetReplicas);
        Instant before = Instant.now().minus(eventRetention);
        while (database.with(handle -> store.dropSegments(handle, before)) == ReplicaStore.DROPPED_AT_ONCE) {
            LOG.debug("dropped the events of {} runs", ReplicaStore.DROPPED_AT_ONCE);
        }
    }
}
