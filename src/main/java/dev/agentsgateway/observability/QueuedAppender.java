package dev.agentsgateway.observability;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.util.ReentryGuard;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Takes log events without ever making their thread wait, and writes them in batches from a thread of its own. When the
 * destination is slower than the log, the newest events are dropped and counted: a log line is worth less than a
 * request. Thread-safe.
 */
abstract class QueuedAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private static final int CAPACITY = 8_192;
    private static final ILoggingEvent STOP = new LoggingEvent();

    private final ArrayBlockingQueue<ILoggingEvent> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final LongAdder dropped = new LongAdder();
    private final int maxBatch;
    private final Duration linger;
    private final Duration stopTimeout;
    private final Thread worker;
    private volatile boolean stopping;

    /**
     * @param linger      how long a batch may wait for more events; zero writes at once what is there
     * @param stopTimeout how long {@link #stop} waits for what is queued
     */
    QueuedAppender(String name, int maxBatch, Duration linger, Duration stopTimeout) {
        setName(name);
        this.maxBatch = maxBatch;
        this.linger = linger;
        this.stopTimeout = stopTimeout;
        this.worker = Thread.ofPlatform().daemon().name("log-" + name).unstarted(this::work);
    }

    /** Writes events in order; called by one thread only. What it cannot write it counts with {@link #drop}. */
    protected abstract void write(List<ILoggingEvent> events);

    protected void drop(int events) {
        dropped.add(events);
    }

    /** How many events were lost so far. */
    long dropped() {
        return dropped.sum();
    }

    /** Appending only queues and cannot log in turn; the default guard would cost every virtual thread a slot. */
    @Override
    protected ReentryGuard buildReentryGuard() {
        return new ReentryGuard.NOPRentryGuard();
    }

    @Override
    public void start() {
        super.start();
        worker.start();
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        if (!queue.offer(event)) {
            dropped.increment();
        }
    }

    /** Writes what is queued, within the time-out. */
    @Override
    public void stop() {
        if (!isStarted()) {
            return;
        }
        super.stop();
        stopping = true;
        // When the queue is full this is refused, and the flag is seen after the next batch.
        boolean _ = queue.offer(STOP);
        try {
            worker.join(stopTimeout);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        worker.interrupt();
    }

    private void work() {
        List<ILoggingEvent> batch = new ArrayList<>();
        try {
            while (!stopping || !queue.isEmpty()) {
                batch.add(queue.take());
                gather(batch);
                batch.remove(STOP);
                writeSafely(batch);
                batch.clear();
            }
        } catch (InterruptedException e) {
            drop(queue.size());
        }
    }

    private void gather(List<ILoggingEvent> batch) throws InterruptedException {
        long deadline = System.nanoTime() + linger.toNanos();
        queue.drainTo(batch, maxBatch - batch.size());
        while (batch.size() < maxBatch && !stopping) {
            long left = deadline - System.nanoTime();
            ILoggingEvent next = left <= 0 ? null : queue.poll(left, TimeUnit.NANOSECONDS);
            if (next == null) {
                return;
            }
            batch.add(next);
            queue.drainTo(batch, maxBatch - batch.size());
        }
    }

    private void writeSafely(List<ILoggingEvent> batch) {
        try {
            if (!batch.isEmpty()) {
                write(batch);
            }
        } catch (RuntimeException e) {
            // One event that cannot be written must not silence the log for good.
            drop(batch.size());
        }
    }

    /** An event of the log's own, which does not come through the queue. */
    static ILoggingEvent notice(String message) {
        LoggingEvent event = new LoggingEvent();
        event.setLoggerName(QueuedAppender.class.getPackageName() + ".Logging");
        event.setLevel(Level.WARN);
        event.setMessage(message);
        event.setInstant(Instant.now());
        event.setThreadName(Thread.currentThread().getName());
        event.setMDCPropertyMap(Map.of());
        return event;
    }
}
