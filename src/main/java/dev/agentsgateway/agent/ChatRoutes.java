package dev.agentsgateway.agent;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Body;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.run.ActiveRun;
import dev.agentsgateway.run.EventStreamer;
import dev.agentsgateway.run.RunEngine;
import dev.agentsgateway.run.RunIdentity;
import dev.agentsgateway.run.RunRejectedException;
import dev.agentsgateway.run.RunStatus;
import dev.agentsgateway.run.ToolExecution;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code POST /v2/agents/{agent_id}/chat} and {@code …/chat/commit}. */
public final class ChatRoutes implements Route.Source {
    private final Chats chats;
    private final Commits commits;
    private final RunEngine engine;
    private final EventStreamer streamer;

    public ChatRoutes(Chats chats, Commits commits, RunEngine engine, EventStreamer streamer) {
        this.chats = chats;
        this.commits = commits;
        this.engine = engine;
        this.streamer = streamer;
    }

    record ChatInput(@Path String agentId, @Body ChatRequest body) {}

    record CommitInput(@Path String agentId, @Body CommitRequest body) {}

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

    @Override
    public List<Route<?>> routes() {
        return List.of(
                Route.post("/v2/agents/{agent_id}/chat", ChatInput.class)
                        .tag("V2 Agents")
                        .summary("Chat with an agent, streamed or not")
                        .scope("agents:run")
                        .answers(200, ChatResponse.class)
                        .streams()
                        .fails(404, "Agent {agent_id} not found")
                        .fails(429, "Session {session_id} has too many waiting requests")
                        .fails(500, "Failed to fetch prompt template for agent {agent_id}")
                        .handle(this::chat),
                Route.post("/v2/agents/{agent_id}/chat/commit", CommitInput.class)
                        .tag("V2 Agents")
                        .summary("Continue a paused run: execute the confirmed calls, refuse the others")
                        .scope("agents:run")
                        .answers(200, ChatResponse.class)
                        .streams()
                        .fails(404, "Agent {agent_id} not found")
                        .fails(410, Commits.ELAPSED)
                        .handle(this::commit));
    }

    private Answer chat(Call<ChatInput> call) throws InterruptedException {
        ChatRequest request = call.input().body();
        ActiveRun run = start(call);
        Map<String, String> headers = Map.of("X-Run-Id", run.id().toString());
        if (request.stream()) {
            return stream(run, headers);
        }
        ActiveRun.Outcome outcome = outcome(run, headers);
        return new Answer.Json(
                200, answer(run, outcome, request.sessionId(), Chats.statusWord(outcome.status()), true), headers);
    }

    /** What this driver of the run tells. */
    private Answer stream(ActiveRun run, Map<String, String> headers) {
        return Answer.events(
                sink -> streamer.stream(
                        engine.events(run, run.firstSeq() - 1), new AgentEvents(RunIdentity.of(run)), sink),
                headers);
    }

    private static ActiveRun.Outcome outcome(ActiveRun run, Map<String, String> headers) throws InterruptedException {
        ActiveRun.Outcome outcome = run.await();
        if (outcome.status() != RunStatus.RUNNING) {
            return outcome;
        }
        Map<String, String> later = new HashMap<>(headers);
        later.put("Retry-After", "5");
        throw new HttpException(
                503, "The gateway is stopping; run " + run.id() + " goes on: see /v2/runs/" + run.id(), later);
    }

    private static ChatResponse answer(
            ActiveRun run, ActiveRun.Outcome outcome, String sessionId, String status, boolean withRun) {
        return new ChatResponse(
                outcome.content(),
                run.session().ownerId(),
                sessionId,
                run.model(),
                outcome.metrics().usage().total() == 0 ? null : AgentEvents.metrics(outcome.metrics()),
                status,
                withRun ? run.id().toString() : null,
                withRun ? outcome.tools().stream().map(ToolView::of).toList() : null,
                outcome.errorCode());
    }

    /** The calls that a person has decided on are executed or refused, and the run goes on. */
    private Answer commit(Call<CommitInput> call) throws InterruptedException {
        CommitRequest request = call.input().body();
        String agentId = call.input().agentId();
        Optional<ActiveRun> resumed = commits.commit(agentId, request, call.caller());
        if (resumed.isEmpty()) {
            return Answer.ok(cancelled(agentId, request));
        }
        ActiveRun run = resumed.get();
        Map<String, String> headers = Map.of("X-Run-Id", run.id().toString());
        if (request.stream()) {
            return stream(run, headers);
        }
        ActiveRun.Outcome outcome = outcome(run, headers);
        boolean completed = outcome.status() == RunStatus.COMPLETED;
        String status = completed ? "completed" : Chats.statusWord(outcome.status());
        return new Answer.Json(200, answer(run, outcome, request.sessionId(), status, !completed), headers);
    }

    private static ChatResponse cancelled(String agentId, CommitRequest request) {
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

    private ActiveRun start(Call<ChatInput> call) {
        try {
            return chats.start(call.input().agentId(), call.input().body(), call.caller());
        } catch (RunRejectedException e) {
            throw new HttpException(
                    e.status(), e.getMessage(), Map.of("Retry-After", Integer.toString(e.retryAfterSeconds())));
        }
    }
}
