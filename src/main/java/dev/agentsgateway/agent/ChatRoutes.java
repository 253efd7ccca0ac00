package dev.agentsgateway.agent;

import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Body;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.Header;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.mcp.McpUnavailableException;
import dev.agentsgateway.run.ActiveRun;
import dev.agentsgateway.run.EventStreamer;
import dev.agentsgateway.run.IdempotencyKey;
import dev.agentsgateway.run.RunEngine;
import dev.agentsgateway.run.RunOutcomes;
import dev.agentsgateway.run.RunRejectedException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /v2/agents/{agent_id}/chat} and {@code …/chat/commit}. */
public final class ChatRoutes implements Route.Source {
    private static final Logger LOG = LoggerFactory.getLogger(ChatRoutes.class);

    private final Chats chats;
    private final Commits commits;
    private final ChatAnswers answers;

    public ChatRoutes(Chats chats, Commits commits, RunEngine engine, RunOutcomes outcomes, EventStreamer streamer) {
        this.chats = chats;
        this.commits = commits;
        this.answers = new ChatAnswers(engine, streamer, outcomes);
    }

    record ChatInput(
            @Path String agentId,

            @Header(IdempotencyKey.HEADER) @Description(IdempotencyKey.DESCRIPTION)
            String idempotencyKey,

            @Body ChatRequest body) {}

    record CommitInput(@Path String agentId, @Body CommitRequest body) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(
                Route.post("/v2/agents/{agent_id}/chat", ChatInput.class)
                        .tag("V2 Agents")
                        .summary("Chat with an agent, streamed or not")
                        .scope("agents:run")
                        .answers(200, ChatAnswers.ChatResponse.class)
                        .answers(202, ChatAnswers.BackgroundRun.class)
                        .streams()
                        .fails(404, "Agent {agent_id} not found")
                        .fails(409, "Session {session_id} is busy with another run")
                        .fails(410, ChatAnswers.GONE)
                        .fails(429, "Session {session_id} has too many waiting requests")
                        .fails(500, "Failed to fetch prompt template for agent {agent_id}")
                        .fails(503, ChatAnswers.NO_MCP)
                        .handle(this::chat),
                Route.post("/v2/agents/{agent_id}/chat/commit", CommitInput.class)
                        .tag("V2 Agents")
                        .summary("Continue a paused run: execute the confirmed calls, refuse the others")
                        .scope("agents:run")
                        .answers(200, ChatAnswers.ChatResponse.class)
                        .streams()
                        .fails(404, "Agent {agent_id} not found")
                        .fails(410, Commits.ELAPSED)
                        .handle(this::commit));
    }

    private Answer chat(Call<ChatInput> call) throws InterruptedException {
        ChatRequest request = call.input().body();
        try {
            Chats.Accepted accepted = start(call);
            Answer answer = answers.chat(accepted.started(), call.input().agentId(), request);
            return ChatAnswers.withLeftOut(answer, accepted.leftOut());
        } catch (McpUnavailableException e) {
            LOG.warn("agent {} cannot chat: {}", call.input().agentId(), e.getMessage());
            return ChatAnswers.withoutTools(request);
        }
    }

    private Chats.Accepted start(Call<ChatInput> call) {
        String agentId = call.input().agentId();
        IdempotencyKey key = IdempotencyKey.of(call.input().idempotencyKey(), "agent/" + agentId, call.body());
        try {
            return chats.start(agentId, call.input().body(), key, call.caller());
        } catch (RunRejectedException e) {
            throw new HttpException(
                    e.status(), e.getMessage(), Map.of("Retry-After", Integer.toString(e.retryAfterSeconds())));
        }
    }

    private Answer commit(Call<CommitInput> call) throws InterruptedException {
        CommitRequest request = call.input().body();
        String agentId = call.input().agentId();
        Optional<ActiveRun> resumed = commits.commit(agentId, request, call.caller());
        return resumed.isEmpty()
                ? Answer.ok(ChatAnswers.cancelled(agentId, request))
                : answers.commit(resumed.get(), request);
    }
}
