package dev.agentsgateway.run;

import dev.agentsgateway.common.Ids;
import dev.agentsgateway.db.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process among those that share the database. It says regularly that it is alive, and takes over the runs of those
 * that no longer say so. Thread-safe.
 */
final class Replica {
    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);
    private static final int BEATS_PER_LEASE = 6;
    private static final Duration CLEARING = Duration.ofSeconds(30);

    private final UUID id = Ids.timeOrdered();
    private final Instant startedAt = Instant.now();
    private final Database database;
    private final ReplicaStore store = new ReplicaStore();
    private final ConsentStore consents = new ConsentStore();
    private final Duration lease;
    private final Duration eventRetention;
    private final Drivers drivers;
    private final AtomicBoolean beating = new AtomicBoolean();
    private final AtomicBoolean tending = new AtomicBoolean();
    private long lastBeat = System.nanoTime();
    private volatile long othersHaveUntil;
    private long nextClearing = lastBeat;
    private boolean stopped;

    /** Those who drive the runs of this process. */
    interface Drivers {
        /** How many more runs this process can drive; 0 while it is not ready or is stopping. */
        int capacity();

        /** Whether the run is driven here, or about to be. */
        boolean has(UUID run);

        /** The runs that are driven here. */
        Set<UUID> driven();

        /** Stops driving runs that belong to another process. */
        void lost(List<UUID> runs);

        /** Drives runs that have just become this process's. */
        void adopt(List<UUID> runs, Checkpoint.Entry entry);
    }

    /** @param lease within which after a process's last sign of life its runs go on elsewhere */
    Replica(Database database, Duration lease, Duration eventRetention, Drivers drivers) {
        this.database = database;
        this.lease = lease;
        // Should the database have been away until now, the others have just begun to say that they are alive.
        this.othersHaveUntil = lastBeat + lease.dividedBy(BEATS_PER_LEASE).toNanos() * 3 / 2;
        this.eventRetention = eventRetention;
        this.drivers = drivers;
    }

    UUID id() {
        return id;
    }

    /** Says that it is alive before it returns, then several times per lease. */
    void start(ScheduledExecutorService timer) {
        beat();
        // Apart from everything else: who is busy is not dead.
        timer.scheduleWithFixedDelay(
                () -> Thread.startVirtualThread(this::beatAgain),
                period().toMillis(),
                period().toMillis(),
                TimeUnit.MILLISECONDS);
        timer.scheduleWithFixedDelay(
                () -> Thread.startVirtualThread(this::tend), 0, period().toMillis(), TimeUnit.MILLISECONDS);
    }

    private Duration period() {
        return lease.dividedBy(BEATS_PER_LEASE);
    }

    /** Lets others take over what is left at once. */
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
        // Whoever looks every period sees the end of it within the lease.
        Duration alive = lease.minus(period());
        database.with(handle -> {
            store.beat(handle, id, startedAt, alive);
            return null;
        });
        long now = System.nanoTime();
        if (now - lastBeat > alive.toNanos()) {
            // The database was away, for the others too: they must have the time to say that they are alive.
            othersHaveUntil = now + alive.toNanos();
        }
        lastBeat = now;
    }

    private void beatAgain() {
        if (beating.compareAndSet(false, true)) {
            try {
                beat();
            } catch (RuntimeException e) {
                LOG.warn("could not say that this process is alive: {}", e.getMessage());
            } finally {
                beating.set(false);
            }
        }
    }

    private void tend() {
        if (!tending.compareAndSet(false, true)) {
            return;
        }
        try {
            Set<UUID> driven = drivers.driven();
            List<UUID> mine = database.with(handle -> store.unfinished(handle, id));
            giveUp(driven, mine);
            adopt(mine);
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

    /** Whoever was silent for too long finds that others went on with its runs: it need not go on paying for them. */
    private void giveUp(Set<UUID> driven, List<UUID> mine) {
        Set<UUID> doubtful = new HashSet<>(driven);
        mine.forEach(doubtful::remove);
        if (!doubtful.isEmpty()) {
            drivers.lost(database.with(handle -> store.ownedByOthers(handle, id, doubtful)));
        }
    }

    private void adopt(List<UUID> mine) {
        if (drivers.capacity() <= 0) {
            return;
        }
        List<UUID> forgotten = mine.stream().filter(run -> !drivers.has(run)).toList();
        if (!forgotten.isEmpty()) {
            take(database.transact(handle -> store.takeAgain(handle, id, forgotten)), Checkpoint.Entry.TAKEN_OVER);
        }
        take(database.transact(handle -> consents.expire(handle, id)), Checkpoint.Entry.CONTINUED);
        if (System.nanoTime() - othersHaveUntil >= 0) {
            int most = Math.min(200, drivers.capacity());
            List<UUID> orphans = database.transact(handle -> store.takeOver(handle, id, most));
            if (!orphans.isEmpty()) {
                LOG.warn("took over {} runs whose process had gone", orphans.size());
            }
            take(orphans, Checkpoint.Entry.TAKEN_OVER);
        }
    }

    private void take(List<UUID> runs, Checkpoint.Entry entry) {
        if (!runs.isEmpty()) {
            drivers.adopt(runs, entry);
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
