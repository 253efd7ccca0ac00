package dev.agentsgateway.run;

import dev.agentsgateway.common.Ids;
import dev.agentsgateway.db.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process among those that share the database. It says regularly that it is alive, and ends the runs of those that
 * no longer say so.
 */
final class Replica {
    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

    private final UUID id = Ids.timeOrdered();
    private final Instant startedAt = Instant.now();
    private final Database database;
    private final RunStore store;
    private final Duration lease;
    private final Duration eventRetention;

    Replica(Database database, RunStore store, Duration lease, Duration eventRetention) {
        this.database = database;
        this.store = store;
        this.lease = lease;
        this.eventRetention = eventRetention;
    }

    UUID id() {
        return id;
    }

    /** Says that it is alive before it returns, then every third of the lease. */
    void start(ScheduledExecutorService timer) {
        beat();
        long period = lease.toMillis() / 3;
        timer.scheduleWithFixedDelay(() -> Thread.startVirtualThread(this::tend), period, period, TimeUnit.MILLISECONDS);
        Thread.startVirtualThread(this::tend);
    }

    /** Lets others end what is left at once. */
    void stop() {
        try {
            database.with(handle -> {
                store.beat(handle, id, startedAt, Instant.EPOCH);
                return null;
            });
        } catch (RuntimeException e) {
            LOG.debug("could not say goodbye", e);
        }
    }

    private void beat() {
        database.with(handle -> {
            store.beat(handle, id, startedAt, Instant.now().plus(lease));
            return null;
        });
    }

    private void tend() {
        try {
            beat();
            int ended = database.transact(handle -> store.endOrphans(
                    handle, "interrupted", "The gateway stopped while this run was in progress."));
            if (ended > 0) {
                LOG.warn("ended {} runs whose process had gone", ended);
            }
            database.with(store::forgetReplicas);
            database.with(handle -> store.dropSegments(handle, Instant.now().minus(eventRetention)));
        } catch (RuntimeException e) {
            LOG.warn("could not tend to the runs: {}", e.getMessage());
        }
    }
}
