package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.JsonLists;
import dev.agentsgateway.common.Slug;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.http.Binder;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.prompt.Edit;
import dev.agentsgateway.prompt.Prompt;
import dev.agentsgateway.prompt.PromptContent;
import dev.agentsgateway.prompt.PromptService;
import dev.agentsgateway.prompt.Prompts;
import dev.agentsgateway.skill.Skills;
import java.time.Clock;
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
    private final Prompts prompts;
    private final Skills skills;
    private final Clock clock;

    /** @param binder knows what a model's id is */
    public Agents(Database database, PromptService prompts, Skills skills, Binder binder, Clock clock) {
        this.database = database;
        this.configs = new AgentConfigs(binder);
        this.agents = new AgentStore(configs, prompts.store().visible());
        this.prompts = prompts.prompts();
        this.skills = skills;
        this.clock = clock;
    }

    /**
     * What a new agent consists of.
     *
     * @param keyId who makes it, null when nobody is known
     */
    record Draft(
            String id,
            String name,
            String description,
            String template,
            List<String> tags,
            AgentConfig config,
            Integer keyId) {}

    /**
     * What changes: the members named in {@code sent}; of the rest everything stays.
     *
     * @param config members of the configuration as posted, laid over the stored ones
     * @param keyId  who changes it, null when nobody is known
     */
    record Change(
            Set<String> sent,
            String name,
            String description,
            String template,
            List<String> tags,
            ObjectNode config,
            Integer keyId) {}

    List<Agent> list() {
        return database.with(agents::list);
    }

    List<Agent> list(List<String> ids) {
        return ids.isEmpty() ? List.of() : database.with(handle -> agents.list(handle, ids));
    }

    Optional<Agent> find(String id) {
        return database.with(handle -> agents.find(handle, id));
    }

    /**
     * Where a back end holds the prompts, one that is not known yet is asked for.
     *
     * @return as {@link #find}
     */
    Optional<Agent> findToRun(String id) {
        return find(id).map(agent -> {
            if (agent.current() == null && prompts.isElsewhere(agent.promptId())) {
                return find(id).orElse(agent);
            }
            return agent;
        });
    }

    /**
     * Stores a new agent and its prompt.
     *
     * @return false when an active agent has the id; nothing is stored then
     * @throws HttpException 422 when the configuration names a version or label that the prompt does not have, or a
     *     skill that is none
     */
    boolean create(Draft draft) {
        checkSkills(draft.config() == null ? null : draft.config().skills());
        AgentStore.Pin pin =
                draft.config() == null ? new AgentStore.Pin(null, null) : AgentStore.Pin.of(draft.config());
        checkOne(pin);
        Optional<String> promptId = database.transact(handle -> {
            agents.lockId(handle, draft.id());
            if (agents.find(handle, draft.id()).isPresent()) {
                return Optional.empty();
            }
            Edit edit = edit(draft.keyId());
            PromptContent content =
                    new PromptContent(draft.name(), draft.template(), draft.description(), draft.tags(), null);
            String prompt = createPrompt(handle, draft.id(), content, edit);
            String config =
                    draft.config() == null ? null : Json.write(draft.config().checked());
            boolean created = agents.create(
                    handle,
                    new AgentStore.Row(
                            draft.id(), draft.name(), draft.description(), prompt, json(draft.tags()), config, pin),
                    edit.at());
            checkPin(handle, draft.id(), pin);
            return created ? Optional.of(prompt) : Optional.empty();
        });
        promptId.ifPresent(prompts::forget);
        return promptId.isPresent();
    }

    private static void checkOne(AgentStore.Pin pin) {
        if (pin.version() != null && pin.label() != null) {
            throw HttpException.invalidValue(
                    List.of("body", "config", "prompt_label"),
                    "an agent either pins a prompt_version or follows a prompt_label; send null for the other",
                    pin.label());
        }
    }

    /** After the agent is stored, so that what is checked is what its chats will find. */
    private void checkPin(Handle handle, String agentId, AgentStore.Pin pin) {
        if (pin.isSet() && agents.find(handle, agentId).map(Agent::prompt).isEmpty()) {
            throw noSuch(pin);
        }
    }

    /** Before a back end is told of a new text, which could not be taken back. */
    private void checkPinned(Handle handle, Agent agent, AgentStore.Pin pin) {
        boolean next = agent.current() != null
                && pin.version() != null
                && pin.version() == agent.current().version() + 1;
        if (pin.isSet() && !next && !agents.isThere(handle, agent.promptId(), pin)) {
            throw noSuch(pin);
        }
    }

    private static HttpException noSuch(AgentStore.Pin pin) {
        return pin.version() != null
                ? HttpException.invalidValue(
                        List.of("body", "config", "prompt_version"),
                        "the agent's prompt has no such version",
                        pin.version().toString())
                : HttpException.invalidValue(
                        List.of("body", "config", "prompt_label"), "the agent's prompt has no such label", pin.label());
    }

    /** Under the name's slug as the reference has it, unless that belongs to another prompt or agent. */
    private String createPrompt(Handle handle, String agentId, PromptContent content, Edit edit) {
        String slug = Slug.of(content.name());
        String ownSlug = Slug.of(agentId);
        String base = slug.isEmpty() ? ownSlug : slug;
        List<String> candidates =
                List.of(agents.promptOfDeleted(handle, agentId).orElse(base), base, base + "_" + ownSlug);
        for (String candidate : candidates) {
            if (!candidate.isEmpty()
                    && !agents.promptUsedByOthers(handle, candidate, agentId)
                    && prompts.create(handle, candidate, content, edit).isPresent()) {
                return candidate;
            }
        }
        String unique = base + "_" + UUID.randomUUID();
        return prompts.create(handle, unique, content, edit).orElseThrow().id();
    }

    private void checkSkills(List<String> ids) {
        if (ids == null || ids.isEmpty()) {
            return;
        }
        for (String missing : skills.missing(ids)) {
            throw HttpException.invalidValue(
                    List.of("body", "config", "skills", ids.indexOf(missing)),
                    "there is no active skill '" + missing + "'",
                    missing);
        }
    }

    /**
     * Changes an agent and its prompt.
     *
     * @return the changed agent, empty when there is none
     * @throws HttpException as {@link #create}
     */
    Optional<Agent> update(String id, Change change) {
        checkSkills(JsonLists.strings(change.config().path("skills").toString()));
        if (change.sent().stream().anyMatch(Set.of("name", "template", "tags")::contains)) {
            find(id).ifPresent(agent -> prompts.catchUp(agent.promptId()));
        }
        Optional<Agent> updated =
                database.transact(handle -> agents.findLocked(handle, id).map(agent -> update(handle, agent, change)));
        updated.ifPresent(agent -> prompts.forget(agent.promptId()));
        return updated;
    }

    private Agent update(Handle handle, Agent agent, Change change) {
        Edit edit = edit(change.keyId());
        Set<String> sent = change.sent();
        String config = agents.config(handle, agent.id());
        if (sent.contains("config")) {
            config = configs.merged(config, change.config());
        }
        AgentStore.Pin pin = AgentStore.Pin.of(configs.read(config));
        boolean repinned = sent.contains("config")
                && (change.config().has("prompt_version") || change.config().has("prompt_label"));
        if (repinned) {
            checkOne(pin);
            checkPinned(handle, agent, pin);
        }
        AgentStore.Row row = new AgentStore.Row(
                agent.id(),
                sent.contains("name") ? change.name() : agent.name(),
                sent.contains("description") ? change.description() : agent.description(),
                changePrompt(handle, agent, change, edit),
                json(sent.contains("tags") ? change.tags() : agent.tags()),
                config,
                pin);
        agents.update(handle, row, edit.at());
        if (repinned) {
            checkPin(handle, agent.id(), pin);
        }
        return agents.find(handle, agent.id()).orElseThrow();
    }

    /**
     * An agent's own prompt changes with it: its template, and its name and tags, which are shown in events, where they
     * were the agent's. A prompt that other agents use, or that is gone, is left alone: for a new template the agent
     * gets a prompt of its own.
     *
     * @return the id of the prompt that the agent has from now on
     */
    private String changePrompt(Handle handle, Agent agent, Change change, Edit edit) {
        Prompt prompt = agent.current();
        Set<String> sent = change.sent();
        if (prompt != null && !agents.promptUsedByOthers(handle, agent.promptId(), agent.id())) {
            prompts.change(
                    handle,
                    agent.promptId(),
                    new PromptContent(
                            sent.contains("name") && prompt.name().equals(agent.name()) ? change.name() : null,
                            sent.contains("template") ? change.template() : null,
                            null,
                            sent.contains("tags") && prompt.tags().equals(agent.tags()) ? orEmpty(change.tags()) : null,
                            null),
                    edit);
            return agent.promptId();
        }
        if (!sent.contains("template")) {
            return agent.promptId();
        }
        List<String> tags = prompt == null ? agent.tags() : prompt.tags();
        return createPrompt(
                handle,
                agent.id(),
                new PromptContent(agent.name(), change.template(), agent.description(), tags, null),
                edit);
    }

    /** Deletes an agent and, when no other agent uses it, its prompt; false when there is no such agent. */
    boolean delete(String id, Integer keyId) {
        Optional<String> promptId =
                database.transact(handle -> agents.findLocked(handle, id).map(agent -> {
                    Edit edit = edit(keyId);
                    agents.delete(handle, id, edit.at());
                    if (!agents.promptUsedByOthers(handle, agent.promptId(), id)) {
                        prompts.delete(handle, agent.promptId(), edit);
                    }
                    return agent.promptId();
                }));
        promptId.ifPresent(prompts::forget);
        return promptId.isPresent();
    }

    private Edit edit(Integer keyId) {
        return new Edit(keyId, Timestamps.now(clock));
    }

    private static List<String> orEmpty(List<String> tags) {
        return tags == null ? List.of() : tags;
    }

    private static String json(List<String> tags) {
        return tags == null || tags.isEmpty() ? null : Json.write(tags);
    }
}
