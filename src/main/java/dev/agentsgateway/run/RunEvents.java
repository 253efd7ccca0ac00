package dev.agentsgateway.run;

import dev.agentsgateway.db.DatabaseClosedException;
import dev.agentsgateway.db.DatabaseUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the events of a run in order: from memory where this process drives it and still has them, else from the
 * database, where it follows the process that drives it. Holds no more than it returns next. For one thread.
 */
public final class RunEvents implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunEvents.class);

    /** Until what was appended is stored. */
    private static final Duration STORING = Duration.ofMillis(20);

    /** After this time a follower looks by itself. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final EventLogs logs;
    private final UUID id;
    private ActiveRun run;
    private Followers.Follower follower;

    /** The last event that was returned. */
    private EventId after;

    private EventEpochs epochs = EventEpochs.FIRST;

    /** Read, but not yet returned; the first has the number after that of {@code after}. */
    private List<RunEvent> pending = List.of();

    private boolean waits;
    private boolean lastPending;
    private boolean ended;

    /** Consecutive events of one epoch; {@code events.getFirst()} has the number {@code firstSeq}. */
    public record Batch(int firstSeq, int epoch, List<RunEvent> events) {
        public EventId id(int index) {
            return new EventId(firstSeq + index, epoch);
        }

        public EventId lastId() {
            return id(events.size() - 1);
        }

        Batch first(int most) {
            return events.size() <= most ? this : new Batch(firstSeq, epoch, events.subList(0, most));
        }
    }

    /** @param run null to look for it */
    RunEvents(EventLogs logs, UUID id, ActiveRun run, EventId after) {
        this.logs = logs;
        this.id = id;
        this.after = after;
        use(run);
    }

    /** Whoever waits for the events of a run of this process counts as its reader. */
    private void use(ActiveRun next) {
        if (run != null && waits) {
            run.readerLeft();
        }
        run = next;
        if (run != null && waits) {
            run.readerCame();
        }
    }

    /** Whether nothing will follow what was returned, for as long as nobody continues the run. */
    public boolean ended() {
        return ended;
    }

    /** Whether this process is about to stop and another one drives the run. */
    public boolean stopped() {
        return run == null && logs.followers().stopping();
    }

    /**
     * Waits for the next events, {@code wait} at most; empty when none came. While the database is away, who needs it
     * gets none.
     */
    public Batch next(Duration wait) throws InterruptedException {
        long deadline = System.nanoTime() + wait.toNanos();
        if (!waits && !wait.isZero()) {
            waits = true;
            if (run != null) {
                run.readerCame();
            }
        }
        while (pending.isEmpty() && !ended) {
            Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
            if (isDrivenHere()) {
                readMemory(left);
            } else {
                follow(left);
            }
            ended = lastPending && pending.isEmpty();
            if (left.isZero() || stopped()) {
                break;
            }
        }
        return returned();
    }

    private Batch returned() {
        int seq = after.seq() + 1;
        int epoch = epochs.at(seq);
        int count = Math.min(pending.size(), RunLog.BATCH);
        List<RunEvent> events = List.copyOf(pending.subList(0, count));
        pending = pending.subList(count, pending.size());
        if (count > 0) {
            after = new EventId(seq + count - 1, epoch);
            ended = lastPending && pending.isEmpty();
        }
        return new Batch(seq, epoch, events);
    }

    private boolean isDrivenHere() {
        if (run != null && run.log().isAbandoned()) {
            use(null);
        }
        if (run == null) {
            ActiveRun found = logs.active(id);
            use(found == null || found.log().isAbandoned() ? null : found);
        }
        return run != null;
    }

    private void readMemory(Duration wait) throws InterruptedException {
        RunLog log = run.log();
        if (log.epochs().newest() > epochs.newest()) {
            epochs = log.epochs();
            after = epochs.settle(after);
        }
        RunLog.Batch batch = log.read(after.seq(), wait);
        if (!batch.missed()) {
            pending = batch.events();
            lastPending = batch.ended();
            return;
        }
        boolean read = readStored();
        if (pending.isEmpty() && read && batch.ended()) {
            // Dropped by age: what is left is what memory has.
            after = new EventId(batch.firstSeq() - 1, epochs.at(batch.firstSeq() - 1));
        } else if (pending.isEmpty()) {
            Thread.sleep(shorter(wait, STORING));
        }
    }

    private void follow(Duration wait) throws InterruptedException {
        if (follower == null && !wait.isZero()) {
            follower = logs.followers().follow(id);
        }
        long seen = follower == null ? 0 : follower.version();
        readStored();
        if (pending.isEmpty() && !lastPending && follower != null) {
            follower.await(seen, shorter(wait, LOOK));
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /** @return false when the database is away */
    private boolean readStored() {
        try {
            Optional<EventLogs.Stored> stored = logs.stored(id, after);
            if (stored.isPresent()) {
                take(stored.get());
            } else {
                // The run was deleted with its session.
                lastPending = true;
            }
            return true;
        } catch (DatabaseClosedException e) {
            // This process stops: the run goes on elsewhere.
            ended = true;
            lastPending = true;
            return false;
        } catch (DatabaseUnavailableException e) {
            LOG.debug("a reader waits for the database", e);
            return false;
        }
    }

    private void take(EventLogs.Stored stored) {
        epochs = stored.progress().epochs();
        after = stored.after();
        List<RunEvent> events = new ArrayList<>();
        for (RunLog.Segment segment : stored.segments()) {
            if (events.isEmpty() && segment.firstSeq() > after.seq() + 1) {
                // A gap is where the database had refused to store events.
                after = new EventId(segment.firstSeq() - 1, epochs.at(segment.firstSeq() - 1));
            }
            int known = after.seq() + events.size() + 1 - segment.firstSeq();
            if (known >= 0 && known < segment.events().size()) {
                events.addAll(segment.events().subList(known, segment.events().size()));
            }
        }
        int wanted = epochs.end(epochs.at(after.seq() + 1)) - 1 - after.seq();
        pending = events.size() > wanted ? events.subList(0, wanted) : events;
        if (run == null && !pending.isEmpty()) {
            RunEvent last = pending.getLast();
            int reached = after.seq() + pending.size();
            lastPending =
                    last.terminal() || last.endsStream() && stored.progress().pausedAt(reached);
        } else if (run == null && stored.progress().status().ended()) {
            end(stored.progress());
        }
    }

    private void end(EventLogStore.Progress progress) {
        lastPending = true;
        if (after.seq() <= progress.lastSeq()) {
            logs.missingEnd(id, progress).ifPresent(event -> {
                after = new EventId(progress.lastSeq(), epochs.at(progress.lastSeq()));
                pending = List.of(event);
            });
        }
    }

    /** What the run says in the events that are there now. */
    String text() throws InterruptedException {
        StringBuilder text = new StringBuilder();
        List<RunEvent> some = next(Duration.ZERO).events();
        while (!some.isEmpty()) {
            for (RunEvent event : some) {
                if (event instanceof RunEvent.Content content) {
                    text.append(content.text());
                }
            }
            some = next(Duration.ZERO).events();
        }
        return text.toString();
    }

    @Override
    public void close() {
        use(null);
        if (follower != null) {
            follower.close();
            follower = null;
        }
    }
}
