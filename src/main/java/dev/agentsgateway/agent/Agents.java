package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.Slug;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.db.Database;
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
    private final AgentStore agents = new AgentStore();
    private final PromptStore prompts;
    private final Clock clock;

    public Agents(Database database, PromptStore prompts, Clock clock) {
        this.database = database;
        this.prompts = prompts;
        this.clock = clock;
    }

    /** What a new agent consists of. */
    record Draft(
            String id, String name, String description, String template, List<String> tags, AgentConfig config) {}

    /**
     * What changes: the members named in {@code sent}; of the rest everything stays.
     *
     * @param config members of the configuration as posted, laid over the stored ones
     */
    record Change(
            Set<String> sent,
            String name,
            String description,
            String template,
            List<String> tags,
            ObjectNode config) {}

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
            if (agents.exists(handle, draft.id())) {
                return false;
            }
            LocalDateTime now = Timestamps.now(clock);
            String tags = draft.tags() == null || draft.tags().isEmpty() ? null : Json.write(draft.tags());
            String promptId = createPrompt(
                    handle, draft.id(), draft.name(), draft.template(), draft.description(), tags, now);
            boolean created = agents.create(
                    handle,
                    draft.id(),
                    draft.name(),
                    draft.description(),
                    promptId,
                    tags,
                    draft.config() == null ? null : Json.write(draft.config()),
                    now);
            if (!created) {
                // Somebody was faster; the prompt goes with the transaction.
                handle.rollback();
            }
            return created;
        });
    }

    private String createPrompt(
            Handle handle,
            String agentId,
            String name,
            String template,
            String description,
            String tags,
            LocalDateTime now) {
        String slug = Slug.of(name);
        String ownSlug = Slug.of(agentId);
        String base = slug.isEmpty() ? ownSlug : slug;
        List<String> candidates = List.of(
                agents.promptOfDeleted(handle, agentId).orElse(base), base, base + "_" + ownSlug, base + "_" + ownSlug + "_2");
        for (String candidate : candidates) {
            if (!candidate.isEmpty()
                    && prompts.create(handle, candidate, name, template, description, tags, null, now)
                            .isPresent()) {
                return candidate;
            }
        }
        String unique = base + "_" + UUID.randomUUID();
        return prompts.create(handle, unique, name, template, description, tags, null, now)
                .orElseThrow()
                .id();
    }

    /** @return the changed agent, empty when there is none */
    Optional<Agent> update(String id, Change change) {
        return database.transact(handle -> agents.findLocked(handle, id).map(agent -> {
            LocalDateTime now = Timestamps.now(clock);
            String promptId = agent.promptId();
            if (change.sent().contains("template")) {
                promptId = changeTemplate(handle, agent, change.template(), now);
            }
            agents.update(
                    handle,
                    id,
                    change.sent().contains("name") ? change.name() : agent.name(),
                    change.sent().contains("description") ? change.description() : agent.description(),
                    promptId,
                    change.sent().contains("tags") ? json(change.tags()) : json(agent.tags()),
                    change.sent().contains("config")
                            ? AgentConfig.merged(agents.config(handle, id), change.config())
                            : agents.config(handle, id),
                    now);
            return agents.find(handle, id).orElseThrow();
        }));
    }

    /** A prompt that other agents use, or that is gone, is left alone: the agent gets one of its own. */
    private String changeTemplate(Handle handle, Agent agent, String template, LocalDateTime now) {
        boolean own = agent.prompt() != null && !agents.promptUsedByOthers(handle, agent.promptId(), agent.id());
        if (own) {
            if (!template.equals(agent.prompt().template())) {
                prompts.update(handle, agent.promptId(), null, template, null, null, null, now);
            }
            return agent.promptId();
        }
        String tags = agent.prompt() == null ? json(agent.tags()) : json(agent.prompt().tags());
        return createPrompt(handle, agent.id(), agent.name(), template, agent.description(), tags, now);
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

    private static String json(List<String> tags) {
        return tags == null || tags.isEmpty() ? null : Json.write(tags);
    }
}
