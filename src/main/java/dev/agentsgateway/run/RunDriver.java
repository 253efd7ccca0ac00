package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.Usage;
import dev.agentsgateway.observability.LogContext;
import dev.agentsgateway.observability.TraceSpan;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives one run from its claim of the session to its end: compose the context, ask the model, emit what it says,
 * execute the tools that it asks for, ask again, finish. For one thread.
 */
final class RunDriver {
    private static final Logger LOG = LoggerFactory.getLogger(RunDriver.class);
    private static final Duration RETRY_MAX = Duration.ofSeconds(5);

    private final RunEngine.Services services;
    private final ActiveRun run;
    private final RunPlan plan;
    private final NewRun request;
    private final RunStore.Accepted accepted;
    private final String requestId;
    private final TraceSpan span;
    private final long acceptedNanos = System.nanoTime();

    private final List<Message> conversation = new ArrayList<>();
    private final List<ToolExecution> executions = new ArrayList<>();
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final RunUsage usage = new RunUsage();
    private RunStore.Claim claim;
    private SessionState state;
    private int nextMessage = 1;
    private long startedNanos;

    /**
     * @param parent    the request's span
     * @param requestId the request's id, null when there is none
     */
    RunDriver(
            RunEngine.Services services,
            ActiveRun run,
            NewRun request,
            RunStore.Accepted accepted,
            TraceSpan parent,
            String requestId) {
        this.services = services;
        this.run = run;
        this.plan = run.plan();
        this.request = request;
        this.accepted = accepted;
        this.requestId = requestId;
        this.span = services.telemetry()
                .run(
                        parent,
                        run.session().ownerId(),
                        plan.name(),
                        run.session().sessionId(),
                        run.id().toString());
    }

    void drive(SessionQueues.Ticket ticket) {
        String kind = run.session().kind().word();
        services.metrics().runStarted(kind);
        try (span;
                LogContext _ = LogContext.open(requestId, run.id().toString(), span)) {
            RunStatus status = driveToEnd(ticket);
            span.runStatus(status.word());
            services.metrics()
                    .runFinished(kind, status.word(), Duration.ofNanos(System.nanoTime() - acceptedNanos));
        }
    }

    private RunStatus driveToEnd(SessionQueues.Ticket ticket) {
        Message.Assistant last = null;
        RunFailure failure = null;
        String responseId = null;
        ScheduledFuture<?> wallClock = null;
        try {
            claim = accepted.claim() != null ? accepted.claim() : waitForSession(ticket);
            wallClock = services.timer()
                    .schedule(
                            () -> run.abort()
                                    .trigger(new RunFailure(
                                            "limit_wall_clock",
                                            "The run took longer than " + plan.limits().wallClock().toSeconds()
                                                    + " seconds.")),
                            plan.limits().wallClock().toMillis(),
                            TimeUnit.MILLISECONDS);
            startedNanos = System.nanoTime();
            state = new SessionState(claim.state(), plan.state());
            emit(new RunEvent.Started(
                    System.currentTimeMillis(),
                    plan.models().getFirst().id(),
                    plan.models().getFirst().provider().displayName()));
            String system = compose();
            ModelCaller caller = new ModelCaller(services, run, span, usage, this::emit, startedNanos);
            List<Tool> tools = tools();
            ToolCalls toolCalls = new ToolCalls(services, run, span, requestId, tools, context(), this::emit);
            while (true) {
                ModelCaller.Answer answer = caller.ask(system, conversation, tools);
                content.append(answer.message().text());
                reasoning.append(answer.message().reasoning());
                responseId = answer.responseId();
                conversation.add(answer.message());
                if (answer.message().toolCalls().isEmpty()) {
                    last = answer.message();
                    break;
                }
                execute(answer.message(), toolCalls);
            }
            emit(new RunEvent.ContentCompleted(System.currentTimeMillis()));
        } catch (RuntimeException | InterruptedException e) {
            failure = failure(e);
        } finally {
            if (wallClock != null) {
                wallClock.cancel(false);
            }
        }
        return finish(last, failure, responseId);
    }

    private RunStore.Claim waitForSession(SessionQueues.Ticket ticket) throws InterruptedException {
        ticket.await();
        long pause = 20;
        while (true) {
            run.abort().check();
            Optional<RunStore.Claim> claimed = services.database()
                    .commit(run.session().toString(), handle -> {
                        Instant now = Instant.now();
                        Optional<RunStore.Claim> mine =
                                services.store().claim(handle, run.id(), accepted.session(), now);
                        mine.ifPresent(it -> services.store().begin(handle, run.id(), it.turn(), now));
                        return mine;
                    });
            if (claimed.isPresent()) {
                return claimed.get();
            }
            // A run of another process has the session.
            Thread.sleep(pause);
            pause = Math.min(500, pause * 2);
        }
    }

    /** Fills the conversation with history and the user's message; returns the system prompt. */
    private String compose() {
        ObjectNode values = state.copy();
        values.put("user_id", run.session().userId());
        values.put("current_user_id", run.session().userId());
        values.put("current_session_id", run.session().sessionId());
        values.put("current_run_id", run.id().toString());
        Message.User said = filled(request.message(), values);
        boolean historyWanted = plan.history() && plan.historyRuns() > 0 && claim.turn() > 1;
        if (historyWanted) {
            try (TraceSpan _ = services.telemetry().database(span, "SELECT")) {
                conversation.addAll(services.database()
                        .with(handle -> services.store()
                                .history(handle, claim.session(), claim.turn(), plan.historyRuns())));
            }
        }
        if (!said.equals(request.message())) {
            services.database().with(handle -> {
                services.store().replaceUserMessage(handle, run.id(), said);
                return null;
            });
        }
        conversation.add(said);
        return plan.system() == null ? null : Placeholders.fill(plan.system(), values);
    }

    private static Message.User filled(Message.User message, ObjectNode values) {
        return new Message.User(message.parts().stream()
                .map(part -> part instanceof Message.Part.Text text
                        ? new Message.Part.Text(Placeholders.fill(text.text(), values))
                        : part)
                .toList());
    }

    private List<Tool> tools() {
        List<Tool> tools = new ArrayList<>(plan.tools());
        tools.add(new SessionStateTool(state));
        if (plan.history()) {
            tools.add(new ChatHistoryTool(services, claim));
        }
        if (plan.memory()) {
            tools.add(new UserMemoryTool(services.memories(), plan.models().getFirst(), usage));
        }
        if (plan.toolNames() != null) {
            tools.removeIf(tool -> !plan.toolNames().contains(tool.spec().name()));
        }
        tools.sort(Comparator.comparing(tool -> tool.spec().name()));
        return tools;
    }

    private ToolContext context() {
        SessionKey session = run.session();
        return new ToolContext(
                run.id(),
                session.ownerId(),
                session.sessionId(),
                session.userId(),
                request.tenantId(),
                plan.timezone(),
                plan.locale());
    }

    /** Stores what the model asked for, then executes it; the results are stored one by one as they come. */
    private void execute(Message.Assistant message, ToolCalls toolCalls) throws InterruptedException {
        int seq = nextMessage;
        nextMessage += 1 + message.toolCalls().size();
        commit(handle -> {
            services.store().saveMessage(handle, run.id(), seq, message, Instant.now());
            return null;
        });
        for (ToolCalls.Result result : toolCalls.execute(message.toolCalls(), seq + 1)) {
            conversation.add(result.message());
            if (result.execution() != null) {
                executions.add(result.execution());
            }
        }
        run.abort().check();
    }

    private RunFailure failure(Exception e) {
        RunFailure aborted = run.abort().finish();
        if (aborted != null) {
            return aborted;
        }
        return switch (e) {
            case RunFailure failure -> failure;
            case ModelException model -> {
                LOG.warn("the model call failed: {}: {}", model.code(), model.detail());
                yield new RunFailure(model.code(), model.getMessage());
            }
            case DatabaseUnavailableException _ -> {
                LOG.warn("the database failed during the run: {}", e.getMessage());
                yield new RunFailure("database_unavailable", "The database was not available.");
            }
            default -> {
                LOG.error("the run failed", e);
                yield new RunFailure("internal_error", "The run failed because of an internal error.");
            }
        };
    }

    /** Commits the end, then shows it: nothing is answered that a crash could take back. */
    private RunStatus finish(Message.Assistant last, RunFailure failure, String responseId) {
        run.abort().finish();
        Thread.interrupted();
        long at = System.currentTimeMillis();
        RunMetrics metrics = usage.metrics(startedNanos);
        ObjectNode endState = state == null ? Json.object() : state.copy();
        RunEvent end = failure == null
                ? new RunEvent.Completed(
                        at, content.toString(), reasoning.toString(), responseId, endState, metrics)
                : new RunEvent.Failed(at, failure.code(), failure.getMessage());
        RunStatus status = failure == null ? RunStatus.COMPLETED : RunStatus.FAILED;
        RunLog.Segment tail = run.log().beginLastSave(end);
        String events = EventJson.write(tail.events());
        Usage total = usage.total();
        RunStore store = services.store();
        commitUntilDone(handle -> {
            Instant now = Instant.ofEpochMilli(at);
            boolean mine = store.finish(
                    handle,
                    run.id(),
                    new RunStore.End(
                            status,
                            failure == null ? null : failure.code(),
                            failure == null ? null : failure.getMessage(),
                            total,
                            tail.lastSeq(),
                            now));
            if (mine) {
                if (last != null) {
                    store.saveMessage(handle, run.id(), nextMessage, last, now);
                }
                store.saveSegment(handle, run.id(), tail.firstSeq(), tail.lastSeq(), events);
                store.bookUsage(handle, run.session(), plan.models().getFirst().id(), total, now);
                if (claim != null) {
                    store.release(handle, claim.session(), run.id(), endState, now);
                }
            }
            return null;
        });
        run.log().endLastSave(end);
        run.ended(new ActiveRun.Outcome(
                status,
                failure == null ? content.toString() : failure.getMessage(),
                failure == null ? null : failure.code(),
                executions,
                metrics));
        return status;
    }

    private <T> T commit(Function<Handle, T> work) {
        try (TraceSpan _ = services.telemetry().database(span, "COMMIT")) {
            return services.database().commit(run.session().toString(), work);
        }
    }

    /** The end of a run must be stored: waits for as long as the database is away. */
    private void commitUntilDone(Function<Handle, Void> work) {
        long pause = 100;
        while (true) {
            try {
                commit(work);
                return;
            } catch (DatabaseUnavailableException e) {
                LOG.warn("the end of the run could not be stored and will be tried again: {}", e.getMessage());
            } catch (RuntimeException e) {
                LOG.error("the end of the run could not be stored", e);
                pause = RETRY_MAX.toMillis();
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                LOG.debug("still waiting for the database", e);
            }
            pause = Math.min(RETRY_MAX.toMillis(), pause * 2);
        }
    }

    private void emit(RunEvent event) {
        if (run.log().append(event)) {
            services.segments().enqueue(run);
        }
    }

    /** Tokens of a run, per model. Thread-safe: tools add what they use. */
    static final class RunUsage {
        private final Map<String, RunMetrics.ModelUsage> models = new LinkedHashMap<>();
        private Double timeToFirstToken;

        synchronized void add(String model, String provider, Usage used) {
            models.merge(
                    model,
                    new RunMetrics.ModelUsage(model, provider, used),
                    (a, b) -> new RunMetrics.ModelUsage(model, provider, a.usage().plus(b.usage())));
        }

        synchronized void firstToken(double seconds) {
            if (timeToFirstToken == null) {
                timeToFirstToken = seconds;
            }
        }

        synchronized Usage total() {
            return models.values().stream().map(RunMetrics.ModelUsage::usage).reduce(Usage.NONE, Usage::plus);
        }

        synchronized RunMetrics metrics(long startedNanos) {
            return new RunMetrics(
                    total(),
                    timeToFirstToken,
                    (System.nanoTime() - startedNanos) / 1e9,
                    List.copyOf(models.values()));
        }
    }
}
