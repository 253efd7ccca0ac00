package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.observability.LogContext;
import dev.agentsgateway.observability.TraceSpan;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolContext;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes the calls of one model turn in parallel and gives every call a result, whatever happens: a transcript with an
 * unanswered call is rejected by every vendor from then on.
 */
final class ToolCalls {
    private static final Logger LOG = LoggerFactory.getLogger(ToolCalls.class);
    private static final String INTERNAL_ERROR = "The tool failed because of an internal error.";

    private final RunEngine.Services services;
    private final ActiveRun run;
    private final RunDatabase database;
    private final RunPlan plan;
    private final TraceSpan span;
    private final String requestId;
    private final ToolContext context;
    private final Consumer<RunEvent> emit;
    private final Map<String, Tool> tools = new HashMap<>();

    /**
     * @param execution null for a call of a tool that does not exist
     * @param notStored why it is not stored yet, null when it is
     */
    record Result(Message.Tool message, ToolExecution execution, RuntimeException notStored) {}

    ToolCalls(
            RunEngine.Services services,
            ActiveRun run,
            RunDatabase database,
            TraceSpan span,
            String requestId,
            List<Tool> tools,
            ToolContext context,
            Consumer<RunEvent> emit) {
        this.services = services;
        this.run = run;
        this.database = database;
        this.plan = run.plan();
        this.span = span;
        this.requestId = requestId;
        this.context = context;
        this.emit = emit;
        tools.forEach(tool -> this.tools.put(tool.spec().name(), tool));
    }

    /**
     * @param firstSeq the number of the first result in the run's transcript
     * @return the results in the order of the calls
     */
    List<Result> execute(List<Message.ToolCall> calls, int firstSeq) {
        List<FutureTask<Result>> tasks = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            Message.ToolCall call = calls.get(i);
            int seq = firstSeq + i;
            Tool tool = tools.get(call.name());
            if (tool == null) {
                FutureTask<Result> unknown = new FutureTask<>(() -> store(unknown(call), null, seq));
                unknown.run();
                tasks.add(unknown);
                continue;
            }
            JsonNode arguments = arguments(call);
            ToolExecution execution = new ToolExecution(
                    call.id(),
                    call.name(),
                    arguments instanceof ObjectNode object ? object : Json.object(),
                    null,
                    null,
                    System.currentTimeMillis(),
                    0);
            emit.accept(new RunEvent.ToolCallStarted(execution.startedAt(), execution));
            FutureTask<Result> task = new FutureTask<>(() -> execute(tool, execution, arguments, seq));
            Thread.ofVirtual().name("tool-" + call.name() + "-" + run.id()).start(task);
            tasks.add(task);
        }
        // All of them, before the first one's error is thrown: none may outlive the run.
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < tasks.size(); i++) {
            results.add(result(tasks.get(i), calls.get(i)));
        }
        return results;
    }

    private static Result result(FutureTask<Result> task, Message.ToolCall call) {
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    // The run is being ended: so are its calls, each of which still gives its result.
                    LOG.debug("interrupted while tools run", e);
                }
            }
        } catch (ExecutionException e) {
            RuntimeException cause =
                    e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e.getCause());
            return new Result(new Message.Tool(call.id(), call.name(), INTERNAL_ERROR, true), null, cause);
        }
    }

    private Result execute(Tool tool, ToolExecution started, JsonNode arguments, int seq) {
        try (TraceSpan toolSpan = services.telemetry().toolCall(span, started.name(), started.callId());
                LogContext _ = LogContext.open(requestId, run.id().toString(), toolSpan)) {
            ToolExecution ended = outcome(tool, started, arguments);
            if (ended.error()) {
                toolSpan.failed("tool_error");
            }
            services.metrics()
                    .toolCall(
                            ended.name(),
                            ended.error() ? "error" : "success",
                            Duration.ofMillis(ended.endedAt() - ended.startedAt()));
            String content = ended.result() == null ? "null" : ended.result();
            Result result = store(new Message.Tool(ended.callId(), ended.name(), content, ended.error()), ended, seq);
            emit.accept(new RunEvent.ToolCallCompleted(ended.endedAt(), ended));
            if (ended.error()) {
                emit.accept(new RunEvent.ToolCallFailed(ended.endedAt(), ended));
            }
            return result;
        }
    }

    private ToolExecution outcome(Tool tool, ToolExecution started, JsonNode arguments) {
        if (!(arguments instanceof ObjectNode object)) {
            return failed(started, "The arguments are not a JSON object. Call the tool again with valid arguments.");
        }
        Duration timeout = plan.limits().toolTimeout();
        FutureTask<ToolResult> task =
                new FutureTask<>(() -> tool.execute(new ToolInput(started.callId(), object, context)));
        Thread.ofVirtual().name("tool-" + started.name()).start(task);
        try (Abort.Hook _ = run.abort().hook(() -> task.cancel(true))) {
            String content = task.get(timeout.toMillis(), TimeUnit.MILLISECONDS).content();
            return started.ended(bounded(content), false, System.currentTimeMillis());
        } catch (TimeoutException e) {
            task.cancel(true);
            return failed(started, "The tool did not answer within " + timeout.toSeconds() + " seconds.");
        } catch (CancellationException | InterruptedException e) {
            task.cancel(true);
            return failed(started, "The call was cancelled.");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ToolException told) {
                return failed(started, told.getMessage());
            }
            LOG.warn("the tool {} failed", started.name(), e.getCause());
            return failed(started, INTERNAL_ERROR);
        }
    }

    private static ToolExecution failed(ToolExecution started, String why) {
        return started.ended(why, true, System.currentTimeMillis());
    }

    private String bounded(String content) {
        int max = plan.limits().resultChars();
        if (content == null || content.length() <= max) {
            return content;
        }
        // Half a surrogate pair cannot be sent to anyone.
        int end = Character.isHighSurrogate(content.charAt(max - 1)) ? max - 1 : max;
        return content.substring(0, end) + "\n[cut: the result has " + content.length() + " characters]";
    }

    private Message.Tool unknown(Message.ToolCall call) {
        return new Message.Tool(
                call.id(),
                call.name(),
                "There is no tool named '" + call.name() + "'. Available: "
                        + String.join(", ", tools.keySet().stream().sorted().toList()),
                true);
    }

    /** What cannot be stored now goes with the end of the run, so that every stored call has its result. */
    private Result store(Message.Tool message, ToolExecution execution, int seq) {
        try {
            database.commit(handle -> {
                services.transcripts().saveMessage(handle, run.id(), seq, message, Instant.now());
                return null;
            });
            return new Result(message, execution, null);
        } catch (RuntimeException e) {
            return new Result(message, execution, e);
        }
    }

    private static JsonNode arguments(Message.ToolCall call) {
        if (call.arguments().isBlank()) {
            return Json.object();
        }
        try {
            return Json.read(call.arguments());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
