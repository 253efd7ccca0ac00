package dev.agentsgateway.agent;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.http.UserId;
import java.util.List;

/**
 * {@code /v2/agents/{agent_id}/cache}: for clients of the reference, which caches built agents. Here an agent is read
 * anew for every chat and paused runs and held calls are rows that no clearing may lose, so that there is truly nothing to
 * count or to drop.
 */
public final class CacheRoutes implements Route.Source {
    private static final String ALL = "*";

    record ClearInput(
            @Path @Description("* for all agents") String agentId,

            @Query @UserId @Description("Has no effect; older clients send it")
            String userId,

            @Query @Description("Has no effect; older clients send it")
            String sessionId) {}

    record InfoInput(@Path @Description("* for all agents") String agentId) {}

    record Cleared(String status, String message) {}

    record Info(
            @JsonInclude(JsonInclude.Include.NON_NULL) @Description("Not with *")
            String agentId,

            int agentCacheCount,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Description("Only with *")
            Integer runCacheCount,

            List<String> agentCacheKeys,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Description("Only with *")
            List<String> runCacheKeys) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(
                Route.delete("/v2/agents/{agent_id}/cache", ClearInput.class)
                        .tag("V2 Agents")
                        .summary("Forget what is cached of an agent, which is nothing")
                        .scope("agents:write")
                        .answers(200, Cleared.class)
                        .handle(CacheRoutes::clear),
                Route.get("/v2/agents/{agent_id}/cache/info", InfoInput.class)
                        .tag("V2 Agents")
                        .summary("What is cached of an agent, which is nothing")
                        .scope("agents:read")
                        .answers(200, Info.class)
                        .handle(CacheRoutes::info));
    }

    private static Answer clear(Call<ClearInput> call) {
        String agent = call.input().agentId();
        return Answer.ok(new Cleared(
                "success", agent.equals(ALL) ? "All caches cleared" : "Cleared 0 cache entries for agent " + agent));
    }

    private static Answer info(Call<InfoInput> call) {
        String agent = call.input().agentId();
        return Answer.ok(
                agent.equals(ALL)
                        ? new Info(null, 0, 0, List.of(), List.of())
                        : new Info(agent, 0, null, List.of(), null));
    }
}
