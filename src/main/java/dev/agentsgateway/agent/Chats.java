package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Ids;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.guardrail.Guardrails;
import dev.agentsgateway.http.Caller;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.mcp.McpTools;
import dev.agentsgateway.mcp.McpUnavailableException;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.Models;
import dev.agentsgateway.model.ResolvedModel;
import dev.agentsgateway.run.IdempotencyKey;
import dev.agentsgateway.run.Limits;
import dev.agentsgateway.run.NewRun;
import dev.agentsgateway.run.RunEngine;
import dev.agentsgateway.run.RunOptions;
import dev.agentsgateway.run.RunPlan;
import dev.agentsgateway.run.RunPlanner;
import dev.agentsgateway.run.RunStatus;
import dev.agentsgateway.run.SessionKey;
import dev.agentsgateway.run.SessionTools;
import dev.agentsgateway.run.StartOptions;
import dev.agentsgateway.run.Started;
import dev.agentsgateway.skill.SkillGate;
import dev.agentsgateway.skill.SkillTools;
import dev.agentsgateway.skill.Skills;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Turns a chat request into a run of an agent. */
public final class Chats implements RunPlanner {
    /** The reference has no bound; a longer history fits no model. */
    private static final int MOST_HISTORY_RUNS = 1000;

    /** In what is kept of a request: the MCP tools that its run began with. */
    private static final String MCP_TOOLS = "mcp_tools";

    private final Agents agents;
    private final Models models;
    private final RunEngine engine;
    private final List<Tool> tools;
    private final McpTools mcp;
    /** Of all agents, so that the names of other tools do not depend on what one of them has switched on. */
    private final Set<String> ownToolNames;

    private final String defaultModel;
    private final Limits limits;
    private final Skills skills;
    private final Guardrails guardrails;

    /**
     * @param tools        offered to every agent
     * @param defaultModel for requests and agents that name none; null leaves it to {@link Models#defaultModel}
     * @param guardrails   for the agents that do not say themselves whether their messages are checked
     */
    public Chats(
            Agents agents,
            Models models,
            RunEngine engine,
            List<Tool> tools,
            McpTools mcp,
            String defaultModel,
            Limits limits,
            Skills skills,
            Guardrails guardrails) {
        this.agents = agents;
        this.models = models;
        this.engine = engine;
        this.tools = tools;
        this.mcp = mcp;
        this.ownToolNames = Stream.concat(
                        SessionTools.specs().stream(), tools.stream().map(Tool::spec))
                .map(ToolSpec::name)
                .collect(Collectors.toSet());
        this.defaultModel = defaultModel;
        this.limits = limits;
        this.skills = skills;
        this.guardrails = guardrails;
    }

    /**
     * A chat that is accepted.
     *
     * @param leftOut MCP servers of the agent that are not used, each with the reason
     */
    record Accepted(Started started, List<String> leftOut) {}

    /**
     * Accepts a chat.
     *
     * @param key null for none
     * @throws HttpException 404, 422 or 500 as {@code ChatRoutes} declares them; nothing is stored then
     * @throws McpUnavailableException when an MCP server of the agent cannot be used; nothing is stored then
     */
    Accepted start(String agentId, ChatRequest request, IdempotencyKey key, Caller caller) {
        Agent agent = agents.findToRun(agentId).orElseThrow(() -> AgentRoutes.notFound(agentId));
        if (agent.prompt() == null && request.systemPrompt() == null) {
            throw new HttpException(500, "Failed to fetch prompt template for agent " + agentId);
        }
        List<Message.Part> parts = new ArrayList<>();
        // Before it is stored anywhere.
        String message = guardrails.guard(agent.config().guardrails()).mask(request.message());
        parts.add(new Message.Part.Text(message));
        parts.addAll(Attachments.read(request.images()));
        SessionKey session = new SessionKey(
                SessionKey.Kind.AGENT,
                agentId,
                request.userId(),
                request.sessionId().isEmpty() ? Ids.timeOrdered().toString() : request.sessionId(),
                caller.reach().realm());
        ObjectNode kept = Json.MAPPER.<ObjectNode>valueToTree(request).put("message", message);
        boolean watched = request.stream() && !request.background();
        StartOptions options = new StartOptions(request.onBusy(), request.background(), watched, key);
        NewRun run =
                new NewRun(session, tenant(session, request), caller.keyId(), new Message.User(parts), kept, options);
        McpTools.Offer offer;
        try {
            offer = mcp.offer(agent.config().mcpServers(), ownToolNames);
        } catch (McpUnavailableException e) {
            return engine.earlier(run)
                    .map(earlier -> new Accepted(earlier, List.of()))
                    .orElseThrow(() -> e);
        }
        if (!offer.names().isEmpty()) {
            kept.set(MCP_TOOLS, offer.names());
        }
        RunPlan plan = plan(agent, session, request, offer.tools());
        checkToolNames(request, plan);
        Started started = engine.start(run, plan);
        return new Accepted(started, offer.leftOut());
    }

    @Override
    public RunPlan plan(SessionKey session, ObjectNode request) {
        Agent agent = agents.findToRun(session.ownerId())
                .orElseThrow(() -> new RunUnplannableException("Agent " + session.ownerId() + " not found"));
        ChatRequest kept = Json.MAPPER.convertValue(request, ChatRequest.class);
        if (agent.prompt() == null && kept.systemPrompt() == null) {
            throw new RunUnplannableException("The prompt of agent " + session.ownerId() + " is gone");
        }
        return plan(agent, session, kept, mcp.again(agent.config().mcpServers(), request.path(MCP_TOOLS)));
    }

    private RunPlan plan(Agent agent, SessionKey session, ChatRequest request, List<Tool> more) {
        AgentConfig config = agent.config();
        SkillTools loadable = new SkillTools(skills.active(config.skills()));
        String template = request.systemPrompt() != null
                ? request.systemPrompt()
                : agent.prompt().template();
        return new RunPlan(
                agent.displayName(),
                models(config, request),
                template + (loadable.offeredTo(request.tools()) ? loadable.catalogue() : ""),
                state(request),
                Stream.of(tools, more, loadable.tools()).flatMap(List::stream).toList(),
                config.enableMemory(),
                config.enableHistory(),
                Math.min(config.numHistoryRuns(), MOST_HISTORY_RUNS),
                request.tools(),
                config.toolsToConfirm(),
                new SkillGate(),
                guardrails.guard(config.guardrails()),
                request.temperature(),
                request.maxTokens(),
                request.stream(),
                tenant(session, request),
                request.timezone(),
                request.locale(),
                config.limits(limits),
                options(config));
    }

    private RunOptions options(AgentConfig config) {
        ResolvedModel reasoner = config.reasoningModel() == null
                ? null
                : models.resolve(config.reasoningModel().value());
        // Stored configurations may be older than the check of their bounds.
        int minSteps = Math.max(1, config.reasoningMinSteps());
        return new RunOptions(
                config.enableReasoning()
                        ? new RunOptions.Reasoning(minSteps, Math.max(minSteps, config.reasoningMaxSteps()), reasoner)
                        : null,
                config.enableMemory() && !Boolean.FALSE.equals(config.addMemories()),
                Boolean.TRUE.equals(config.extractMemories()),
                config.contextTokens());
    }

    private static String tenant(SessionKey session, ChatRequest request) {
        if (!session.realm().isEmpty()) {
            return session.realm();
        }
        return request.tenantProfile() == null ? null : request.tenantProfile().tenantId();
    }

    private static void checkToolNames(ChatRequest request, RunPlan plan) {
        if (request.tools() != null) {
            List<String> offered = plan.offeredToolNames();
            for (int i = 0; i < request.tools().size(); i++) {
                if (!offered.contains(request.tools().get(i))) {
                    throw HttpException.invalidValue(
                            List.of("body", "tools", i),
                            "this agent has no such tool; it has " + String.join(", ", offered),
                            request.tools().get(i));
                }
            }
        }
    }

    private List<ResolvedModel> models(AgentConfig config, ChatRequest request) {
        List<ResolvedModel> resolved = new ArrayList<>();
        resolved.add(models.resolve(models.defaultModel(value(request.model()), value(config.model()), defaultModel)));
        if (config.fallbackModels() != null) {
            config.fallbackModels().forEach(model -> resolved.add(models.resolve(model.value())));
        }
        return resolved;
    }

    private static String value(ModelId model) {
        return model == null ? null : model.value();
    }

    /** What every chat lays over the state of its session; also the placeholders of prompts. */
    private static ObjectNode state(ChatRequest request) {
        ChatRequest.UserProfile profile = request.userProfile();
        ObjectNode state = Json.object();
        state.put("user_name", profile == null ? null : profile.fullName());
        state.put("user_profile_json", profile == null ? null : Json.write(profile));
        state.put("timezone", request.timezone());
        state.put("locale", request.locale());
        return state;
    }

    /** The status in answers of chats, in the reference's spelling. */
    static String statusWord(RunStatus status) {
        return status == RunStatus.FAILED ? "ERROR" : status.name();
    }
}
