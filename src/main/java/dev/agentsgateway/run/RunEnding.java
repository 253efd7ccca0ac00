package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Failpoint;
import dev.agentsgateway.db.DatabaseClosedException;
import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.model.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores the end of a run and only then shows it: nothing is answered that a crash could take back. While the database
 * is away it is tried again; an end that the database refuses is replaced by a plain failure, at last one that is not
 * booked, because a session must never stay claimed. When the database was closed first, the run is left to whoever takes it over. For one thread.
 */
final class RunEnding {
    private static final Logger LOG = LoggerFactory.getLogger(RunEnding.class);
    private static final Duration PAUSE_MIN = Duration.ofMillis(100);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(5);
    private static final SortedMap<Integer, RunEvent.Requested> NOTHING = Collections.emptySortedMap();
    private static final RunFailure UNSTORABLE =
            new RunFailure("internal_error", "The run failed because of an internal error.");

    private final RunServices services;
    private final ActiveRun run;
    private final RunDatabase database;
    private final long session;
    private final boolean extracted;

    /**
     * What there is to store at the end, or at a pause.
     *
     * @param failure null when all went well
     * @param messages by number: what of the transcript is not stored yet
     * @param state   the session's new state, null to keep the stored one
     * @param waiting by the number of their results: the calls that a pause waits for; empty at an end
     */
    record Ended(
            RunFailure failure,
            RunEvent event,
            RunMetrics metrics,
            TreeMap<Integer, Message> messages,
            ObjectNode state,
            SortedMap<Integer, RunEvent.Requested> waiting) {
        RunStatus status() {
            return failure != null
                    ? failure.status()
                    : event instanceof RunEvent.Paused ? RunStatus.PAUSED : RunStatus.COMPLETED;
        }

        /** The same run without anything that the database could refuse. */
        Ended plain() {
            TreeMap<Integer, Message> answers = new TreeMap<>();
            messages.forEach((seq, message) -> {
                if (message instanceof Message.Tool tool) {
                    answers.put(seq, new Message.Tool(tool.callId(), tool.name(), "The result was lost.", true));
                }
            });
            return new Ended(UNSTORABLE, failed(event.at(), UNSTORABLE), metrics, answers, null, NOTHING);
        }
    }

    RunEnding(RunServices services, ActiveRun run, RunDatabase database, long session, boolean extracted) {
        this.services = services;
        this.run = run;
        this.database = database;
        this.session = session;
        this.extracted = extracted;
    }

    static RunEvent failed(long at, RunFailure failure) {
        return failure.status() == RunStatus.CANCELLED
                ? new RunEvent.Cancelled(at, failure.getMessage())
                : new RunEvent.Failed(at, failure.code(), failure.getMessage());
    }

    /**
     * @return how the run ended: as it was told to, or as another replica or the database would have it; with a failure
     *     that {@link RunFailure#goesOn} when the run is not this driver's any more, or cannot be ended now
     */
    Ended store(Ended wanted) {
        boolean pauses = wanted.status() == RunStatus.PAUSED;
        Failpoint.reached(pauses ? "before_pause_commit" : "before_end_commit");
        RunLog.Segment tail = run.log().beginLastSave(wanted.event());
        Ended ended = wanted;
        Duration pause = PAUSE_MIN;
        int refusals = 0;
        while (true) {
            try {
                Ended attempt = ended;
                boolean booked = refusals < 2;
                RunLog.Segment segment =
                        attempt == wanted ? tail : new RunLog.Segment(tail.lastSeq(), List.of(attempt.event()));
                RunStore.Tail unstored = RunStore.Tail.of(run.epoch(), segment, attempt.messages(), attempt.state());
                ended = database.commitNow(handle -> save(handle, attempt, unstored, booked));
                Failpoint.reached(pauses ? "after_pause_commit" : "after_end_commit");
                break;
            } catch (DatabaseUnavailableException e) {
                LOG.warn("the end of the run could not be stored and will be tried again: {}", e.getMessage());
            } catch (DatabaseClosedException e) {
                LOG.info("the run's end could not be stored before the gateway stopped; it goes on at the next start");
                ended = leftTo(RunFailure.HANDED_OVER, wanted);
                break;
            } catch (RuntimeException | Error e) {
                LOG.error("the end of the run could not be stored", e);
                if (++refusals == 2) {
                    LOG.error(
                            "the usage of the run is not booked: {}",
                            wanted.metrics().usage());
                }
                pause = ended == wanted ? PAUSE_MIN : PAUSE_MAX;
                ended = ended == wanted ? wanted.plain() : ended;
            }
            sleep(pause);
            pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : pause.multipliedBy(2);
        }
        if (ended.failure() != null && ended.failure().goesOn()) {
            run.log().endLastSave(null);
        } else {
            run.log().endLastSave(ended.event());
        }
        return ended;
    }

    private Ended save(Handle handle, Ended how, RunStore.Tail unstored, boolean booked) {
        RunStore store = services.store();
        Instant now = Instant.ofEpochMilli(how.event().at());
        RunStore.End end = new RunStore.End(
                how.status(),
                how.failure() == null ? null : how.failure().code(),
                how.failure() == null ? null : how.failure().getMessage(),
                run.model(),
                how.metrics(),
                now,
                booked);
        if (store.finish(handle, run, session, end, unstored)) {
            ask(handle, how.waiting());
            if (extracted && how.status() == RunStatus.COMPLETED) {
                services.extractions().add(handle, run.id());
            }
            services.segments().wake(handle, run.id());
            return how;
        }
        Optional<Run> stored = store.find(handle, run.id());
        if (stored.isEmpty()) {
            RunFailure deleted = new RunFailure("interrupted", "The run was deleted while it was in progress.");
            return new Ended(deleted, failed(how.event().at(), deleted), how.metrics(), new TreeMap<>(), null, NOTHING);
        }
        // The first try may have been committed although its answer was lost.
        boolean ours = stored.get().fence() == run.fence()
                && stored.get().status().equals(how.status().word());
        return ours ? how : leftTo(RunFailure.LOST, how);
    }

    private void ask(Handle handle, SortedMap<Integer, RunEvent.Requested> waiting) {
        if (waiting.isEmpty()) {
            return;
        }
        waiting.forEach((seq, requested) -> services.consents()
                .ask(handle, run.id(), requested, seq, services.settings().confirmationValidity()));
        services.pauses()
                .paused(
                        handle,
                        run.id(),
                        waiting.values().stream().map(RunEvent.Requested::id).toList());
    }

    private static Ended leftTo(RunFailure others, Ended wanted) {
        return new Ended(others, wanted.event(), wanted.metrics(), new TreeMap<>(), null, NOTHING);
    }

    private static void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            LOG.debug("still waiting for the database", e);
        }
    }
}
