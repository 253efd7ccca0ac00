package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.Slug;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.http.Binder;
import dev.agentsgateway.prompt.Prompt;
import dev.agentsgateway.prompt.PromptStore;
import java.time.Clock;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * The rules of agents: an agent and its prompt are made, changed and deleted together or not at all, and a prompt is
 * never changed because another agent has the same name.
 */
public final class Agents {
    private final Database database;
    private final AgentConfigs configs;
    private final AgentStore agents;
    private final PromptStore prompts;
    private final Clock clock;

    /** @param binder knows what a model's id is */
    public Agents(Database database, PromptStore prompts, Binder binder, Clock clock) {
        this.database = database;
        this.configs = new AgentConfigs(binder);
        this.agents = new AgentStore(configs);
        this.prompts = prompts;
        this.clock = clock;
    }

    /** What a new agent consists of. */
    record Draft(String id, String name, String description, String template, List<String> tags, AgentConfig config) {}

    /**
     * What changes: the members named in {@code sent}; of the rest everything stays.
     *
     * @param config members of the configuration as posted, laid over the stored ones
     */
    record Change(
            Set<String> sent, String name, String description, String template, List<String> tags, ObjectNode config) {}

    List<Agent> list() {
        return database.with(agents::list);
    }

    List<Agent> list(List<String> ids) {
        return ids.isEmpty() ? List.of() : database.with(handle -> agents.list(handle, ids));
    }

    Optional<Agent> find(String id) {
        return database.with(handle -> agents.find(handle, id));
    }

    /** @return false when an active agent has the id; nothing is stored then */
    boolean create(Draft draft) {
        return database.transact(handle -> {
            agents.lockId(handle, draft.id());
            if (agents.find(handle, draft.id()).isPresent()) {
                return false;
            }
            LocalDateTime now = Timestamps.now(clock);
            PromptStore.Content content =
                    new PromptStore.Content(draft.name(), draft.template(), draft.description(), draft.tags(), null);
            String promptId = createPrompt(handle, draft.id(), content, now);
            String config =
                    draft.config() == null ? null : Json.write(draft.config().checked());
            return agents.create(
                    handle,
                    new AgentStore.Row(
                            draft.id(), draft.name(), draft.description(), promptId, json(draft.tags()), config),
                    now);
        });
    }

    /** Under the name's slug as the reference has it, unless that belongs to another prompt or agent. */
    private String createPrompt(Handle handle, String agentId, PromptStore.Content content, LocalDateTime now) {
        String slug = Slug.of(content.name());
        String ownSlug = Slug.of(agentId);
        String base = slug.isEmpty() ? ownSlug : slug;
        List<String> candidates =
                List.of(agents.promptOfDeleted(handle, agentId).orElse(base), base, base + "_" + ownSlug);
        for (String candidate : candidates) {
            if (!candidate.isEmpty()
                    && !agents.promptUsedByOthers(handle, candidate, agentId)
                    && prompts.create(handle, candidate, content, now).isPresent()) {
                return candidate;
            }
        }
        String unique = base + "_" + UUID.randomUUID();
        return prompts.create(handle, unique, content, now).orElseThrow().id();
    }

    /** @return the changed agent, empty when there is none */
    Optional<Agent> update(String id, Change change) {
        return database.transact(handle -> agents.findLocked(handle, id).map(agent -> {
            LocalDateTime now = Timestamps.now(clock);
            Set<String> sent = change.sent();
            String stored = agents.config(handle, id);
            AgentStore.Row row = new AgentStore.Row(
                    id,
                    sent.contains("name") ? change.name() : agent.name(),
                    sent.contains("description") ? change.description() : agent.description(),
                    changePrompt(handle, agent, change, now),
                    json(sent.contains("tags") ? change.tags() : agent.tags()),
                    sent.contains("config") ? configs.merged(stored, change.config()) : stored);
            agents.update(handle, row, now);
            return agents.find(handle, id).orElseThrow();
        }));
    }

    /**
     * An agent's own prompt changes with it: its template, and its name and tags, which are shown in events, where they
     * were the agent's. A prompt that other agents use, or that is gone, is left alone: for a new template the agent
     * gets a prompt of its own.
     *
     * @return the id of the prompt that the agent has from now on
     */
    private String changePrompt(Handle handle, Agent agent, Change change, LocalDateTime now) {
        Prompt prompt = agent.prompt();
        Set<String> sent = change.sent();
        if (prompt != null && !agents.promptUsedByOthers(handle, agent.promptId(), agent.id())) {
            PromptStore.Content content = new PromptStore.Content(
                    sent.contains("name") && prompt.name().equals(agent.name()) ? change.name() : null,
                    sent.contains("template") ? change.template() : null,
                    null,
                    sent.contains("tags") && prompt.tags().equals(agent.tags()) ? orEmpty(change.tags()) : null,
                    null);
            boolean differs = (content.name() != null && !content.name().equals(prompt.name()))
                    || (content.template() != null && !content.template().equals(prompt.template()))
                    || (content.tags() != null && !content.tags().equals(prompt.tags()));
            if (differs) {
                prompts.update(handle, agent.promptId(), content, now);
            }
            return agent.promptId();
        }
        if (!sent.contains("template")) {
            return agent.promptId();
        }
        List<String> tags = prompt == null ? agent.tags() : prompt.tags();
        return createPrompt(
                handle,
                agent.id(),
                new PromptStore.Content(agent.name(), change.template(), agent.description(), tags, null),
                now);
    }

    /** Deletes an agent and, when no other agent uses it, its prompt; false when there is no such agent. */
    boolean delete(String id) {
        return database.transact(handle -> agents.findLocked(handle, id)
                .map(agent -> {
                    LocalDateTime now = Timestamps.now(clock);
                    agents.delete(handle, id, now);
                    if (!agents.promptUsedByOthers(handle, agent.promptId(), id)) {
                        prompts.delete(handle, agent.promptId(), now);
                    }
                    return true;
                })
                .orElse(false));
    }

    private static List<String> orEmpty(List<String> tags) {
        return tags == null ? List.of() : tags;
    }

    private static String json(List<String> tags) {
        return tags == null || tags.isEmpty() ? null : Json.write(tags);
    }
}
