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
import dev.agentsgateway.run.ToolExecution;
import java.util.List;
import java.util.Map;

/** {@code POST /v2/agents/{agent_id}/chat}. */
public final class ChatRoutes implements Route.Source {
    private final Chats chats;
    private final RunEngine engine;
    private final EventStreamer streamer;

    public ChatRoutes(Chats chats, RunEngine engine, EventStreamer streamer) {
        this.chats = chats;
        this.engine = engine;
        this.streamer = streamer;
    }

    record ChatInput(@Path String agentId, @Body ChatRequest body) {}

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
            return new ToolView(tool.callId(), tool.name(), null, tool.arguments(), ToolResults.parse(tool.result()));
        }
    }

    @Override
    public List<Route<?>> routes() {
        return List.of(Route.post("/v2/agents/{agent_id}/chat", ChatInput.class)
                .tag("V2 Agents")
                .summary("Chat with an agent, streamed or not")
                .scope("agents:run")
                .answers(200, ChatResponse.class)
                .streams()
                .fails(404, "Agent {agent_id} not found")
                .fails(429, "Session {session_id} has too many waiting requests")
                .fails(500, "Failed to fetch prompt template for agent {agent_id}")
                .handle(this::chat));
    }

    private Answer chat(Call<ChatInput> call) throws InterruptedException {
        ChatRequest request = call.input().body();
        ActiveRun run = start(call);
        Map<String, String> headers = Map.of("X-Run-Id", run.id().toString());
        if (request.stream()) {
            return Answer.events(
                    sink -> streamer.stream(engine.events(run, 0), new AgentEvents(RunIdentity.of(run)), sink),
                    headers);
        }
        ActiveRun.Outcome outcome = run.await();
        return new Answer.Json(
                200,
                new ChatResponse(
                        outcome.content(),
                        call.input().agentId(),
                        request.sessionId(),
                        run.plan().models().getFirst().id(),
                        outcome.metrics().usage().total() == 0 ? null : AgentEvents.metrics(outcome.metrics()),
                        Chats.statusWord(outcome.status()),
                        run.id().toString(),
                        outcome.tools().stream().map(ToolView::of).toList(),
                        outcome.errorCode()),
                headers);
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
