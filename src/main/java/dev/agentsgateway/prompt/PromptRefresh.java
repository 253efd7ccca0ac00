package dev.agentsgateway.prompt;

import dev.agentsgateway.db.Database;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the cache up to date, and before that, where a back end holds the prompts, their copies in the database. Every
 * process does the first for itself; the second one of them for all. Thread-safe.
 */
public final class PromptRefresh {
    private static final Logger LOG = LoggerFactory.getLogger(PromptRefresh.class);
    private static final int TRIES = 3;

    private final Database database;
    private final PromptStore store;
    private final PromptCopies copies;
    private final PromptCache cache;
    private final Clock clock;
    private final Background background = new Background();
    private final AtomicLong loaded = new AtomicLong();
    private final AtomicLong refreshes = new AtomicLong();
    private final AtomicLong errors = new AtomicLong();
    private volatile boolean initialized;
    private volatile Instant initializedAt;
    private volatile Instant refreshedAt;

    /** Guarded by itself. */
    private static final class Background {
        private Runnable next;
        private boolean working;
    }

    /** @param copies null when the prompts are in our own database */
    PromptRefresh(Database database, PromptStore store, PromptCopies copies, PromptCache cache, Clock clock) {
        this.database = database;
        this.store = store;
        this.copies = copies;
        this.cache = cache;
        this.clock = clock;
    }

    /**
     * How things stand.
     *
     * @param initializedAt null before the first load that succeeded
     * @param refreshedAt   null before the first refresh that succeeded
     * @param loaded        prompts in the cache after the last load or refresh
     */
    public record Status(
            boolean initialized,
            Instant initializedAt,
            Instant refreshedAt,
            long loaded,
            long refreshes,
            long errors) {}

    public Status status() {
        return new Status(initialized, initializedAt, refreshedAt, loaded.get(), refreshes.get(), errors.get());
    }

    /** Reads everything, as at the start; a failure is counted and logged. */
    public void load() {
        try {
            bringUpToDate(null);
            initializedAt = clock.instant();
        } catch (RuntimeException e) {
            errors.incrementAndGet();
            LOG.warn("prompts could not be loaded: {}", e.getMessage());
        } finally {
            initialized = true;
        }
    }

    /**
     * Brings everything up to date.
     *
     * @param mark the time of the clock for which this is done, so that of all replicas one reads from the back end;
     *     null to do so whatever others do
     * @throws RuntimeException when that failed, after it is counted
     */
    public void refresh(Instant mark) {
        try {
            bringUpToDate(mark);
            refreshedAt = clock.instant();
            refreshes.incrementAndGet();
        } catch (RuntimeException e) {
            errors.incrementAndGet();
            throw e;
        }
    }

    /**
     * Does a load or a refresh on a thread of its own. While one is under way the next one waits for its end, since it may
     * have missed what happened meanwhile; of several that wait the last one is done.
     */
    public void inBackground(Runnable work) {
        synchronized (background) {
            background.next = work;
            if (background.working) {
                return;
            }
            background.working = true;
        }
        Thread.ofVirtual().name("prompt-cache").start(this::work);
    }

    private void work() {
        for (Runnable work = next(); work != null; work = next()) {
            try {
                work.run();
            } catch (RuntimeException e) {
                LOG.warn("prompts could not be refreshed: {}", e.getMessage());
            }
        }
    }

    /** Null when there is no more to do; then the next one that is asked for gets a thread of its own. */
    private Runnable next() {
        synchronized (background) {
            Runnable work = background.next;
            background.next = null;
            background.working = work != null;
            return work;
        }
    }

    /** Forgets all prompts, on this replica. */
    void reset() {
        cache.forget(null);
        initialized = false;
    }

    /** The cache is filled with the last known copies also when the back end does not answer. */
    private void bringUpToDate(Instant mark) {
        try {
            pull(mark);
        } finally {
            fill();
        }
    }

    private void pull(Instant mark) {
        if (copies == null || (mark != null && !copies.take(mark))) {
            return;
        }
        try {
            copies.pullAll();
        } catch (BackendException e) {
            // What one prompt is refused for, another replica is refused for too.
            if (mark != null && e.isAway()) {
                copies.giveBack(mark);
            }
            throw e;
        }
    }

    private void fill() {
        for (int i = 0; i < TRIES; i++) {
            long before = cache.changes();
            List<Prompt> all = database.with(
                    handle -> store.list(handle, new PromptStore.Filter(null, null, null, PromptCache.CAPACITY)));
            if (cache.replaceAll(all, before)) {
                loaded.set(cache.size());
                return;
            }
        }
        // Prompts are being changed all the time: what is not cached is read when it is asked for.
        loaded.set(cache.size());
    }
}
