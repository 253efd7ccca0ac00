package dev.agentsgateway.run;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

    private static final int UNSAVED_MAX = 8192;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition appended = lock.newCondition();
    private final Condition saved = lock.newCondition();
    private final ArrayDeque<RunEvent> recent = new ArrayDeque<>();
    private ArrayList<RunEvent> unsaved = new ArrayList<>();
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
     * @param events  empty when nothing came in time
     * @param missed  the reader is too far behind: what it misses must be read from the database
     * @param ended   nothing will follow
     */
    record Batch(int firstSeq, List<RunEvent> events, boolean missed, boolean ended) {}

    /** @return whether this event is the first that waits to be stored */
    boolean append(RunEvent event) {
        lock.lock();
        try {
            while (unsaved.size() >= UNSAVED_MAX) {
                saved.awaitUninterruptibly();
            }
            lastSeq++;
            recent.addLast(event);
            if (recent.size() > KEPT) {
                recent.removeFirst();
            }
            unsaved.add(event);
            appended.signalAll();
            return unsaved.size() == 1;
        } finally {
            lock.unlock();
        }
    }

    int lastSeq() {
        lock.lock();
        try {
            return lastSeq;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for events after {@code after}, {@code wait} at most. */
    Batch read(int after, Duration wait) throws InterruptedException {
        lock.lock();
        try {
            long nanos = wait.toNanos();
            while (lastSeq <= after && !ended && nanos > 0) {
                nanos = appended.awaitNanos(nanos);
            }
            int first = lastSeq - recent.size() + 1;
            if (after + 1 < first) {
                return new Batch(after + 1, List.of(), true, false);
            }
            List<RunEvent> events = new ArrayList<>(Math.max(0, lastSeq - after));
            int seq = first;
            for (RunEvent event : recent) {
                if (seq++ > after) {
                    events.add(event);
                }
            }
            return new Batch(after + 1, events, false, ended);
        } finally {
            lock.unlock();
        }
    }

    /** Takes what waits to be stored, null when there is nothing or another thread is storing. */
    Segment beginSave() {
        lock.lock();
        try {
            return saving ? null : take();
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

    /** The last event is stored: shows it. */
    void endLastSave(RunEvent last) {
        lock.lock();
        try {
            saving = false;
            unsaved = new ArrayList<>();
            lastSeq++;
            recent.addLast(last);
            ended = true;
            saved.signalAll();
            appended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private Segment take() {
        if (unsaved.isEmpty()) {
            return null;
        }
        Segment segment = new Segment(lastSeq - unsaved.size() + 1, unsaved);
        unsaved = new ArrayList<>();
        saving = true;
        return segment;
    }

    /** Ends what {@code beginSave} began; a segment that could not be stored waits again. */
    void endSave(Segment segment, boolean stored) {
        lock.lock();
        try {
            saving = false;
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

    boolean awaitEnd(Duration wait) {
        lock.lock();
        try {
            long nanos = TimeUnit.NANOSECONDS.convert(wait);
            while (!ended && nanos > 0) {
                try {
                    nanos = appended.awaitNanos(nanos);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return ended;
                }
            }
            return ended;
        } finally {
            lock.unlock();
        }
    }
}
