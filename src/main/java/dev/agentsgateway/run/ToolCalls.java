package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Failpoint;
import dev.agentsgateway.common.Ids;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.observability.LogContext;
import dev.agentsgateway.observability.TraceSpan;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolContext;
import dev.agentsgateway.tool.ToolSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes the calls of one model turn in parallel and gives every call a result, whatever happens: a transcript with an
 * unanswered call is rejected by every vendor from then on. Calls that need a person's yes are held back until there is
 * one.
 */
final class ToolCalls {
    private static final Logger LOG = LoggerFactory.getLogger(ToolCalls.class);
    static final String REJECTED = "Function call was rejected by the user";
    private static final String UNKNOWN_OUTCOME =
            "The gateway was interrupted while this call was being executed, and it"
                    + " is not known whether it took effect. It was not repeated. Check before you call the tool again.";

    private final Drive drive;
    private final Checkpoint from;
    private final ToolExecutor executor;
    private final Map<String, Tool> tools = new HashMap<>();

    /**
     * What became of a call.
     *
     * @param message   null when the call waits for a person
     * @param execution null for a call of a tool that does not exist
     * @param notStored why it is not stored yet, null when it is
     */
    record Result(
            Message.Tool message, ToolExecution execution, RuntimeException notStored, RunEvent.Requested waiting) {
        private static Result stored(Message.Tool message, ToolExecution execution) {
            return new Result(message, execution, null, null);
        }
    }

    ToolCalls(Drive drive, List<Tool> tools, ToolContext context) {
        this.drive = drive;
        this.from = drive.from();
        this.executor = new ToolExecutor(drive, context);
        tools.forEach(tool -> this.tools.put(tool.spec().name(), tool));
    }

    /**
     * @param firstSeq the number of the first result in the run's transcript
     * @return what became of each call, in their order
     */
    List<Result> execute(List<Message.ToolCall> calls, int firstSeq) {
        List<FutureTask<Result>> tasks = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            tasks.add(begin(calls.get(i), firstSeq + i));
        }
        // All of them, before the first one's error is thrown: none may outlive the run.
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < tasks.size(); i++) {
            results.add(result(tasks.get(i), calls.get(i)));
        }
        return results;
    }

    private FutureTask<Result> begin(Message.ToolCall call, int seq) {
        Consent consent = from.consents().get(seq);
        if (from.messages().get(seq) instanceof Message.Tool answered) {
            return done(() -> Result.stored(answered, earlier(call, answered, consent)));
        }
        Tool tool = tools.get(call.name());
        if (tool == null) {
            return done(() -> store(unknown(call), null, seq));
        }
        JsonNode arguments = arguments(call, consent);
        ToolExecution execution = started(call, arguments, System.currentTimeMillis());
        if (consent == null && arguments instanceof ObjectNode && needsConsent(tool)) {
            return done(() -> waiting(execution));
        }
        if (consent != null && consent.decision() != Consent.Decision.APPROVED) {
            return done(() -> consent.decision() == null
                    ? new Result(null, execution.confirmation(null, null), null, requested(consent, execution))
                    : rejected(execution, consent, seq));
        }
        ToolExecution confirmed = consent == null ? execution : execution.confirmation(true, consent.note());
        boolean once = tool.spec().sideEffect() == ToolSpec.SideEffect.ONCE;
        if (once && from.started().contains(seq)) {
            return done(() -> ended(confirmed.ended(UNKNOWN_OUTCOME, true, System.currentTimeMillis()), seq));
        }
        drive.emit(new RunEvent.ToolCallStarted(confirmed.startedAt(), confirmed));
        FutureTask<Result> task = new FutureTask<>(() -> execute(tool, confirmed, arguments, seq, once));
        Thread.ofVirtual().name("tool-" + call.name() + "-" + drive.run().id()).start(task);
        return task;
    }

    private boolean needsConsent(Tool tool) {
        return tool.spec().confirm()
                || drive.plan().confirmTools().contains(tool.spec().name());
    }

    private interface Outcome {
        Result get();
    }

    private static FutureTask<Result> done(Outcome outcome) {
        FutureTask<Result> task = new FutureTask<>(outcome::get);
        task.run();
        return task;
    }

    private static Result waiting(ToolExecution execution) {
        ToolExecution waits = execution.confirmation(null, null);
        return new Result(
                null, waits, null, new RunEvent.Requested(Ids.timeOrdered(), System.currentTimeMillis(), waits));
    }

    private static RunEvent.Requested requested(Consent consent, ToolExecution execution) {
        return new RunEvent.Requested(
                consent.id(), consent.createdAt().toEpochMilli(), execution.confirmation(null, null));
    }

    /** A call whose result an earlier driver stored: when it was executed is not kept. */
    static ToolExecution earlier(Message.ToolCall call, Message.Tool answered, Consent consent) {
        long now = System.currentTimeMillis();
        ToolExecution ended = started(call, arguments(call, consent), now)
                .ended(answered.content(), answered.error(), now)
                .referring(answered.references());
        return consent == null
                ? ended
                : ended.confirmation(consent.decision() == Consent.Decision.APPROVED, consent.note());
    }

    private Result rejected(ToolExecution execution, Consent consent, int seq) {
        boolean noted = consent.note() != null && !consent.note().isBlank();
        ToolExecution ended = execution
                .confirmation(false, consent.note())
                .ended(noted ? consent.note() : REJECTED, true, System.currentTimeMillis());
        return store(new Message.Tool(ended.callId(), ended.name(), ended.result(), true), ended, seq);
    }

    private Result result(FutureTask<Result> task, Message.ToolCall call) {
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
            return new Result(
                    new Message.Tool(call.id(), call.name(), ToolExecutor.INTERNAL_ERROR, true), null, cause, null);
        }
    }

    private Result execute(Tool tool, ToolExecution started, JsonNode arguments, int seq, boolean once) {
        try (TraceSpan span = drive.services().telemetry().toolCall(drive.span(), started.name(), started.callId());
                LogContext _ =
                        LogContext.open(drive.requestId(), drive.run().id().toString(), span)) {
            if (once) {
                noteStart(seq);
            }
            Failpoint.reached("before_tool");
            ToolExecution ended = executor.execute(tool, started, arguments, seq);
            Failpoint.reached("after_tool");
            if (ended.error()) {
                span.failed("tool_error");
            }
            drive.services()
                    .metrics()
                    .toolCall(
                            ended.name(),
                            ended.error() ? "error" : "success",
                            Duration.ofMillis(ended.endedAt() - ended.startedAt()));
            return ended(ended, seq);
        }
    }

    private void noteStart(int seq) {
        boolean ours = drive.database()
                .commit(handle -> drive.services().transcripts().startCall(handle, drive.run(), seq, Instant.now()));
        if (!ours) {
            throw RunFailure.LOST;
        }
        drive.run().abort().check();
    }

    private Result ended(ToolExecution ended, int seq) {
        String content = ended.result() == null ? "null" : ended.result();
        Message.Tool message =
                new Message.Tool(ended.callId(), ended.name(), content, ended.error(), ended.references());
        Result result = store(message, ended, seq);
        drive.emit(new RunEvent.ToolCallCompleted(ended.endedAt(), ended));
        if (ended.error()) {
            drive.emit(new RunEvent.ToolCallFailed(ended.endedAt(), ended));
        }
        return result;
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
            drive.store(seq, message);
            Failpoint.reached("after_tool_commit");
            return Result.stored(message, execution);
        } catch (RuntimeException e) {
            return new Result(message, execution, e, null);
        }
    }

    private static ToolExecution started(Message.ToolCall call, JsonNode arguments, long at) {
        ObjectNode shown = arguments instanceof ObjectNode object ? object : Json.object();
        return ToolExecution.started(call.id(), call.name(), shown, at);
    }

    /** What is to be executed: what a person put in the place of what the model said, if anything; null for no JSON. */
    private static JsonNode arguments(Message.ToolCall call, Consent consent) {
        if (consent != null && consent.arguments() != null) {
            return consent.arguments();
        }
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
