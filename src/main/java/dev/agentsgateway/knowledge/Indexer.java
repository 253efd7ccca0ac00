package dev.agentsgateway.knowledge;

import dev.agentsgateway.common.Ids;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseClosedException;
import dev.agentsgateway.db.DatabaseUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works off the queue of documents that are to be indexed, together with the other replicas. A document is taken with a
 * lease; one whose process is gone is taken over when the lease is over. Thread-safe.
 */
public final class Indexer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Indexer.class);
    private static final Duration POLL = Duration.ofSeconds(2);

    private final Database database;
    private final IndexerSettings settings;
    private final Indexing indexing;
    private final JobStore jobs = new JobStore();
    private final UUID owner = Ids.timeOrdered();
    private final Semaphore wake = new Semaphore(0);
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closed;

    public Indexer(Database database, IndexerSettings settings, Indexing indexing) {
        this.database = database;
        this.settings = settings;
        this.indexing = indexing;
    }

    /** Begins, in the background. */
    public synchronized void start() {
        threads.add(Thread.ofVirtual().name("knowledge-prepare").start(this::prepare));
        for (int i = 0; i < settings.workers(); i++) {
            threads.add(Thread.ofVirtual().name("knowledge-indexer-" + i).start(this::work));
        }
    }

    private void prepare() {
        try {
            database.listen(JobStore.CHANNEL, _ -> wake.release());
            indexing.reindexOthers();
        } catch (RuntimeException e) {
            LOG.warn("could not look for documents of other embedding models: {}", e.getMessage());
        }
    }

    private void work() {
        while (!closed) {
            try {
                Optional<JobStore.Job> job = database.with(handle -> jobs.take(handle, owner, settings.lease()));
                if (job.isPresent()) {
                    index(job.get());
                    continue;
                }
            } catch (DatabaseClosedException e) {
                return;
            } catch (DatabaseUnavailableException e) {
                LOG.debug("the queue cannot be looked at: {}", e.getMessage());
            } catch (RuntimeException e) {
                LOG.error("indexing failed", e);
            }
            pause();
        }
    }

    private void index(JobStore.Job job) {
        Thread worker = Thread.currentThread();
        Thread beating = Thread.ofVirtual().name("knowledge-beat").start(() -> beat(job, worker));
        try {
            indexing.index(job, owner, () -> closed);
        } finally {
            beating.interrupt();
            // The beat's last interrupt, if it came, was meant for this document.
            Thread.interrupted();
        }
    }

    /** Interrupts the worker when the job is not its any more. */
    private void beat(JobStore.Job job, Thread worker) {
        try {
            while (!closed) {
                Thread.sleep(settings.lease().dividedBy(4));
                try {
                    if (!database.with(handle -> jobs.beat(handle, job, owner, settings.lease()))) {
                        worker.interrupt();
                        return;
                    }
                } catch (DatabaseUnavailableException e) {
                    LOG.debug("could not prolong the lease: {}", e.getMessage());
                }
            }
        } catch (InterruptedException | DatabaseClosedException e) {
            LOG.trace("the document is done", e);
        }
    }

    private void pause() {
        try {
            if (wake.tryAcquire(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                wake.drainPermits();
            }
        } catch (InterruptedException e) {
            LOG.debug("interrupted", e);
        }
    }

    /** Lets go of what is being indexed: another replica, or the next start, goes on with it at once. */
    @Override
    public void close() {
        closed = true;
        synchronized (this) {
            wake.release(settings.workers());
            threads.forEach(Thread::interrupt);
            for (Thread thread : threads) {
                try {
                    thread.join(Duration.ofSeconds(3));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
