package dev.agentsgateway.run;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentsgateway.common.Failpoint;
import dev.agentsgateway.common.Ids;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.observability.LogContext;
import dev.agentsgateway.observability.Metrics;
import dev.agentsgateway.observability.Telemetry;
import dev.agentsgateway.observability.TraceSpan;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
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

    /** A long outage under load must not fill the memory; the oldest were refused long ago. */
    private static final int MOST_UNACCEPTED = 100_000;

    /** For ended runs to store their end. */
    private static final Duration ENDING = Duration.ofSeconds(5);

    private final RunSettings settings;
    private final Database database;
    private final RunStore store = new RunStore();
    private final AcceptStore accepting;
    private final CheckpointStore checkpoints = new CheckpointStore();
    private final TranscriptStore transcripts = new TranscriptStore();
    private final MemoryStore memories;
    private final EventLogs logs;
    private final SegmentWriter segments;
    private final SessionQueues queues;
    private final Replica replica;
    private final Housekeeping housekeeping;
    private final ScheduledThreadPoolExecutor timer;
    private final RunServices services;
    private final Map<UUID, ActiveRun> active = new ConcurrentHashMap<>();
    /** Runs of which nobody knows whether their acceptance was stored: their clients were told that it was not. */
    private final Set<UUID> unaccepted = Collections.newSetFromMap(Caffeine.newBuilder()
            .maximumSize(MOST_UNACCEPTED)
            .<UUID, Boolean>build()
            .asMap());

    private final Decisions decisions;
    private final Cancellations cancellations;
    private volatile Map<SessionKey.Kind, RunPlanner> planners = Map.of();
    private volatile boolean draining;

    /** @param pauses is told of calls that wait for a person */
    public RunEngine(
            Database database, RunSettings settings, PauseListener pauses, Telemetry telemetry, Metrics metrics) {
        this.database = database;
        this.settings = settings;
        accepting = new AcceptStore(settings.keyRetention());
        memories = new MemoryStore(database);
        logs = new EventLogs(database, active::get, settings.eventRetention());
        segments = new SegmentWriter(database, store, logs.followers());
        queues = new SessionQueues(settings.maxQueued());
        replica = new Replica(database, settings.lease(), settings.eventRetention(), new LocalDrivers());
        decisions = new Decisions(database, replica.id(), run -> adopt(run, Checkpoint.Entry.CONTINUED));
        cancellations = new Cancellations(database, store, decisions, replica.id(), active::get);
        timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("run-timer").daemon().factory());
        timer.setRemoveOnCancelPolicy(true);
        MemoryExtractor extractor =
                new MemoryExtractor(database, memories, timer, () -> draining ? Map.of() : planners);
        services = new RunServices(
                settings,
                database,
                store,
                transcripts,
                new ReplicaStore(),
                new ConsentStore(),
                pauses,
                memories,
                new ExtractionStore(),
                extractor,
                segments,
                timer,
                telemetry,
                metrics);
        replica.start(timer);
        extractor.start();
        housekeeping = new Housekeeping(settings, database, logs.followers(), active.values());
        housekeeping.start(timer, cancellations);
    }

    /** From now on runs that another process left are driven here. Called once. */
    public void takeOver(Map<SessionKey.Kind, RunPlanner> plans) {
        planners = Map.copyOf(plans);
    }

    /** Drops the idempotency keys that have been kept for long enough; to be called from time to time. */
    public void dropExpiredKeys() {
        housekeeping.dropKeys();
    }

    /** What people decide on runs that wait for them. */
    public Decisions decisions() {
        return decisions;
    }

    /**
     * Accepts a run and starts driving it on a thread of its own, or finds the one that an earlier request with the same
     * Idempotency-Key started.
     *
     * @return when the run is durable
     * @throws RunRejectedException when there are too many runs, the session is busy and the request does not wait, or
     *     the process is stopping; nothing of the run is stored then
     * @throws HttpException 422 when the Idempotency-Key was used for another request
     */
    public Started start(NewRun request, RunPlan plan) {
        try {
            return startNew(request, plan);
        } catch (RunRejectedException e) {
            // Whoever asks again is not asking for anything more.
            return earlier(request).orElseThrow(() -> e);
        }
    }

    /**
     * The run that an earlier request with the same Idempotency-Key started; empty without one.
     *
     * @throws HttpException 422 when the Idempotency-Key was used for another request
     */
    public Optional<Started> earlier(NewRun request) {
        if (request.options().key() == null) {
            return Optional.empty();
        }
        return database.with(handle -> accepting.earlier(handle, request, Instant.now()))
                .map(earlier -> repeated(earlier, request));
    }

    private static Started repeated(AcceptStore.Repeated earlier, NewRun request) {
        if (!earlier.sameBody()) {
            throw IdempotencyKey.usedOtherwise(request.options().key().key());
        }
        return new Started(earlier.run(), null, null);
    }

    private Started startNew(NewRun request, RunPlan plan) {
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
        // Who does not wait is bounded by that, and the database knows better whether the session is busy.
        boolean waits = request.options().onBusy() == OnBusy.QUEUE;
        SessionQueues.Ticket ticket = waits ? queues.enter(request.session()) : queues.enterAnyway(request.session());
        boolean claim = ticket.first() || request.options().onBusy() == OnBusy.REJECT;
        active.put(run.id(), run);
        boolean driven = false;
        try {
            AcceptStore.Acceptance acceptance =
                    accept(run, request, claim, plan.options().addMemories());
            Failpoint.reached("after_accept");
            if (acceptance instanceof AcceptStore.Accepted accepted) {
                if (request.options().watched()) {
                    run.watch();
                }
                drive(run, accepted.checkpoint(run, request), () -> plan, ticket);
                driven = true;
            }
            return started(acceptance, run, request);
        } finally {
            if (!driven) {
                leave(run, ticket);
            }
        }
    }

    private Started started(AcceptStore.Acceptance acceptance, ActiveRun run, NewRun request) {
        return switch (acceptance) {
            case AcceptStore.Accepted accepted -> {
                cancellations.interrupt(accepted.interrupted());
                yield new Started(run.id(), run, accepted.claim() == null ? RunStatus.QUEUED : RunStatus.RUNNING);
            }
            case AcceptStore.Repeated repeated -> repeated(repeated, request);
            case AcceptStore.Busy _ ->
                throw new RunRejectedException(
                        409, "Session " + request.session().sessionId() + " is busy with another run", 1);
        };
    }

    private AcceptStore.Acceptance accept(ActiveRun run, NewRun request, boolean claim, boolean memories) {
        Instant now = Instant.now();
        try (TraceSpan _ = services.telemetry().database(services.telemetry().current(), "COMMIT")) {
            return database.commit(
                    request.session().toString(),
                    handle -> accepting.accept(handle, run, request, replica.id(), claim, memories, now));
        } catch (DatabaseUnavailableException e) {
            if (request.options().key() == null) {
                unaccepted.add(run.id());
            }
            // With a key the client asks again and gets this run, should it have been stored.
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
        public Set<UUID> driven() {
            return Set.copyOf(active.keySet());
        }

        @Override
        public void lost(List<UUID> runs) {
            for (UUID id : runs) {
                ActiveRun run = active.get(id);
                if (run != null && run.abort() != null) {
                    run.abort().trigger(RunFailure.LOST);
                }
            }
        }

        @Override
        public void adopt(List<UUID> runs, Checkpoint.Entry entry) {
            for (UUID run : runs) {
                try {
                    RunEngine.this.adopt(run, entry);
                } catch (RuntimeException e) {
                    // One run that cannot be read must not keep the others from going on.
                    LOG.error("a run that was taken over cannot be driven: {}", run, e);
                }
            }
        }
    }

    /**
     * Cancels a run wherever it is: what it reads from the model is closed within a second, what it has used is booked.
     *
     * @return false when there is no such run, or it has ended
     */
    public boolean cancel(UUID id) {
        return cancellations.cancel(id);
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
        try (RunEvents events = events(run, EventId.START)) {
            return events.text();
        }
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
