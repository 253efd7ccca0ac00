package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Failpoint;
import dev.agentsgateway.db.DatabaseClosedException;
import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.observability.LogContext;
import dev.agentsgateway.observability.TraceSpan;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives one run from its claim of the session to its end or pause: compose the context, ask the model, emit what it
 * says, execute the tools that it asks for, ask again, finish. A run that another driver left goes on where its
 * transcript ends: finished turns and stored results are never done again. For one thread.
 */
final class RunDriver {
    private static final Logger LOG = LoggerFactory.getLogger(RunDriver.class);
    static final String PAUSED = "I have tools to execute, but I need confirmation.";

    private final RunServices services;
    private final ActiveRun run;
    private final Checkpoint from;
    private final Supplier<RunPlan> planned;
    private final String requestId;
    private final TraceSpan span;
    private final RunDatabase database;
    private final long acceptedNanos = System.nanoTime();

    private final Transcript transcript;
    private final RunUsage usage;
    private RunStore.Claim claim;
    private SessionState state;
    private ModelCaller caller;
    private String responseId;
    private boolean extracts;
    private long startedNanos = System.nanoTime();

    /**
     * @param parent    the request's span
     * @param requestId the request's id, null when there is none
     */
    RunDriver(
            RunServices services,
            ActiveRun run,
            Checkpoint from,
            Supplier<RunPlan> planned,
            TraceSpan parent,
            String requestId) {
        this.services = services;
        this.run = run;
        this.from = from;
        this.planned = planned;
        this.requestId = requestId;
        this.transcript = new Transcript(from);
        this.usage = from.usage() == null ? new RunUsage() : new RunUsage(from.usage());
        this.span = services.telemetry()
                .run(
                        parent,
                        run.session().ownerId(),
                        run.name(),
                        run.session().sessionId(),
                        run.id().toString());
        this.database = new RunDatabase(services, run, span);
    }

    void drive(SessionQueues.Ticket ticket) {
        String kind = run.session().kind().word();
        services.metrics().runStarted(kind);
        try (span;
                LogContext _ = LogContext.open(requestId, run.id().toString(), span)) {
            RunStatus status = driveToEnd(ticket);
            span.runStatus(status.word());
            services.metrics().runFinished(kind, status.word(), Duration.ofNanos(System.nanoTime() - acceptedNanos));
        }
    }

    private RunStatus driveToEnd(SessionQueues.Ticket ticket) {
        Message.Assistant last = null;
        RunFailure failure = null;
        ScheduledFuture<?> wallClock = null;
        try {
            refuseWhatMustNotGoOn();
            RunPlan plan = database.waiting(planned);
            extracts = plan.options().extractMemories();
            claim = from.claim() != null ? from.claim() : waitForSession(ticket);
            wallClock = services.timer()
                    .schedule(
                            () -> Thread.startVirtualThread(() -> timeOut(plan.limits())),
                            plan.limits().wallClock().toMillis(),
                            TimeUnit.MILLISECONDS);
            startedNanos = System.nanoTime();
            Drive drive = new Drive(services, run, plan, from, database, usage, span, requestId, startedNanos);
            last = converse(drive);
            drive.emit(new RunEvent.ContentCompleted(System.currentTimeMillis()));
        } catch (RuntimeException | InterruptedException | Error e) {
            // Also after an error of the JVM the session must not stay claimed.
            failure = failure(e);
        } finally {
            if (wallClock != null) {
                wallClock.cancel(false);
            }
        }
        return finish(last, failure);
    }

    private void refuseWhatMustNotGoOn() {
        if (from.cancelRequested()) {
            throw RunFailure.cancelled("The run was cancelled.");
        }
        if (from.consents().values().stream().anyMatch(asked -> asked.decision() == Consent.Decision.EXPIRED)) {
            throw new RunFailure("confirmation_expired", "Nobody confirmed the tool calls of the run in time.");
        }
        if (from.takeovers() > services.settings().maxTakeovers()) {
            throw new RunFailure(
                    "poisoned", "The run was given up after " + from.takeovers() + " processes were lost with it.");
        }
    }

    private void timeOut(Limits limits) {
        run.abort()
                .trigger(new RunFailure(
                        "limit_wall_clock",
                        "The run took longer than " + limits.wallClock().toSeconds() + " seconds."));
    }

    private RunStore.Claim waitForSession(SessionQueues.Ticket ticket) throws InterruptedException {
        ticket.await();
        long pause = 20;
        while (true) {
            run.abort().check();
            Optional<RunStore.Claim> claimed =
                    database.commit(handle -> services.store().claimQueued(handle, run, from.session(), Instant.now()));
            if (claimed.isPresent()) {
                return claimed.get();
            }
            // A run of another process has the session.
            Thread.sleep(pause);
            pause = Math.min(100, pause * 2);
        }
    }

    /** @return the model's last message, null when the run waits for a person */
    private Message.Assistant converse(Drive drive) throws InterruptedException {
        RunPlan plan = drive.plan();
        state = new SessionState(claim.state(), plan.state());
        Guarding guarding = new Guarding(drive);
        Composition composition = new Composition(drive, claim, state, transcript);
        Message.User said = composition.say(guarding, fresh());
        String system = composition.system();
        if (from.reasoned() != null) {
            transcript.reasoned(from.reasoned());
        }
        Message.Assistant turn = transcript.resume(state);
        begin(drive);
        if (fresh()) {
            guarding.check(said);
        }
        caller = new ModelCaller(drive);
        List<Tool> tools = tools(plan);
        boolean thinks = from.reasoned() == null && fresh();
        if (thinks && Reasoning.inSteps(plan, !tools.isEmpty())) {
            transcript.reasoned(new Reasoning(drive, caller).think(system, transcript.conversation()));
        }
        ArgumentRepairs repairs = new ArgumentRepairs(from.messages().values());
        ToolCalls toolCalls = new ToolCalls(drive, tools, context(plan));
        while (true) {
            if (turn == null) {
                turn = ask(drive, system, tools);
                if (turn.toolCalls().isEmpty()) {
                    return turn;
                }
            }
            execute(turn, toolCalls);
            if (!transcript.waiting().isEmpty()) {
                return null;
            }
            repairs.check(turn);
            turn = null;
        }
    }

    private void begin(Drive drive) {
        long now = System.currentTimeMillis();
        if (from.entry() == Checkpoint.Entry.CONTINUED) {
            drive.emit(new RunEvent.Continued(now));
        } else if (from.lastSeq() > 0) {
            drive.emit(new RunEvent.StepRestarted(now, transcript.content()));
        } else {
            var model = drive.plan().models().getFirst();
            drive.emit(new RunEvent.Started(now, model.id(), model.provider().displayName()));
        }
    }

    /** Whether the model has not yet been asked, by any driver, as far as is stored. */
    private boolean fresh() {
        return from.messages().size() == 1;
    }

    /** Asks the model; an answer with calls is stored before any of them is executed. */
    private Message.Assistant ask(Drive drive, String system, List<Tool> tools) {
        ModelCaller.Answer answer = caller.ask(system, transcript.conversation(), transcript.current(), tools);
        responseId = answer.responseId();
        if (!answer.message().toolCalls().isEmpty()) {
            Failpoint.reached("before_step_commit");
            transcript.store(drive, answer.message());
            Failpoint.reached("after_step_commit");
        }
        transcript.heard(answer.message());
        return answer.message();
    }

    private List<Tool> tools(RunPlan plan) {
        List<Tool> tools = new ArrayList<>(plan.tools());
        tools.add(new SessionStateTool(state));
        if (plan.history()) {
            tools.add(new ChatHistoryTool(services, claim));
        }
        if (plan.memory()) {
            tools.add(new UserMemoryTool(
                    services.memories(), run.session().realm(), plan.models().getFirst(), usage, plan.guard()));
        }
        if (plan.toolNames() != null) {
            tools.removeIf(tool -> !plan.toolNames().contains(tool.spec().name()));
        }
        tools.sort(Comparator.comparing(tool -> tool.spec().name()));
        return tools;
    }

    private ToolContext context(RunPlan plan) {
        SessionKey session = run.session();
        return new ToolContext(
                run.id(),
                session.ownerId(),
                session.sessionId(),
                session.userId(),
                plan.tenantId(),
                plan.timezone(),
                plan.locale());
    }

    /** Executes the calls of a stored turn; the results are stored one by one as they come. */
    private void execute(Message.Assistant turn, ToolCalls toolCalls) {
        RuntimeException refused = transcript.answered(
                toolCalls.execute(turn.toolCalls(), transcript.firstResult(), transcript.executions()));
        run.abort().check();
        if (refused != null) {
            throw refused;
        }
    }

    private RunFailure failure(Throwable e) {
        RunFailure aborted = run.abort().finish();
        if (aborted != null) {
            return aborted;
        }
        return switch (e) {
            case RunFailure failure -> failure;
            case RunPlanner.RunUnplannableException gone -> new RunFailure("unplannable", gone.getMessage());
            case ModelException model -> {
                LOG.warn("the model call failed: {}: {}", model.code(), model.detail());
                yield new RunFailure(model.code(), model.getMessage());
            }
            case DatabaseUnavailableException _ -> {
                LOG.warn("the database failed during the run: {}", e.getMessage());
                yield new RunFailure("database_unavailable", "The database was not available.");
            }
            case DatabaseClosedException _ -> RunFailure.HANDED_OVER;
            default -> {
                LOG.error("the run failed", e);
                yield new RunFailure("internal_error", "The run failed because of an internal error.");
            }
        };
    }

    private RunStatus finish(Message.Assistant last, RunFailure how) {
        RunFailure aborted = run.abort().finish();
        Thread.interrupted();
        // Who is done is done; but nobody is asked about calls of a run that is to end.
        RunFailure failure = how == null && last == null ? aborted : how;
        RunMetrics metrics = usage.metrics(startedNanos);
        if (failure != null && failure.goesOn()) {
            run.log().abandon();
            return leave(failure, metrics);
        }
        RunEnding.Ended ended = new RunEnding(services, run, database, from.session(), extracts)
                .store(failure == null && last == null ? pause(metrics) : end(last, failure, metrics));
        RunFailure why = ended.failure();
        if (why != null && why.goesOn()) {
            return leave(why, metrics);
        }
        if (extracts && ended.status() == RunStatus.COMPLETED) {
            services.extractor().look();
        }
        run.ended(new ActiveRun.Outcome(
                ended.status(),
                why != null ? why.getMessage() : answer(ended.status()),
                why == null ? null : why.code(),
                transcript.executions(),
                metrics));
        return ended.status();
    }

    private String answer(RunStatus status) {
        String said = transcript.content();
        return status == RunStatus.PAUSED && said.isEmpty() ? PAUSED : said;
    }

    private RunEnding.Ended end(Message.Assistant last, RunFailure failure, RunMetrics metrics) {
        long at = System.currentTimeMillis();
        ObjectNode endState = state == null ? null : state.copy();
        if (last != null) {
            transcript.end(last);
        } else if (caller != null && !caller.unfinishedText().isEmpty()) {
            // Somebody may have read it: it belongs to the record, though never to the history.
            transcript.end(Message.Assistant.of(caller.unfinishedText()));
        }
        if (failure != null) {
            transcript.end(failure);
        }
        RunEvent event = failure == null
                ? new RunEvent.Completed(
                        at,
                        transcript.content(),
                        transcript.reasoning(),
                        responseId,
                        endState,
                        metrics,
                        transcript.reasoned(),
                        transcript.references())
                : RunEnding.failed(at, failure);
        return new RunEnding.Ended(failure, event, metrics, transcript.unstored(), endState, new TreeMap<>());
    }

    private RunEnding.Ended pause(RunMetrics metrics) {
        RunEvent paused = new RunEvent.Paused(
                System.currentTimeMillis(),
                answer(RunStatus.PAUSED),
                transcript.executions(),
                List.copyOf(transcript.waiting().values()));
        return new RunEnding.Ended(null, paused, metrics, transcript.unstored(), state.copy(), transcript.waiting());
    }

    /** The run goes on elsewhere, sooner when this process says that it has let go. */
    private RunStatus leave(RunFailure why, RunMetrics metrics) {
        if (why == RunFailure.HANDED_OVER) {
            try {
                database.commitNow(handle -> {
                    services.replicas().handOver(handle, run.id(), run.fence());
                    return null;
                });
            } catch (RuntimeException e) {
                LOG.debug("the run is taken over when the lease ends", e);
            }
        }
        run.ended(new ActiveRun.Outcome(
                RunStatus.RUNNING, why.getMessage(), "interrupted", transcript.executions(), metrics));
        return RunStatus.RUNNING;
    }
}
