package dev.agentsgateway.agent;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Sse;
import dev.agentsgateway.run.ActiveRun;
import dev.agentsgateway.run.EventId;
import dev.agentsgateway.run.EventStreamer;
import dev.agentsgateway.run.RunEngine;
import dev.agentsgateway.run.RunIdentity;
import dev.agentsgateway.run.RunOutcomes;
import dev.agentsgateway.run.RunStatus;
import dev.agentsgateway.run.Started;
import dev.agentsgateway.run.ToolExecution;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What chats and commits answer: a stream, the run's outcome, or where to look for it. Thread-safe. */
final class ChatAnswers {
    static final String NO_MCP = "MCP tool server unavailable";
    static final String LEFT_OUT = "X-Mcp-Servers-Left-Out";
    private static final int MOST_LEFT_OUT_CHARS = 1000;
    static final String GONE = "The run {run_id} of this Idempotency-Key is no longer kept";

    private final RunEngine engine;
    private final EventStreamer streamer;
    private final RunOutcomes outcomes;

    ChatAnswers(RunEngine engine, EventStreamer streamer, RunOutcomes outcomes) {
        this.engine = engine;
        this.streamer = streamer;
        this.outcomes = outcomes;
    }

    /** The answer of a chat that is not streamed. */
    record ChatResponse(
            String content,
            String agentId,
            String sessionId,
            String model,

            @Description("null when the model was never asked")
            ObjectNode tokenUsage,

            @Description("COMPLETED, PAUSED, ERROR or CANCELLED")
            String status,

            String runId,
            List<ToolView> tools,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Description("Only with ERROR: what went wrong, for machines")
            String errorCode) {}

    record ToolView(
            String toolCallId, String toolName, Boolean requiresConfirmation, ObjectNode toolArgs, JsonNode result) {
        static ToolView of(ToolExecution tool) {
            return new ToolView(
                    tool.callId(),
                    tool.name(),
                    tool.requiresConfirmation(),
                    tool.arguments(),
                    ToolResults.parse(tool.result()));
        }
    }

    /** The answer of a chat that goes on in the background. */
    record BackgroundRun(
            String runId,
            String agentId,
            String sessionId,

            @Description(
                    "queued or running; with the Idempotency-Key of an earlier request whatever the run has become")
            String status) {}

    static Map<String, String> headers(UUID run) {
        return Map.of("X-Run-Id", run.toString());
    }

    Answer chat(Started started, String agentId, ChatRequest request) throws InterruptedException {
        if (request.background()) {
            return background(started, agentId, request.sessionId());
        }
        if (started.repeated()) {
            return repeated(started.id(), request);
        }
        ActiveRun run = started.run();
        if (request.stream()) {
            return stream(run);
        }
        ActiveRun.Outcome outcome = outcome(run);
        return new Answer.Json(
                200,
                answer(
                        RunIdentity.of(run),
                        run.model(),
                        outcome,
                        run.session().sessionId(),
                        Chats.statusWord(outcome.status()),
                        true),
                headers(run.id()));
    }

    /** The reference answers a stream with 200 and this one frame. */
    static Answer withoutTools(ChatRequest request) {
        if (!request.stream() || request.background()) {
            throw new HttpException(503, NO_MCP, Map.of("Retry-After", "5"));
        }
        byte[] data = Json.write(Json.object().put("status", "error").put("error", NO_MCP))
                .getBytes(StandardCharsets.UTF_8);
        return Answer.events(sink -> sink.send(Sse.frame("error", null, data)), Map.of());
    }

    /** Says which MCP servers of the agent its run does not have, instead of leaving them out silently. */
    static Answer withLeftOut(Answer answer, List<String> leftOut) {
        if (leftOut.isEmpty()) {
            return answer;
        }
        String all = String.join("; ", leftOut).replaceAll("[^\\x20-\\x7E]", "?");
        String told = all.substring(0, Math.min(all.length(), MOST_LEFT_OUT_CHARS));
        return switch (answer) {
            case Answer.Json json -> new Answer.Json(json.status(), json.body(), with(json.headers(), told));
            case Answer.Events events -> new Answer.Events(events.producer(), with(events.headers(), told));
            case Answer.Content content -> content;
            case Answer.Empty empty -> empty;
        };
    }

    private static Map<String, String> with(Map<String, String> headers, String leftOut) {
        Map<String, String> more = new HashMap<>(headers);
        more.put(LEFT_OUT, leftOut);
        return more;
    }

    private Answer background(Started started, String agentId, String sessionId) {
        RunStatus status = started.repeated() ? stored(started.id(), false).status() : started.status();
        Map<String, String> headers = new HashMap<>(headers(started.id()));
        headers.put("Location", "/v2/runs/" + started.id());
        return new Answer.Json(
                202, new BackgroundRun(started.id().toString(), agentId, sessionId, status.word()), headers);
    }

    /** What the first request with the key was or will be answered, whoever drives or drove the run. */
    private Answer repeated(UUID id, ChatRequest request) throws InterruptedException {
        RunOutcomes.Stored stored = stored(id, request.stream());
        if (request.stream()) {
            return Answer.events(
                    sink -> streamer.stream(engine.events(id, EventId.START), new AgentEvents(stored.identity()), sink),
                    headers(id));
        }
        ActiveRun.Outcome outcome = outcomes.await(id).orElseThrow(() -> gone(id));
        return new Answer.Json(
                200,
                answer(
                        stored.identity(),
                        stored.model(),
                        ended(id, outcome),
                        stored.identity().sessionId(),
                        Chats.statusWord(outcome.status()),
                        true),
                headers(id));
    }

    private RunOutcomes.Stored stored(UUID id, boolean withEvents) {
        return outcomes.find(id)
                .filter(stored -> !withEvents || !stored.dropped())
                .orElseThrow(() -> gone(id));
    }

    private static HttpException gone(UUID id) {
        return new HttpException(410, GONE.replace("{run_id}", id.toString()), headers(id));
    }

    /** The calls that a person has decided on are executed or refused, and the run goes on. */
    Answer commit(ActiveRun run, CommitRequest request) throws InterruptedException {
        if (request.stream()) {
            return stream(run);
        }
        ActiveRun.Outcome outcome = outcome(run);
        boolean completed = outcome.status() == RunStatus.COMPLETED;
        String status = completed ? "completed" : Chats.statusWord(outcome.status());
        return new Answer.Json(
                200,
                answer(RunIdentity.of(run), run.model(), outcome, request.sessionId(), status, !completed),
                headers(run.id()));
    }

    /** What this driver of the run tells. */
    private Answer stream(ActiveRun run) {
        return Answer.events(
                sink -> streamer.stream(
                        engine.events(run, run.firstSeq() - 1), new AgentEvents(RunIdentity.of(run)), sink),
                headers(run.id()));
    }

    private ActiveRun.Outcome outcome(ActiveRun run) throws InterruptedException {
        ActiveRun.Outcome outcome = run.await();
        if (outcome.status() != RunStatus.RUNNING) {
            return outcome;
        }
        // Another process has it now.
        return ended(run.id(), outcomes.await(run.id()).orElseThrow(() -> gone(run.id())));
    }

    private static ActiveRun.Outcome ended(UUID run, ActiveRun.Outcome outcome) {
        if (outcome.status() != RunStatus.RUNNING) {
            return outcome;
        }
        Map<String, String> later = new HashMap<>(headers(run));
        later.put("Retry-After", "5");
        throw new HttpException(503, "The gateway is stopping; run " + run + " goes on: see /v2/runs/" + run, later);
    }

    private static ChatResponse answer(
            RunIdentity run,
            String model,
            ActiveRun.Outcome outcome,
            String sessionId,
            String status,
            boolean withRun) {
        return new ChatResponse(
                outcome.content(),
                run.ownerId(),
                sessionId,
                model,
                outcome.metrics().usage().total() == 0 ? null : AgentEvents.metrics(outcome.metrics()),
                status,
                withRun ? run.runId().toString() : null,
                withRun ? outcome.tools().stream().map(ToolView::of).toList() : null,
                outcome.errorCode());
    }

    static ChatResponse cancelled(String agentId, CommitRequest request) {
        return new ChatResponse(
                "Tool execution cancelled by user.",
                agentId,
                request.sessionId(),
                request.model() == null ? null : request.model().value(),
                null,
                "cancelled",
                null,
                null,
                null);
    }
}
