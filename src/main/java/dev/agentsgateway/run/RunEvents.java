package dev.agentsgateway.run;

import dev.agentsgateway.db.Database;
import java.time.Duration;
import java.util.List;

/**
 * Reads the events of a run in order, from memory where they are, else from the database. For one thread.
 */
public final class RunEvents {
    private static final int SEGMENTS_AT_ONCE = 8;

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

    /** Waits for the next events, {@code wait} at most; empty when none came. */
    public Batch next(Duration wait) throws InterruptedException {
        RunLog.Batch batch = run.log().read(after, wait);
        if (batch.missed()) {
            return fromDatabase();
        }
        Batch result = new Batch(batch.firstSeq(), batch.events());
        after += batch.events().size();
        ended = batch.ended();
        return result;
    }

    private Batch fromDatabase() throws InterruptedException {
        List<RunLog.Segment> segments =
                database.with(handle -> store.segments(handle, run.id(), after, SEGMENTS_AT_ONCE));
        if (segments.isEmpty()) {
            // Appended, but not stored yet: the writer is at it.
            Thread.sleep(20);
            return new Batch(after + 1, List.of());
        }
        List<RunEvent> events = segments.stream()
                .flatMap(segment -> segment.events()
                        .subList(
                                Math.max(0, Math.min(segment.events().size(), after + 1 - segment.firstSeq())),
                                segment.events().size())
                        .stream())
                .toList();
        Batch result = new Batch(after + 1, events);
        after += events.size();
        return result;
    }
}
