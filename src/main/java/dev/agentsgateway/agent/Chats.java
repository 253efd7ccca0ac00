package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Ids;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.Caller;
import dev.agentsgateway.http.HttpException;
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
import dev.agentsgateway.run.StartOptions;
import dev.agentsgateway.run.Started;
import dev.agentsgateway.tool.Tool;
import java.util.ArrayList;
import java.util.List;

/** Turns a chat request into a run of an agent. */
public final class Chats implements RunPlanner {
    /** The reference has no bound; a longer history fits no model. */
    private static final int MOST_HISTORY_RUNS = 1000;

    private final Agents agents;
    private final Models models;
    private final RunEngine engine;
    private final List<Tool> tools;
    private final String defaultModel;
    private final Limits limits;

    /**
     * @param tools        offered to every agent
     * @param defaultModel for requests and agents that name none; null leaves it to {@link Models#defaultModel}
     */
    public Chats(Agents agents, Models models, RunEngine engine, List<Tool> tools, String defaultModel, Limits limits) {
        this.agents = agents;
        this.models = models;
        this.engine = engine;
        this.tools = tools;
        this.defaultModel = defaultModel;
        this.limits = limits;
    }

    /**
     * Accepts a chat.
     *
     * @param key null for none
     * @throws HttpException 404, 422 or 500 as {@code ChatRoutes} declares them; nothing is stored then
     */
    Started start(String agentId, ChatRequest request, IdempotencyKey key, Caller caller) {
        Agent agent = agents.find(agentId).orElseThrow(() -> AgentRoutes.notFound(agentId));
        if (agent.prompt() == null && request.systemPrompt() == null) {
            throw new HttpException(500, "Failed to fetch prompt template for agent " + agentId);
        }
        List<Message.Part> parts = new ArrayList<>();
        parts.add(new Message.Part.Text(request.message()));
        parts.addAll(Attachments.read(request.images()));
        SessionKey session = new SessionKey(
                SessionKey.Kind.AGENT,
                agentId,
                request.userId(),
                request.sessionId().isEmpty() ? Ids.timeOrdered().toString() : request.sessionId(),
                caller.reach().realm());
        RunPlan plan = plan(agent, session, request);
        checkToolNames(request, plan);
        ObjectNode kept = Json.MAPPER.valueToTree(request);
        boolean watched = request.stream() && !request.background();
        StartOptions options = new StartOptions(request.onBusy(), request.background(), watched, key);
        return engine.start(
                new NewRun(session, plan.tenantId(), caller.keyId(), new Message.User(parts), kept, options), plan);
    }

    @Override
    public RunPlan plan(SessionKey session, ObjectNode request) {
        Agent agent = agents.find(session.ownerId())
                .orElseThrow(() -> new RunUnplannableException("Agent " + session.ownerId() + " not found"));
        ChatRequest kept = Json.MAPPER.convertValue(request, ChatRequest.class);
        if (agent.prompt() == null && kept.systemPrompt() == null) {
            throw new RunUnplannableException("The prompt of agent " + session.ownerId() + " is gone");
        }
        return plan(agent, session, kept);
    }

    private RunPlan plan(Agent agent, SessionKey session, ChatRequest request) {
        AgentConfig config = agent.config();
        return new RunPlan(
                agent.displayName(),
                models(config, request),
                request.systemPrompt() != null
                        ? request.systemPrompt()
                        : agent.prompt().template(),
                state(request),
                tools,
                config.enableMemory(),
                config.enableHistory(),
                Math.min(config.numHistoryRuns(), MOST_HISTORY_RUNS),
                request.tools(),
                config.toolsToConfirm(),
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
