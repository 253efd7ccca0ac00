package dev.agentsgateway.run;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseUnavailableException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who follows runs that another process drives. Followers say every second whom they follow; the process that drives
 * such a run announces what it stores of it. Nobody announces anything of runs that nobody follows from elsewhere:
 * NOTIFY makes commits wait for each other. A notification that is lost costs the follower a second. Thread-safe.
 */
final class Followers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Followers.class);
    private static final String FOLLOWED = "agents_gateway_run_followed";
    private static final String STORED = "agents_gateway_run_stored";
    private static final Duration ANNOUNCE_EVERY = Duration.ofSeconds(1);
    private static final Duration BELIEVED_FOR = Duration.ofMillis(3500);

    private final Database database;
    private final EventLogStore store;
    private final Predicate<UUID> driven;

    /** By run: those of this process who follow it. */
    private final Map<UUID, Watch> watches = new ConcurrentHashMap<>();

    /** Runs of this process that others follow, with the nanosecond until which that is believed. */
    private final Map<UUID, Long> followed = new ConcurrentHashMap<>();

    private final Thread announcer;
    private volatile boolean stopping;

    /** @param driven whether this process drives a run */
    Followers(Database database, EventLogStore store, Predicate<UUID> driven) {
        this.database = database;
        this.store = store;
        this.driven = driven;
        database.listen(FOLLOWED, this::followedElsewhere);
        database.listen(STORED, this::storedElsewhere);
        announcer = Thread.ofVirtual().name("run-followers").start(this::announceAll);
    }

    /** What the followers of one run wait at. */
    private static final class Watch {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private long version;

        /** Changed only within {@code watches.compute}. */
        private int followers;

        void signal() {
            lock.lock();
            try {
                version++;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** One who follows a run; for one thread. */
    final class Follower implements AutoCloseable {
        private final UUID run;
        private final Watch watch;

        private Follower(UUID run, Watch watch) {
            this.run = run;
            this.watch = watch;
        }

        /** Changes whenever something of the run may have been stored. */
        long version() {
            watch.lock.lock();
            try {
                return watch.version;
            } finally {
                watch.lock.unlock();
            }
        }

        /** Waits until the version is another than {@code seen}. */
        void await(long seen, Duration time) throws InterruptedException {
            watch.lock.lock();
            try {
                long nanos = time.toNanos();
                while (watch.version == seen && nanos > 0 && !stopping) {
                    nanos = watch.changed.awaitNanos(nanos);
                }
            } finally {
                watch.lock.unlock();
            }
        }

        @Override
        public void close() {
            watches.computeIfPresent(run, (_, present) -> --present.followers == 0 ? null : present);
        }
    }

    /** Begins to follow a run; must be closed. */
    Follower follow(UUID run) {
        Watch watch = watches.compute(run, (_, present) -> {
            Watch one = present == null ? new Watch() : present;
            one.followers++;
            return one;
        });
        announce(List.of(run));
        return new Follower(run, watch);
    }

    /** Whether somebody follows this run from another process. */
    boolean isFollowed(UUID run) {
        Long until = followed.get(run);
        return until != null && until - System.nanoTime() > 0;
    }

    /** Tells the followers of these runs elsewhere, if there are any, when the handle's transaction commits. */
    void wake(Handle handle, Collection<UUID> runs) {
        Set<UUID> wanted = runs.stream().filter(this::isFollowed).collect(Collectors.toSet());
        if (!wanted.isEmpty()) {
            store.send(handle, STORED, wanted);
        }
    }

    /** Runs that others drive are no longer followed: their streams are to be ended, so that this process can stop. */
    void stop() {
        stopping = true;
        watches.values().forEach(Watch::signal);
    }

    boolean stopping() {
        return stopping;
    }

    @Override
    public void close() {
        stop();
        announcer.interrupt();
    }

    private void followedElsewhere(String payload) {
        UUID run = payload == null ? null : UUID.fromString(payload);
        if (run == null || !driven.test(run)) {
            return;
        }
        boolean known = isFollowed(run);
        followed.put(run, System.nanoTime() + BELIEVED_FOR.toNanos());
        if (!known) {
            // What was stored between the follower's first look and this moment was announced to nobody.
            Thread.startVirtualThread(() -> send(STORED, List.of(run)));
        }
    }

    private void storedElsewhere(String payload) {
        if (payload == null) {
            watches.values().forEach(Watch::signal);
            return;
        }
        Watch watch = watches.get(UUID.fromString(payload));
        if (watch != null) {
            watch.signal();
        }
    }

    private void announceAll() {
        try {
            while (!stopping) {
                Thread.sleep(ANNOUNCE_EVERY);
                followed.values().removeIf(until -> until - System.nanoTime() < 0);
                announce(List.copyOf(watches.keySet()));
            }
        } catch (InterruptedException e) {
            LOG.debug("no longer announcing", e);
        }
    }

    private void announce(Collection<UUID> runs) {
        if (!runs.isEmpty()) {
            send(FOLLOWED, runs);
        }
    }

    private void send(String channel, Collection<UUID> runs) {
        try {
            database.with(handle -> {
                store.send(handle, channel, runs);
                return null;
            });
        } catch (DatabaseUnavailableException e) {
            LOG.debug("not announced: followers look by themselves every second", e);
        } catch (RuntimeException e) {
            LOG.warn("followers of runs could not be announced", e);
        }
    }
}
