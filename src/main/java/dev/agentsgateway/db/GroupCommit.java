package dev.agentsgateway.db;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes the works of many callers in one transaction, because a commit waits for the disk and costs the same for one
 * row as for a hundred. One thread takes whatever has arrived while the last commit was under way; an idle writer starts
 * a lone work at once. See {@link Database#commit} for what callers are promised.
 */
final class GroupCommit implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);
    private static final int MAX_BATCH = 128;
    private static final int MAX_WAITING = 1024;
    private static final int ATTEMPTS = 5;

    private final Jdbi jdbi;
    private final BlockingQueue<Work<?>> queue = new ArrayBlockingQueue<>(MAX_WAITING, true);
    private final Thread writer;
    private volatile Listener listener = (works, took) -> {};
    private volatile boolean closing;
    private volatile boolean ended;

    GroupCommit(Jdbi jdbi) {
        this.jdbi = jdbi;
        this.writer = Thread.ofPlatform().name("db-commit").daemon().start(this::write);
    }

    /** Is told of every batch that was committed, on the writer's thread: be quick. */
    interface Listener {
        void committed(int works, Duration took);
    }

    void listen(Listener newListener) {
        listener = newListener;
    }

    <T> T commit(String orderKey, Function<Handle, T> function) {
        if (Thread.currentThread() == writer) {
            throw new IllegalStateException("a work must not wait for another commit");
        }
        Work<T> work = new Work<>(orderKey, function);
        boolean interrupted = put(work);
        if (ended) {
            failQueued(new DatabaseClosedException());
        }
        try {
            return work.result.join();
        } catch (CompletionException e) {
            throw rethrown(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        closing = true;
        put(new Work<>("", handle -> null));
        boolean interrupted = false;
        while (true) {
            try {
                writer.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for room whatever happens: a caller that gave up half-way would not know whether it had written. */
    private boolean put(Work<?> work) {
        boolean interrupted = false;
        while (true) {
            try {
                queue.put(work);
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    private void write() {
        List<Work<?>> batch = new ArrayList<>(MAX_BATCH);
        while (!closing || !queue.isEmpty()) {
            try {
                batch.add(queue.take());
                queue.drainTo(batch, MAX_BATCH - 1);
                batch.sort(Comparator.comparing(work -> work.orderKey));
                execute(batch);
            } catch (InterruptedException e) {
                // Nobody has a reason to interrupt this thread; it ends when it is closed.
                LOG.debug("Interrupted", e);
            } catch (Throwable e) {
                LOG.error("A batch of writes failed unexpectedly", e);
                batch.forEach(work -> work.fail(e));
            } finally {
                batch.clear();
            }
        }
        ended = true;
        failQueued(new DatabaseClosedException());
    }

    private void execute(List<Work<?>> batch) {
        long began = System.nanoTime();
        Outcome outcome = transaction(batch);
        if (outcome.lostBeforeCommit()) {
            // The usual reason is a restarted server that the idle connection had not noticed.
            outcome = transaction(batch);
        }
        if (outcome.failure() == null) {
            batch.forEach(Work::succeed);
            listener.committed(batch.size(), Duration.ofNanos(System.nanoTime() - began));
        } else if (ConnectionFailures.isUnavailable(outcome.failure())) {
            if (!outcome.connected()) {
                // Those who wait would only see the same time-out, one batch after the other.
                queue.drainTo(batch);
            }
            DatabaseUnavailableException unavailable = new DatabaseUnavailableException(outcome.failure());
            batch.forEach(work -> work.fail(unavailable));
        } else if (batch.size() == 1) {
            executeAlone(batch.getFirst(), outcome);
        } else {
            batch.forEach(work -> executeAlone(work, transaction(List.of(work))));
        }
    }

    private void executeAlone(Work<?> work, Outcome first) {
        Outcome outcome = first;
        for (int attempt = 1; attempt < ATTEMPTS && ConnectionFailures.isRetryable(outcome.failure()); attempt++) {
            LockSupport.parkNanos(Duration.ofMillis(ThreadLocalRandom.current().nextInt(1, 5 * attempt + 1))
                    .toNanos());
            outcome = transaction(List.of(work));
        }
        if (outcome.failure() == null) {
            work.succeed();
        } else if (ConnectionFailures.isUnavailable(outcome.failure())) {
            work.fail(new DatabaseUnavailableException(outcome.failure()));
        } else {
            work.fail(outcome.failure());
        }
    }

    /** @param failure null when committed */
    private record Outcome(Throwable failure, boolean connected, boolean commitSent) {
        boolean lostBeforeCommit() {
            return connected && !commitSent && ConnectionFailures.isUnavailable(failure);
        }
    }

    private Outcome transaction(List<Work<?>> works) {
        boolean connected = false;
        boolean commitSent = false;
        try (Handle handle = jdbi.open()) {
            connected = true;
            try {
                handle.begin();
                for (Work<?> work : works) {
                    work.execute(handle);
                }
                commitSent = true;
                handle.commit();
                return new Outcome(null, true, true);
            } catch (Throwable e) {
                rollback(handle);
                throw e;
            }
        } catch (Throwable e) {
            return new Outcome(e, connected, commitSent);
        }
    }

    private static void rollback(Handle handle) {
        try {
            if (handle.isInTransaction()) {
                handle.rollback();
            }
        } catch (RuntimeException e) {
            LOG.debug("Rollback failed, the connection is lost", e);
        }
    }

    private static RuntimeException rethrown(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        // A function declares no checked exceptions, but may throw one all the same.
        return cause instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(cause);
    }

    private void failQueued(RuntimeException reason) {
        List<Work<?>> waiting = new ArrayList<>();
        queue.drainTo(waiting);
        waiting.forEach(work -> work.fail(reason));
    }

    private static final class Work<T> {
        private final String orderKey;
        private final Function<Handle, T> function;
        private final CompletableFuture<T> result = new CompletableFuture<>();
        private T value;

        Work(String orderKey, Function<Handle, T> function) {
            this.orderKey = Objects.requireNonNull(orderKey, "orderKey");
            this.function = Objects.requireNonNull(function, "function");
        }

        void execute(Handle handle) {
            value = function.apply(handle);
        }

        void succeed() {
            result.complete(value);
        }

        void fail(Throwable reason) {
            result.completeExceptionally(reason);
        }
    }
}
