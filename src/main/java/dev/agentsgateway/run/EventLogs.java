package dev.agentsgateway.run;

import dev.agentsgateway.db.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** The event logs of all runs: those in this process's memory, those in the database, and who follows them. Thread-safe. */
final class EventLogs {
    private final Database database;
    private final EventLogStore store = new EventLogStore();
    private final Function<UUID, ActiveRun> active;
    private final Duration retention;
    private final Followers followers;

    /** How far a run is, and stored events after the reader's place, which may have been moved. */
    record Stored(EventLogStore.Progress progress, EventId after, List<RunLog.Segment> segments) {}

    /**
     * @param active    a run that this process drives, null when it does not
     * @param retention how long the events of an ended run are kept
     */
    EventLogs(Database database, Function<UUID, ActiveRun> active, Duration retention) {
        this.database = database;
        this.retention = retention;
        this.active = active;
        followers = new Followers(database, store, run -> active.apply(run) != null);
    }

    Followers followers() {
        return followers;
    }

    /** Null when this process does not drive the run. */
    ActiveRun active(UUID run) {
        return active.apply(run);
    }

    Optional<EventLogStore.Progress> progress(UUID run) {
        return database.with(handle -> store.progress(handle, run));
    }

    /** Whether an event can have had this id: a run may be a little ahead of what is stored of it. */
    boolean knows(UUID run, EventLogStore.Progress progress, EventId id) {
        if (!progress.epochs().knows(id)) {
            return false;
        }
        // Nothing follows an ended run, whatever the id: that is answered as such.
        return progress.status().ended()
                || id.seq() <= database.with(handle -> store.highest(handle, run)) + 2 * RunLog.UNSAVED_MAX;
    }

    /** Whether the events of the run are no longer kept. */
    boolean dropped(EventLogStore.Progress progress) {
        boolean old = progress.status() == RunStatus.COMPLETED
                || progress.finishedAt() != null
                        && progress.finishedAt().isBefore(Instant.now().minus(retention));
        return progress.status().ended() && progress.lastSeq() == 0 && old;
    }

    /** Reads what is stored after a place; empty when there is no such run. */
    Optional<Stored> stored(UUID run, EventId place) {
        return database.with(handle -> store.progress(handle, run).map(progress -> {
            // In this order: once a run has ended, everything of it is stored.
            EventEpochs epochs = progress.epochs();
            EventId after = epochs.settle(place);
            while (true) {
                int epoch = epochs.at(after.seq() + 1);
                int end = epochs.end(epoch);
                List<RunLog.Segment> segments = store.segments(handle, run, epoch, after.seq(), end);
                if (!segments.isEmpty() || end == Integer.MAX_VALUE) {
                    return new Stored(progress, after, segments);
                }
                after = new EventId(end - 1, epoch);
            }
        }));
    }

    /**
     * The end of a run whose process could not write one, because it had died: as the run's row tells it, so that every
     * reader gets the same.
     */
    Optional<RunEvent> missingEnd(UUID run, EventLogStore.Progress progress) {
        boolean stored = database.with(handle -> store.last(handle, run))
                .map(RunEvent::terminal)
                .orElse(false);
        if (stored || !progress.status().ended() || progress.status() == RunStatus.COMPLETED) {
            return Optional.empty();
        }
        Instant at = progress.finishedAt();
        return Optional.of(
                progress.status() == RunStatus.CANCELLED
                        ? new RunEvent.Cancelled(at.toEpochMilli(), progress.errorMessage())
                        : new RunEvent.Failed(at.toEpochMilli(), progress.errorCode(), progress.errorMessage()));
    }
}
