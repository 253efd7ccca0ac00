package dev.agentsgateway.run;

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
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts runs and keeps track of those that this process drives. A run is durable when {@link #start} returns. Runs of
 * one session are driven one after the other, in the order in which they were accepted here. Thread-safe.
 */
public final class RunEngine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunEngine.class);
    static final RunFailure SHUTDOWN =
            new RunFailure("interrupted", "The gateway was stopped while this run was in progress.");

    /** For ended runs to store their end. */
    private static final Duration ENDING = Duration.ofSeconds(5);

    private final Settings settings;
    private final Database database;
    private final RunStore store = new RunStore();
    private final TranscriptStore transcripts = new TranscriptStore();
    private final MemoryStore memories;
    private final EventLogs logs;
    private final SegmentWriter segments;
    private final SessionQueues queues;
    private final Replica replica;
    private final ScheduledThreadPoolExecutor timer;
    private final Services services;
    private final Map<UUID, ActiveRun> active = new ConcurrentHashMap<>();
    private volatile boolean draining;

    /**
     * @param maxActive     runs in this process, waiting ones included; more are rejected with 503
     * @param maxQueued     runs that wait for one session; more are rejected with 429
     * @param lease         how long a process may be silent before its runs are given up
     * @param eventRetention how long the events of an ended run are kept
     */
    public record Settings(int maxActive, int maxQueued, Duration lease, Duration eventRetention) {
        public static final Settings DEFAULT = new Settings(20_000, 200, Duration.ofSeconds(15), Duration.ofHours(24));
    }

    /** What a run needs of its surroundings. */
    record Services(
            Database database,
            RunStore store,
            TranscriptStore transcripts,
            MemoryStore memories,
            SegmentWriter segments,
            ScheduledThreadPoolExecutor timer,
            Telemetry telemetry,
            Metrics metrics) {}

    public RunEngine(Database database, Settings settings, Telemetry telemetry, Metrics metrics) {
        this.database = database;
        this.settings = settings;
        memories = new MemoryStore(database);
        logs = new EventLogs(database, active::get, settings.eventRetention());
        segments = new SegmentWriter(database, store, logs.followers());
        queues = new SessionQueues(settings.maxQueued());
        replica = new Replica(database, settings.lease(), settings.eventRetention(), active::containsKey);
        timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("run-timer").daemon().factory());
        timer.setRemoveOnCancelPolicy(true);
        services = new Services(database, store, transcripts, memories, segments, timer, telemetry, metrics);
        replica.start(timer);
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
        ActiveRun run = new ActiveRun(Ids.timeOrdered(), request.session(), plan);
        SessionQueues.Ticket ticket = queues.enter(request.session());
        active.put(run.id(), run);
        try {
            RunStore.Accepted accepted = accept(run, request, ticket.first());
            RunDriver driver = new RunDriver(
                    services, run, request, accepted, services.telemetry().current(), LogContext.requestId());
            Thread thread = Thread.ofVirtual().name("run-" + run.id()).unstarted(() -> {
                try {
                    driver.drive(ticket);
                } finally {
                    leave(run, ticket);
                }
            });
            run.driver(new Abort(thread));
            thread.start();
            return run;
        } catch (RuntimeException | Error e) {
            leave(run, ticket);
            throw e;
        }
    }

    private RunStore.Accepted accept(ActiveRun run, NewRun request, boolean first) {
        String model = run.plan().models().getFirst().id();
        Instant now = Instant.now();
        try (TraceSpan _ = services.telemetry().database(services.telemetry().current(), "COMMIT")) {
            return database.commit(
                    request.session().toString(),
                    handle -> store.accept(handle, run.id(), request, replica.id(), first, model, now));
        } catch (DatabaseUnavailableException e) {
            replica.acceptanceUnknown();
            throw e;
        }
    }

    private void leave(ActiveRun run, SessionQueues.Ticket ticket) {
        active.remove(run.id());
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

    /** Accepts no more runs and waits for those in progress; what is not done in time is ended as failed. */
    public void drain(Duration patience) {
        draining = true;
        logs.followers().stop();
        if (!awaitNone(patience)) {
            LOG.warn("{} runs were not done in time and are ended", active.size());
            active.values().forEach(run -> run.abort().trigger(SHUTDOWN));
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
