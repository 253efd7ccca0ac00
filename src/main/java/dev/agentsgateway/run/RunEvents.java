package dev.agentsgateway.run;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the events of a run in order, from memory where they are, else from the database. For one thread.
 */
public final class RunEvents {
    private static final Logger LOG = LoggerFactory.getLogger(RunEvents.class);
    private static final int SEGMENTS_AT_ONCE = 8;
    private static final Duration POLL = Duration.ofMillis(20);

    private final Database database;
    private final RunStore store;
    private final ActiveRun run;
    private int after;
    private boolean ended;

    /** Consecutive events; {@code events.getFirst()} has the number {@code firstSeq}. */
    public record Batch(int firstSeq, List<RunEvent> events) {}

    RunEvents(Database database, RunStore store, ActiveRun run, int after) {
        this.database = database;
        this.store = store;
        this.run = run;
        this.after = after;
    }

    /** Whether the last event was read. */
    public boolean ended() {
        return ended;
    }

    /**
     * Waits for the next events, {@code wait} at most; empty when none came. While the database is away, who is far
     * behind gets none.
     */
    public Batch next(Duration wait) throws InterruptedException {
        long deadline = System.nanoTime() + wait.toNanos();
        while (true) {
            long left = deadline - System.nanoTime();
            RunLog.Batch batch = run.log().read(after, Duration.ofNanos(Math.max(0, left)));
            if (!batch.missed()) {
                after += batch.events().size();
                ended = batch.ended();
                return new Batch(batch.firstSeq(), batch.events());
            }
            Batch stored = stored(batch);
            if (!stored.events().isEmpty() || left <= 0) {
                return stored;
            }
            // Appended, but not stored yet: the writer is at it.
            Thread.sleep(POLL);
        }
    }

    private Batch stored(RunLog.Batch missed) {
        try {
            Batch batch = fromDatabase();
            if (batch.events().isEmpty() && missed.ended()) {
                // Dropped by age: what is left is what memory has.
                after = missed.firstSeq() - 1;
            }
            return batch;
        } catch (DatabaseUnavailableException e) {
            LOG.debug("a reader waits for the database", e);
            return new Batch(after + 1, List.of());
        }
    }

    private Batch fromDatabase() {
        List<RunLog.Segment> segments =
                database.with(handle -> store.segments(handle, run.id(), after, SEGMENTS_AT_ONCE));
        List<RunEvent> events = new ArrayList<>();
        for (RunLog.Segment segment : segments) {
            if (events.isEmpty()) {
                // A gap is where the database had refused to store events.
                after = Math.max(after, segment.firstSeq() - 1);
            }
            int known = after + events.size() + 1 - segment.firstSeq();
            if (known >= 0) {
                events.addAll(segment.events().subList(known, segment.events().size()));
            }
        }
        Batch batch = new Batch(after + 1, events);
        after += events.size();
        return batch;
    }
}
