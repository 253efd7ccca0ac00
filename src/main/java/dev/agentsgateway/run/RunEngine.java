package dev.agentsgateway.run;

import dev.agentsgateway.common.Failpoint;
import dev.agentsgateway.common.Ids;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.observability.LogContext;
import dev.agentsgateway.observability.Metrics;
import dev.agentsgateway.observability.Telemetry;
import dev.agentsgateway.observability.TraceSpan;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts runs and keeps track of those that this process drives. A run is durable when {@link #start} returns. Runs of
 * one session are driven one after the other, in the order in which they were accepted here. Thread-safe.
 */
public final class RunEngine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunEngine.class);
    private static final String CANCEL_CHANNEL = "run_cancel";

    /** For ended runs to store their end. */
    private static final Duration ENDING = Duration.ofSeconds(5);

    private final Settings settings;
    private final Database database;
    private final RunStore store = new RunStore();
    private final CheckpointStore checkpoints = new CheckpointStore();
    private final TranscriptStore transcripts = new TranscriptStore();
    private final MemoryStore memories;
    private final EventLogs logs;
    private final SegmentWriter segments;
    private final SessionQueues queues;
    private final Replica replica;
    private final ScheduledThreadPoolExecutor timer;
    private final Services services;
    private final Map<UUID, ActiveRun> active = new ConcurrentHashMap<>();
    /** Runs of which nobody knows whether their acceptance was stored: their clients were told that it was not. */
    private final Set<UUID> unaccepted = ConcurrentHashMap.newKeySet();

    private final Decisions decisions;
    private volatile Map<SessionKey.Kind, RunPlanner> planners = Map.of();
    private volatile boolean draining;

    /**
     * @param maxActive     runs in this process, waiting ones included; more are rejected with 503
     * @param maxQueued     runs that wait for one session; more are rejected with 429
     * @param lease         within which after a process's last sign of life its runs go on elsewhere
     * @param eventRetention how long the events of an ended run are kept
     * @param confirmationValidity how long a run waits for a person
     * @param maxTakeovers  in a row without progress; one more and the run fails
     */
    public record Settings(
            int maxActive,
            int maxQueued,
            Duration lease,
            Duration eventRetention,
            Duration confirmationValidity,
            int maxTakeovers) {
        public static final Settings DEFAULT =
                new Settings(20_000, 200, Duration.ofSeconds(15), Duration.ofHours(24), Duration.ofHours(24), 3);
    }

    /** What a run needs of its surroundings. */
    record Services(
            Settings settings,
            Database database,
            RunStore store,
            TranscriptStore transcripts,
            ReplicaStore replicas,
            ConsentStore consents,
            PauseListener pauses,
            MemoryStore memories,
            SegmentWriter segments,
            ScheduledThreadPoolExecutor timer,
            Telemetry telemetry,
            Metrics metrics) {}

    /** @param pauses is told of calls that wait for a person */
    public RunEngine(Database database, Settings settings, PauseListener pauses, Telemetry telemetry, Metrics metrics) {
        this.database = database;
        this.settings = settings;
        memories = new MemoryStore(database);
        logs = new EventLogs(database, active::get, settings.eventRetention());
        segments = new SegmentWriter(database, store, logs.followers());
        queues = new SessionQueues(settings.maxQueued());
        replica = new Replica(database, settings.lease(), settings.eventRetention(), new LocalDrivers());
        decisions = new Decisions(database, replica.id(), run -> adopt(run, Checkpoint.Entry.CONTINUED));
        timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("run-timer").daemon().factory());
        timer.setRemoveOnCancelPolicy(true);
        services = new Services(
                settings,
                database,
                store,
                transcripts,
                new ReplicaStore(),
                new ConsentStore(),
                pauses,
                memories,
                segments,
                timer,
                telemetry,
                metrics);
        database.listen(CANCEL_CHANNEL, this::cancelHere);
        replica.start(timer);
    }

    /** From now on runs that another process left are driven here. Called once. */
    public void takeOver(Map<SessionKey.Kind, RunPlanner> plans) {
        planners = Map.copyOf(plans);
    }

    /** What people decide on runs that wait for them. */
    public Decisions decisions() {
        return decisions;
    }

    /**
     * Accepts a run and starts driving it on a thread of its own.
     *
     * @return when the run is durable
     * @throws RunRejectedException when there are too many runs, or the process is stopping
     */
    public ActiveRun start(NewRun request, RunPlan plan) {
        if (draining) {
            throw new RunRejectedException(503, "The gateway is stopping", 5);
        }
        if (active.size() >= settings.maxActive()) {
            throw new RunRejectedException(503, "The gateway has too many active runs", 1);
        }
        ActiveRun run = new ActiveRun(
                Ids.timeOrdered(),
                request.session(),
                plan.name(),
                plan.models().getFirst().id());
        SessionQueues.Ticket ticket = queues.enter(request.session());
        active.put(run.id(), run);
        try {
            RunStore.Accepted accepted = accept(run, request, ticket.first());
            Failpoint.reached("after_accept");
            drive(run, accepted.checkpoint(run, request), () -> plan, ticket);
            return run;
        } catch (RuntimeException | Error e) {
            leave(run, ticket);
            throw e;
        }
    }

    private RunStore.Accepted accept(ActiveRun run, NewRun request, boolean first) {
        Instant now = Instant.now();
        try (TraceSpan _ = services.telemetry().database(services.telemetry().current(), "COMMIT")) {
            return database.commit(
                    request.session().toString(),
                    handle -> store.accept(handle, run, request, replica.id(), first, now));
        } catch (DatabaseUnavailableException e) {
            unaccepted.add(run.id());
            throw e;
        }
    }

    private void drive(ActiveRun run, Checkpoint from, Supplier<RunPlan> planned, SessionQueues.Ticket ticket) {
        RunDriver driver =
                new RunDriver(services, run, from, planned, services.telemetry().current(), LogContext.requestId());
        Thread thread = Thread.ofVirtual().name("run-" + run.id()).unstarted(() -> {
            try {
                driver.drive(ticket);
            } finally {
                leave(run, ticket);
            }
        });
        run.driver(new Abort(thread));
        thread.start();
    }

    /** Drives a run that has become this process's; null when another has it already, or it cannot be read now. */
    private ActiveRun adopt(UUID id, Checkpoint.Entry entry) {
        Optional<Checkpoint> found;
        try {
            found = database.with(handle -> checkpoints.load(handle, id, replica.id(), entry));
        } catch (DatabaseUnavailableException e) {
            LOG.warn("a run of this process will be looked for again: {}", e.getMessage());
            return null;
        }
        if (found.isEmpty()) {
            return null;
        }
        Checkpoint from = found.get();
        ActiveRun run = new ActiveRun(from);
        if (active.putIfAbsent(id, run) != null) {
            return null;
        }
        boolean unknown = unaccepted.remove(id);
        drive(run, from, () -> plan(from, unknown), queues.enterAnyway(run.session()));
        return run;
    }

    private RunPlan plan(Checkpoint from, boolean unaccepted) {
        if (unaccepted) {
            throw new RunFailure("interrupted", "The database was lost while this run was being accepted.");
        }
        RunPlanner planner = planners.get(from.key().kind());
        if (planner == null) {
            throw new RunPlanner.RunUnplannableException("Nothing here can continue such a run.");
        }
        return planner.plan(from.key(), from.request());
    }

    private final class LocalDrivers implements Replica.Drivers {
        @Override
        public int capacity() {
            return draining || planners.isEmpty() ? 0 : settings.maxActive() - active.size();
        }

        @Override
        public boolean has(UUID run) {
            return active.containsKey(run) || decisions.isDeciding(run);
        }

        @Override
        public void adopt(List<UUID> runs, Checkpoint.Entry entry) {
            runs.forEach(run -> RunEngine.this.adopt(run, entry));
        }
    }

    /**
     * Cancels a run wherever it is: what it reads from the model is closed within a second, what it has used is booked.
     *
     * @return false when there is no such run, or it has ended
     */
    public boolean cancel(UUID id) {
        boolean here = cancelHere(id);
        if (decisions.cancelPaused(id)) {
            return true;
        }
        boolean asked = database.transact(handle -> {
            boolean unfinished = store.requestCancel(handle, id);
            if (unfinished) {
                Database.notify(handle, CANCEL_CHANNEL, id.toString());
            }
            return unfinished;
        });
        return here || asked;
    }

    private void cancelHere(String id) {
        if (id != null) {
            cancelHere(UUID.fromString(id));
        }
    }

    private boolean cancelHere(UUID id) {
        ActiveRun run = active.get(id);
        if (run == null || run.abort() == null) {
            return false;
        }
        run.abort().trigger(RunFailure.cancelled("The run was cancelled."));
        return true;
    }

    private void leave(ActiveRun run, SessionQueues.Ticket ticket) {
        active.remove(run.id(), run);
        ticket.leave();
    }

    /** The events of a run of this process after {@code after}. */
    public RunEvents events(ActiveRun run, int after) {
        return new RunEvents(logs, run.id(), run, new EventId(after, 0));
    }

    /** The events of any run after {@code after}, whoever drives or drove it. */
    public RunEvents events(UUID run, EventId after) {
        return new RunEvents(logs, run, null, after);
    }

    EventLogs logs() {
        return logs;
    }

    public Optional<Run> find(UUID run) {
        return database.with(handle -> store.find(handle, run));
    }

    /** What a run has said so far, from its events; empty when these are no longer kept. */
    public String streamedText(UUID run) throws InterruptedException {
        StringBuilder text = new StringBuilder();
        try (RunEvents events = events(run, EventId.START)) {
            List<RunEvent> some = events.next(Duration.ZERO).events();
            while (!some.isEmpty()) {
                for (RunEvent event : some) {
                    if (event instanceof RunEvent.Content content) {
                        text.append(content.text());
                    }
                }
                some = events.next(Duration.ZERO).events();
            }
        }
        return text.toString();
    }

    public int activeRuns() {
        return active.size();
    }

    private static void handOver(ActiveRun run) {
        if (run.abort() != null) {
            run.abort().trigger(RunFailure.HANDED_OVER);
        }
    }

    /** Accepts no more runs and waits for those in progress; what is not done in time is left to other processes. */
    public void drain(Duration patience) {
        draining = true;
        logs.followers().stop();
        if (!awaitNone(patience)) {
            LOG.warn("{} runs were not done in time and are handed over", active.size());
            active.values().forEach(RunEngine::handOver);
            awaitNone(ENDING);
        }
    }

    private boolean awaitNone(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        try {
            while (!active.isEmpty() && System.nanoTime() - deadline < 0) {
                Thread.sleep(5);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return active.isEmpty();
    }

    @Override
    public void close() {
        draining = true;
        segments.close();
        logs.followers().close();
        timer.shutdownNow();
        replica.stop();
    }
}
