package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives one run from its claim of the session to its end: compose the context, ask the model, emit what it says,
 * execute the tools that it asks for, ask again, finish. For one thread.
 */
final class RunDriver {
    private static final Logger LOG = LoggerFactory.getLogger(RunDriver.class);

    private final RunEngine.Services services;
    private final ActiveRun run;
    private final RunPlan plan;
    private final NewRun request;
    private final RunStore.Accepted accepted;
    private final String requestId;
    private final TraceSpan span;
    private final RunDatabase database;
    private final long acceptedNanos = System.nanoTime();

    private final List<Message> conversation = new ArrayList<>();
    private final List<ToolExecution> executions = new ArrayList<>();
    /** By number: what of the transcript the last commit still has to store. */
    private final TreeMap<Integer, Message> unstored = new TreeMap<>();

    private final StringBuilder content = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final RunUsage usage = new RunUsage();
    private RunStore.Claim claim;
    private SessionState state;
    private ModelCaller caller;
    private int nextMessage = 1;
    private long startedNanos = System.nanoTime();

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
        String responseId = null;
        ScheduledFuture<?> wallClock = null;
        try {
            claim = accepted.claim() != null ? accepted.claim() : waitForSession(ticket);
            wallClock = services.timer()
                    .schedule(
                            () -> Thread.startVirtualThread(this::timeOut),
                            plan.limits().wallClock().toMillis(),
                            TimeUnit.MILLISECONDS);
            startedNanos = System.nanoTime();
            state = new SessionState(claim.state(), plan.state());
            emit(new RunEvent.Started(
                    System.currentTimeMillis(),
                    plan.models().getFirst().id(),
                    plan.models().getFirst().provider().displayName()));
            String system = compose();
            caller = new ModelCaller(services, run, span, usage, this::emit, startedNanos);
            List<Tool> tools = tools();
            ToolCalls toolCalls = new ToolCalls(services, run, database, span, requestId, tools, context(), this::emit);
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
        } catch (RuntimeException | InterruptedException | Error e) {
            // Also after an error of the JVM the session must not stay claimed.
            failure = failure(e);
        } finally {
            if (wallClock != null) {
                wallClock.cancel(false);
            }
        }
        return finish(last, failure, responseId);
    }

    private void timeOut() {
        run.abort()
                .trigger(new RunFailure(
                        "limit_wall_clock",
                        "The run took longer than " + plan.limits().wallClock().toSeconds() + " seconds."));
    }

    private RunStore.Claim waitForSession(SessionQueues.Ticket ticket) throws InterruptedException {
        ticket.await();
        long pause = 20;
        while (true) {
            run.abort().check();
            Optional<RunStore.Claim> claimed = database.commit(
                    handle -> services.store().claimQueued(handle, run.id(), accepted.session(), Instant.now()));
            if (claimed.isPresent()) {
                return claimed.get();
            }
            // A run of another process has the session.
            Thread.sleep(pause);
            pause = Math.min(100, pause * 2);
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
            conversation.addAll(database.read(handle ->
                    services.transcripts().history(handle, claim.session(), claim.turn(), plan.historyRuns())));
        }
        if (!said.equals(request.message())) {
            database.commit(handle -> {
                services.transcripts().replaceUserMessage(handle, run.id(), said);
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
            tools.add(new UserMemoryTool(
                    services.memories(), run.session().realm(), plan.models().getFirst(), usage));
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
        database.commit(handle -> {
            services.transcripts().saveMessage(handle, run.id(), seq, message, Instant.now());
            return null;
        });
        int resultSeq = seq + 1;
        RuntimeException refused = null;
        for (ToolCalls.Result result : toolCalls.execute(message.toolCalls(), seq + 1)) {
            conversation.add(result.message());
            if (result.execution() != null) {
                executions.add(result.execution());
            }
            if (result.notStored() != null) {
                unstored.put(resultSeq, result.message());
                refused = result.notStored();
            }
            resultSeq++;
        }
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
            case ModelException model -> {
                LOG.warn("the model call failed: {}: {}", model.code(), model.detail());
                yield new RunFailure(model.code(), model.getMessage());
            }
            case DatabaseUnavailableException _ -> {
                LOG.warn("the database failed during the run: {}", e.getMessage());
                yield new RunFailure("database_unavailable", "The database was not available.");
            }
            case DatabaseClosedException _ -> RunEngine.SHUTDOWN;
            default -> {
                LOG.error("the run failed", e);
                yield new RunFailure("internal_error", "The run failed because of an internal error.");
            }
        };
    }

    private RunStatus finish(Message.Assistant last, RunFailure failure, String responseId) {
        run.abort().finish();
        Thread.interrupted();
        long at = System.currentTimeMillis();
        RunMetrics metrics = usage.metrics(startedNanos);
        ObjectNode endState = state == null ? null : state.copy();
        if (last != null) {
            unstored.put(nextMessage, last);
        } else if (caller != null && !caller.unfinishedText().isEmpty()) {
            // Somebody may have read it: it belongs to the record, though never to the history.
            unstored.put(nextMessage, Message.Assistant.of(caller.unfinishedText()));
        }
        RunEvent event = failure == null
                ? new RunEvent.Completed(at, content.toString(), reasoning.toString(), responseId, endState, metrics)
                : RunEnding.failed(at, failure);
        RunEnding.Ended ended = new RunEnding(services, run, database, accepted.session())
                .store(new RunEnding.Ended(failure, event, metrics.usage(), unstored, endState));
        RunFailure why = ended.failure();
        run.ended(new ActiveRun.Outcome(
                ended.status(),
                why == null ? content.toString() : why.getMessage(),
                why == null ? null : why.code(),
                executions,
                metrics));
        return ended.status();
    }

    private void emit(RunEvent event) {
        if (run.log().append(event)) {
            services.segments().enqueue(run);
        }
    }
}
