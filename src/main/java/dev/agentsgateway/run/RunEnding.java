package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.db.DatabaseClosedException;
import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.Usage;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores the end of a run and only then shows it: nothing is answered that a crash could take back. While the database
 * is away it is tried again; an end that the database refuses is replaced by a plain failure, because a session must
 * never stay claimed. When the database was closed first, the run is shown as interrupted, which is what the next start
 * stores. For one thread.
 */
final class RunEnding {
    private static final Logger LOG = LoggerFactory.getLogger(RunEnding.class);
    private static final Duration PAUSE_MIN = Duration.ofMillis(100);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(5);
    private static final RunFailure UNSTORABLE =
            new RunFailure("internal_error", "The run failed because of an internal error.");

    private final RunEngine.Services services;
    private final ActiveRun run;
    private final RunDatabase database;
    private final long session;

    /**
     * What there is to store at the end.
     *
     * @param failure null when all went well
     * @param messages by number: what of the transcript is not stored yet
     * @param state   the session's new state, null to keep the stored one
     */
    record Ended(
            RunFailure failure, RunEvent event, Usage usage, TreeMap<Integer, Message> messages, ObjectNode state) {
        RunStatus status() {
            return failure == null ? RunStatus.COMPLETED : RunStatus.FAILED;
        }

        /** The same run without anything that the database could refuse. */
        Ended plain() {
            TreeMap<Integer, Message> answers = new TreeMap<>();
            messages.forEach((seq, message) -> {
                if (message instanceof Message.Tool tool) {
                    answers.put(seq, new Message.Tool(tool.callId(), tool.name(), "The result was lost.", true));
                }
            });
            return new Ended(UNSTORABLE, failed(event.at(), UNSTORABLE), usage, answers, null);
        }
    }

    RunEnding(RunEngine.Services services, ActiveRun run, RunDatabase database, long session) {
        this.services = services;
        this.run = run;
        this.database = database;
        this.session = session;
    }

    static RunEvent failed(long at, RunFailure failure) {
        return new RunEvent.Failed(at, failure.code(), failure.getMessage());
    }

    /** @return how the run ended: as it was told to, or as another replica or the database would have it */
    Ended store(Ended wanted) {
        RunLog.Segment tail = run.log().beginLastSave(wanted.event());
        Ended ended = wanted;
        Duration pause = PAUSE_MIN;
        while (true) {
            try {
                Ended attempt = ended;
                RunLog.Segment segment =
                        attempt == wanted ? tail : new RunLog.Segment(tail.lastSeq(), List.of(attempt.event()));
                RunStore.Tail unstored = RunStore.Tail.of(segment, attempt.messages(), attempt.state());
                ended = database.commitNow(handle -> save(handle, attempt, unstored));
                break;
            } catch (DatabaseUnavailableException e) {
                LOG.warn("the end of the run could not be stored and will be tried again: {}", e.getMessage());
            } catch (DatabaseClosedException e) {
                LOG.info("the run's end could not be stored before the gateway stopped;"
                        + " it will be ended as interrupted at the next start");
                ended = interrupted(wanted);
                break;
            } catch (RuntimeException e) {
                LOG.error("the end of the run could not be stored", e);
                pause = ended == wanted ? PAUSE_MIN : PAUSE_MAX;
                ended = ended == wanted ? wanted.plain() : ended;
            }
            sleep(pause);
            pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : pause.multipliedBy(2);
        }
        run.log().endLastSave(ended.event());
        return ended;
    }

    private Ended save(Handle handle, Ended how, RunStore.Tail unstored) {
        RunStore store = services.store();
        Instant now = Instant.ofEpochMilli(how.event().at());
        RunStore.End end = new RunStore.End(
                how.status(),
                how.failure() == null ? null : how.failure().code(),
                how.failure() == null ? null : how.failure().getMessage(),
                run.plan().models().getFirst().id(),
                how.usage(),
                now);
        if (store.finish(handle, run.id(), run.session(), session, end, unstored)) {
            services.segments().wake(handle, run.id());
            return how;
        }
        store.release(handle, session, run.id(), null, now);
        Optional<Run> stored = store.find(handle, run.id());
        boolean ours = stored.isPresent()
                && stored.get().status().equals(how.status().word())
                && stored.get().finishedAt().isEqual(OffsetDateTime.ofInstant(now, java.time.ZoneOffset.UTC));
        return ours ? how : endedByOthers(stored, how);
    }

    /** Another replica took this process for dead and gave up its runs. */
    private static Ended endedByOthers(Optional<Run> stored, Ended wanted) {
        RunFailure failure = new RunFailure(
                stored.map(Run::errorCode).orElse("interrupted"),
                stored.map(Run::errorMessage).orElse("The run was deleted while it was in progress."));
        LOG.warn("the run had been ended by another: {}", failure.code());
        return new Ended(failure, failed(wanted.event().at(), failure), wanted.usage(), new TreeMap<>(), null);
    }

    /** What the next start will store. */
    private static Ended interrupted(Ended wanted) {
        RunFailure failure = RunEngine.SHUTDOWN;
        return new Ended(failure, failed(wanted.event().at(), failure), wanted.usage(), new TreeMap<>(), null);
    }

    private static void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            LOG.debug("still waiting for the database", e);
        }
    }
}
