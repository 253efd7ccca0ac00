package dev.agentsgateway.knowledge.store;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseClosedException;
import dev.agentsgateway.db.DatabaseUnavailableException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the changes of the feed to a store, in their order, as they are notified and at least every few seconds. What
 * fails is tried again; a change that the store will never take is remembered and left out. Thread-safe.
 */
final class Follower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final Duration POLL = Duration.ofSeconds(5);
    private static final Duration POLL_OTHERS = Duration.ofMillis(200);
    private static final Duration PRUNE = Duration.ofHours(6);
    private static final int BATCH = 100;
    private static final int PAGE = 500;
    private static final int REMEMBERED = 1000;

    private final Database database;
    private final ChangeFeedStore feed;
    private final Target target;
    private final String model;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Long, StoreException> refused = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, StoreException> eldest) {
            return size() > REMEMBERED;
        }
    };
    private long applied = -1;
    private long passes;
    private StoreException failure;
    private long waiting;
    private boolean signalled;
    private Thread thread;
    private volatile boolean closed;

    /** Where changes are taken to. For one thread. */
    interface Target {
        /** Gets ready; returns how far it has come, empty when another process takes changes to the same store. */
        OptionalLong begin(ChangeFeedStore.Feed feed);

        /** How far the process that takes changes has come. */
        long elsewhere();

        /** The chunks of an entry come now. */
        void clear(Change change);

        void add(List<IndexedChunk> chunks);

        /** They were all of the entry's chunks, {@code count} in number. */
        void added(Change change, int count);

        /** Everything up to {@code position} has been taken in. */
        void reached(long position);

        /** Nothing is to be done for now. */
        void end();
    }

    Follower(Database database, ChangeFeedStore feed, Target target, String model) {
        this.database = database;
        this.feed = feed;
        this.target = target;
        this.model = model;
    }

    void start() {
        // The thread does everything: whoever starts a gateway does not wait for its index.
        thread = Thread.ofVirtual().name("knowledge-follower").start(this::run);
    }

    private void run() {
        database.listen(ChangeFeedStore.CHANNEL, _ -> signal());
        long prune = System.nanoTime() + PRUNE.toNanos();
        while (!closed) {
            boolean mine = false;
            StoreException failed = null;
            try {
                mine = pass();
                if (System.nanoTime() - prune > 0) {
                    feed.prune();
                    prune = System.nanoTime() + PRUNE.toNanos();
                }
            } catch (StoreException e) {
                LOG.warn("knowledge: {}", e.getMessage());
                failed = e;
            } catch (DatabaseUnavailableException e) {
                failed = StoreException.passing("The database is not available.", e);
            } catch (DatabaseClosedException e) {
                return;
            } catch (RuntimeException e) {
                if (!closed) {
                    LOG.error("the vector store could not take in changes", e);
                }
                failed = StoreException.passing("The vector store could not take in changes.", e);
            }
            pause(mine, failed);
        }
    }

    /** @return whether this process takes the changes to the store */
    private boolean pass() {
        ChangeFeedStore.Feed now = feed.feed();
        OptionalLong begun = target.begin(now);
        if (begun.isEmpty()) {
            reached(target.elsewhere());
            return false;
        }
        try {
            long position = begun.getAsLong();
            reached(position);
            while (!closed) {
                long last = feed.lastChange();
                List<Change> changes = last > position ? feed.changes(position, BATCH) : List.of();
                for (Change change : changes) {
                    apply(change);
                }
                long next = changes.isEmpty() ? last : changes.getLast().changeId();
                if (next <= position) {
                    return true;
                }
                target.reached(next);
                position = next;
                reached(position);
            }
            return true;
        } finally {
            target.end();
        }
    }

    private void apply(Change change) {
        try {
            target.clear(change);
            int count = 0;
            var source = change.deleted() ? null : feed.source(change.entryId()).orElse(null);
            List<IndexedChunk> page = source == null ? List.of() : feed.chunks(source, 0, PAGE, model);
            while (!page.isEmpty()) {
                target.add(page);
                count += page.size();
                page = page.size() < PAGE
                        ? List.of()
                        : feed.chunks(source, page.getLast().index() + 1, PAGE, model);
            }
            target.added(change, count);
        } catch (StoreException e) {
            if (!e.permanent()) {
                throw e;
            }
            LOG.warn("the vector store will not take the chunks of entry {}: {}", change.entryId(), e.getMessage());
            lock.lock();
            try {
                refused.put(change.changeId(), e);
            } finally {
                lock.unlock();
            }
        }
    }

    private void reached(long position) {
        lock.lock();
        try {
            applied = Math.max(applied, position);
            failure = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void pause(boolean mine, StoreException failed) {
        lock.lock();
        try {
            passes++;
            failure = failed;
            changed.signalAll();
            long left = (!mine && failed == null && waiting > 0 ? POLL_OTHERS : POLL).toNanos();
            if (failed != null && waiting > 0) {
                // Whoever waits is told and tries again at his own pace.
                left = Duration.ofSeconds(1).toNanos();
                signalled = false;
            }
            while (!signalled && left > 0 && !closed) {
                left = changed.awaitNanos(left);
            }
            signalled = false;
        } catch (InterruptedException e) {
            LOG.debug("interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    /** There is, or may be, something to do. */
    void signal() {
        lock.lock();
        try {
            signalled = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** As {@link VectorStore#await}. */
    void await(long change, Duration time) throws InterruptedException {
        lock.lock();
        try {
            waiting++;
            long first = passes;
            long left = time.toNanos();
            if (applied < change) {
                signalled = true;
                changed.signalAll();
            }
            while (applied < change) {
                // The pass that was under way when we came has not seen the change.
                if (failure != null && passes > first + 1) {
                    throw failure;
                }
                if (left <= 0) {
                    throw failure != null
                            ? failure
                            : StoreException.passing("The vector store has not caught up yet. Try again.", null);
                }
                left = changed.awaitNanos(left);
            }
            StoreException refusal = refused.get(change);
            if (refusal != null) {
                throw refusal;
            }
        } finally {
            waiting--;
            lock.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
        signal();
        if (thread != null) {
            try {
                if (!thread.join(Duration.ofSeconds(5))) {
                    thread.interrupt();
                    thread.join(Duration.ofSeconds(2));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
