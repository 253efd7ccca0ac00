package dev.agentsgateway.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The events of one active run: the newest in memory for any number of readers, those not yet stored for the
 * {@link SegmentWriter}. Appending waits when too many are not yet stored, which slows the model's stream down instead
 * of filling the heap. Thread-safe.
 */
final class RunLog {
    /** How many events are kept for readers; who is further behind reads the database. */
    static final int KEPT = 1024;

    /** How many events may wait to be stored. */
    static final int UNSAVED_MAX = 8192;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition appended = lock.newCondition();
    private final Condition saved = lock.newCondition();

    /** The events up to this one were written by earlier drivers. */
    private final int base;

    /** Event n is at n - base modulo the length, a power of two that grows up to KEPT. */
    private RunEvent[] ring = new RunEvent[16];

    private ArrayList<RunEvent> unsaved = new ArrayList<>();
    private int savingNow;
    private int lastSeq;
    private boolean saving;
    private boolean ended;

    /** Events that are stored together: {@code events.getFirst()} has the number {@code firstSeq}. */
    record Segment(int firstSeq, List<RunEvent> events) {
        int lastSeq() {
            return firstSeq + events.size() - 1;
        }
    }

    /**
     * What a reader gets.
     *
     * @param firstSeq the number of the first event, or that of the first which is kept when the reader missed some
     * @param events  empty when nothing came in time
     * @param missed  the reader is too far behind: what it misses must be read from the database
     * @param ended   nothing will follow
     */
    record Batch(int firstSeq, List<RunEvent> events, boolean missed, boolean ended) {}

    /** @param lastSeq the number of the last event that is stored already, 0 for a new run */
    RunLog(int lastSeq) {
        base = lastSeq;
        this.lastSeq = lastSeq;
    }

    /**
     * An interrupted thread does not wait: its run is being ended.
     *
     * @return whether this event is the first that waits to be stored
     */
    boolean append(RunEvent event) {
        lock.lock();
        try {
            while (unsaved.size() + savingNow >= UNSAVED_MAX
                    && !Thread.currentThread().isInterrupted()) {
                try {
                    saved.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            keep(event);
            unsaved.add(event);
            appended.signalAll();
            return unsaved.size() == 1;
        } finally {
            lock.unlock();
        }
    }

    private void keep(RunEvent event) {
        if (lastSeq - base >= ring.length - 1 && ring.length < KEPT) {
            RunEvent[] longer = new RunEvent[ring.length * 2];
            System.arraycopy(ring, 0, longer, 0, ring.length);
            ring = longer;
        }
        lastSeq++;
        ring[(lastSeq - base) & (ring.length - 1)] = event;
    }

    private int firstKept() {
        return Math.max(base + 1, lastSeq - ring.length + 1);
    }

    /** Waits for events after {@code after}, {@code wait} at most. */
    Batch read(int after, Duration wait) throws InterruptedException {
        lock.lock();
        try {
            long nanos = wait.toNanos();
            while (lastSeq <= after && !ended && nanos > 0) {
                nanos = appended.awaitNanos(nanos);
            }
            if (after + 1 < firstKept()) {
                return new Batch(firstKept(), List.of(), true, ended);
            }
            List<RunEvent> events = new ArrayList<>(Math.max(0, lastSeq - after));
            for (int seq = after + 1; seq <= lastSeq; seq++) {
                events.add(ring[(seq - base) & (ring.length - 1)]);
            }
            return new Batch(after + 1, events, false, ended);
        } finally {
            lock.unlock();
        }
    }

    /** Nothing follows here: the run goes on elsewhere, and what is not stored of it is void. */
    void abandon() {
        lock.lock();
        try {
            unsaved = new ArrayList<>();
            ended = true;
            saved.signalAll();
            appended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Takes what waits to be stored, null when there is nothing or another thread is storing. */
    Segment beginSave() {
        lock.lock();
        try {
            if (saving || unsaved.isEmpty()) {
                return null;
            }
            Segment segment = new Segment(lastSeq - unsaved.size() + 1, unsaved);
            savingNow = unsaved.size();
            unsaved = new ArrayList<>();
            saving = true;
            return segment;
        } finally {
            lock.unlock();
        }
    }

    /** Ends what {@code beginSave} began; a segment that could not be stored waits again. */
    void endSave(Segment segment, boolean stored) {
        lock.lock();
        try {
            saving = false;
            savingNow = 0;
            if (!stored) {
                ArrayList<RunEvent> again = new ArrayList<>(segment.events());
                again.addAll(unsaved);
                unsaved = again;
            }
            saved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Everything that waits and the last event, which no reader sees before {@link #endLastSave}. */
    Segment beginLastSave(RunEvent last) {
        lock.lock();
        try {
            while (saving) {
                saved.awaitUninterruptibly();
            }
            saving = true;
            List<RunEvent> events = new ArrayList<>(unsaved);
            events.add(last);
            return new Segment(lastSeq - unsaved.size() + 1, events);
        } finally {
            lock.unlock();
        }
    }

    /** The last event is stored: shows it. Null when there is none, because the run goes on elsewhere. */
    void endLastSave(RunEvent last) {
        lock.lock();
        try {
            saving = false;
            unsaved = new ArrayList<>();
            if (last != null) {
                keep(last);
            }
            ended = true;
            saved.signalAll();
            appended.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
