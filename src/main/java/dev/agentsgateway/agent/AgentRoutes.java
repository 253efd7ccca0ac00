package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Body;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Length;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.http.UserId;
import dev.agentsgateway.run.SessionKey;
import dev.agentsgateway.run.Sessions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** {@code /v2/agents}: definitions. */
public final class AgentRoutes implements Route.Source {
    private static final String TAG = "V2 Agents";
    private static final String NOT_FOUND = "Agent {agent_id} not found";
    private static final String ID_RULE = "Agent ID can only contain letters, numbers, underscores, and hyphens";

    private final Agents agents;
    private final Sessions sessions;

    public AgentRoutes(Agents agents, Sessions sessions) {
        this.agents = agents;
        this.sessions = sessions;
    }

    /** An agent as clients see it. {@code template} is null when the prompt is missing. */
    record AgentInfo(
            String id,
            String name,
            String description,
            String version,
            String template,
            List<String> tags,
            AgentConfig config) {
        static AgentInfo of(Agent agent) {
            List<String> tags = agent.tags();
            if (tags.isEmpty()) {
                tags = agent.prompt() == null ? null : agent.prompt().tags();
            }
            return new AgentInfo(
                    agent.id(),
                    agent.name(),
                    agent.description(),
                    agent.version(),
                    agent.prompt() == null ? null : agent.prompt().template(),
                    tags,
                    agent.config().shown());
        }
    }

    record Create(
            @Required
            @Length(max = 255)
            @Description("Letters, digits, underscores and hyphens; unique among active agents")
            String id,

            @Required @Length(max = 255) String name,

            @Required @Description("The system prompt; may hold placeholders such as {user_name}")
            String template,

            @Length(max = 1000) String description,
            List<String> tags,
            AgentConfig config) {}

    record Created(String id, String name, String description, String version, String message, List<String> tags) {}

    record Change(
            @Length(max = 255) String name,
            String template,
            @Length(max = 1000) String description,
            List<String> tags,

            @Description("Members that are sent replace the stored ones")
            AgentConfig config) {}

    record Deleted(String id, String message) {}

    /** Either names sessions of the agent, both together narrow them; without any, nothing is cleared. */
    record ClearSession(
            @Default("\"\"") @Description("Has no effect; older clients send it")
            String message,

            @UserId String userId,
            String sessionId) {}

    record ClearSessionInput(@Path String agentId, @Body ClearSession body) {}

    record Cleared(
            String status,
            String message,
            @Description("How many sessions were deleted") int cleared) {}

    record Batch(@Required List<String> agentIds) {}

    record BatchInput(@Body Batch body) {}

    record OneInput(@Path String agentId) {}

    record CreateInput(@Body Create body) {}

    record ChangeInput(@Path String agentId, @Body Change body) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(
                Route.get("/v2/agents", Route.NoInput.class)
                        .tag(TAG)
                        .summary("List the active agents by name")
                        .scope("agents:read")
                        .answers(200, AgentInfo[].class)
                        .handle(_ -> Answer.ok(shown(agents.list()))),
                Route.post("/v2/agents/batch", BatchInput.class)
                        .tag(TAG)
                        .summary("Get several agents; unknown ids are skipped")
                        .scope("agents:read")
                        .answers(200, AgentInfo[].class)
                        .handle(call ->
                                Answer.ok(shown(agents.list(call.input().body().agentIds())))),
                Route.get("/v2/agents/{agent_id}", OneInput.class)
                        .tag(TAG)
                        .summary("Get an agent")
                        .scope("agents:read")
                        .answers(200, AgentInfo.class)
                        .fails(404, NOT_FOUND)
                        .handle(this::get),
                Route.post("/v2/agents", CreateInput.class)
                        .tag(TAG)
                        .summary("Create an agent and its prompt")
                        .scope("agents:write")
                        .answers(201, Created.class)
                        .fails(409, "Agent {id} already exists")
                        .fails(422, ID_RULE)
                        .handle(this::create),
                Route.patch("/v2/agents/{agent_id}", ChangeInput.class)
                        .tag(TAG)
                        .summary("Change an agent; members that are not sent stay, null clears description and tags")
                        .scope("agents:write")
                        .answers(200, AgentInfo.class)
                        .fails(404, NOT_FOUND)
                        .handle(this::change),
                Route.delete("/v2/agents/{agent_id}", OneInput.class)
                        .tag(TAG)
                        .summary("Delete an agent, and its prompt when no other agent uses it")
                        .scope("agents:write")
                        .answers(200, Deleted.class)
                        .fails(404, NOT_FOUND)
                        .handle(this::delete),
                Route.post("/v2/agents/{agent_id}/session/clear", ClearSessionInput.class)
                        .tag(TAG)
                        .summary("Delete an agent's sessions of a user, of a session id, or of both")
                        .scope("sessions:write")
                        .answers(200, Cleared.class)
                        .fails(404, NOT_FOUND)
                        .fails(409, "Session {session_id} has an active run")
                        .handle(this::clearSession));
    }

    private static List<AgentInfo> shown(List<Agent> all) {
        return all.stream().map(AgentInfo::of).toList();
    }

    private Answer get(Call<OneInput> call) {
        String id = call.input().agentId();
        return Answer.ok(AgentInfo.of(agents.find(id).orElseThrow(() -> notFound(id))));
    }

    private Answer create(Call<CreateInput> call) {
        Create body = call.input().body();
        if (agents.find(body.id()).isPresent()) {
            throw new HttpException(409, "Agent " + body.id() + " already exists");
        }
        String letters = body.id().replace("_", "").replace("-", "");
        if (letters.isEmpty() || !letters.codePoints().allMatch(Character::isLetterOrDigit)) {
            throw new HttpException(422, ID_RULE);
        }
        boolean created = agents.create(new Agents.Draft(
                body.id(),
                body.name(),
                body.description(),
                body.template(),
                body.tags(),
                body.config(),
                call.caller().keyId()));
        if (!created) {
            throw new HttpException(409, "Agent " + body.id() + " already exists");
        }
        return Answer.created(new Created(
                body.id(),
                body.name(),
                body.description(),
                "2.0",
                "Agent " + body.name() + " created successfully",
                body.tags()));
    }

    private Answer change(Call<ChangeInput> call) {
        String id = call.input().agentId();
        Change body = call.input().body();
        Set<String> sent = new HashSet<>();
        for (String member : List.of("name", "template", "description", "tags", "config")) {
            JsonNode value = call.body().get(member);
            boolean clears = member.equals("description") || member.equals("tags");
            if (value != null && (clears || !value.isNull())) {
                sent.add(member);
            }
        }
        Agents.Change change = new Agents.Change(
                sent,
                body.name(),
                body.description(),
                body.template(),
                body.tags(),
                sentConfig(call),
                call.caller().keyId());
        return Answer.ok(AgentInfo.of(agents.update(id, change).orElseThrow(() -> notFound(id))));
    }

    /** The members of the configuration that were sent, with the values that they were read as. */
    private static ObjectNode sentConfig(Call<ChangeInput> call) {
        ObjectNode sent = Json.object();
        if (call.input().body().config() != null) {
            JsonNode bound = Json.MAPPER.valueToTree(call.input().body().config());
            call.body().get("config").fieldNames().forEachRemaining(name -> {
                if (AgentConfig.MEMBERS.contains(name)) {
                    sent.set(name, bound.path(name).isMissingNode() ? NullNode.instance : bound.get(name));
                }
            });
        }
        return sent;
    }

    private Answer delete(Call<OneInput> call) {
        String id = call.input().agentId();
        if (!agents.delete(id, call.caller().keyId())) {
            throw notFound(id);
        }
        return Answer.ok(new Deleted(id, "Agent " + id + " deleted successfully"));
    }

    private Answer clearSession(Call<ClearSessionInput> call) {
        String id = call.input().agentId();
        ClearSession body = call.input().body();
        if (agents.find(id).isEmpty()) {
            throw notFound(id);
        }
        int cleared = sessions.clear(
                SessionKey.Kind.AGENT,
                id,
                body.userId(),
                body.sessionId(),
                call.caller().reach());
        return Answer.ok(new Cleared("success", "Session cleared for agent " + id, cleared));
    }

    static HttpException notFound(String id) {
        return HttpException.notFound("Agent " + id + " not found");
    }
}
