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

    /** How many events a reader gets at once. */
    static final int BATCH = 128;

    /** How many events may wait to be stored. */
    static final int UNSAVED_MAX = 8192;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition appended = lock.newCondition();
    private final Condition saved = lock.newCondition();

    private final EventEpochs epochs;

    /** The number of the first event that was appended here. */
    private final int start;

    /** Event n is at n - start modulo the length, a power of two that grows up to KEPT. */
    private RunEvent[] ring = new RunEvent[16];

    private ArrayList<RunEvent> unsaved = new ArrayList<>();
    private int savingNow;
    private int lastSeq;
    private boolean saving;
    private boolean ended;
    private boolean abandoned;

    /** The log of a run that begins. */
    RunLog() {
        this(EventEpochs.FIRST, 0);
    }

    /**
     * The log of a run that goes on: after a pause, or taken over.
     *
     * @param lastSeq the number of the last event that counts; the next one gets the next number
     */
    RunLog(EventEpochs epochs, int lastSeq) {
        this.epochs = epochs;
        this.start = lastSeq + 1;
        this.lastSeq = lastSeq;
    }

    EventEpochs epochs() {
        return epochs;
    }

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
     * @param ended   nothing will follow these
     */
    record Batch(int firstSeq, List<RunEvent> events, boolean missed, boolean ended) {}

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
        if (lastSeq + 1 - start >= ring.length && ring.length < KEPT) {
            RunEvent[] longer = new RunEvent[ring.length * 2];
            System.arraycopy(ring, 0, longer, 0, ring.length);
            ring = longer;
        }
        lastSeq++;
        ring[place(lastSeq)] = event;
    }

    private int place(int seq) {
        return (seq - start) & (ring.length - 1);
    }

    private int firstKept() {
        return Math.max(start, lastSeq - ring.length + 1);
    }

    /** Waits for events after {@code after}, {@code wait} at most; returns {@value #BATCH} at most. */
    Batch read(int after, Duration wait) throws InterruptedException {
        lock.lock();
        try {
            long nanos = wait.toNanos();
            while (lastSeq <= after && !ended && !abandoned && nanos > 0) {
                nanos = appended.awaitNanos(nanos);
            }
            if (after + 1 < firstKept()) {
                return new Batch(firstKept(), List.of(), true, ended);
            }
            int last = Math.min(lastSeq, after + BATCH);
            List<RunEvent> events = new ArrayList<>(Math.max(0, last - after));
            for (int seq = after + 1; seq <= last; seq++) {
                events.add(ring[place(seq)]);
            }
            return new Batch(after + 1, events, false, ended && last == lastSeq);
        } finally {
            lock.unlock();
        }
    }

    /** This process no longer drives the run: nothing will follow here, readers go on in the database. */
    void abandon() {
        lock.lock();
        try {
            abandoned = true;
            unsaved = new ArrayList<>();
            saved.signalAll();
            appended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isAbandoned() {
        lock.lock();
        try {
            return abandoned;
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
            if (last == null) {
                abandoned = true;
            } else {
                keep(last);
                ended = true;
            }
            saved.signalAll();
            appended.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
