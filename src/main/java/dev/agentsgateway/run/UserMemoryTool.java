package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ModelStream;
import dev.agentsgateway.model.ResolvedModel;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolResult;
import dev.agentsgateway.tool.ToolSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Lets the model change what is remembered of the user: a second conversation with the same model decides, with tools
 * of its own, what to add, change or delete. Its tokens count as the run's.
 */
final class UserMemoryTool implements Tool {
    static final String NAME = "update_user_memory";
    private static final int MOST_MEMORIES = 200;
    static final int MEMORY_CHARS = 4_000;
    static final int TOPICS = 10;
    static final int TOPIC_CHARS = 200;
    private static final int MODEL_TURNS = 8;
    private static final int OUTPUT_CHARS = 100_000;

    static final ToolSpec SPEC = new ToolSpec(
            NAME,
            "Remembers something about the user beyond this conversation, or changes or forgets what is remembered."
                    + " Describe in words what should be remembered, changed or forgotten.",
            Json.read("""
                    {"type":"object","properties":{"task":{"type":"string",
                    "description":"What to remember, change or forget"}},"required":["task"]}
                    """),
            // A repeated task finds what the first one stored and is told to keep it.
            ToolSpec.SideEffect.IDEMPOTENT);

    private static final List<ModelRequest.ToolDefinition> INNER = List.of(
            inner("add_memory", "Adds a memory.", """
                    {"type":"object","properties":{"memory":{"type":"string"},
                    "topics":{"type":"array","items":{"type":"string"}}},"required":["memory"]}"""),
            inner("clear_memory", "Deletes all memories of the user.", """
                    {"type":"object","properties":{}}"""),
            inner("delete_memory", "Deletes one memory.", """
                    {"type":"object","properties":{"memory_id":{"type":"string"}},"required":["memory_id"]}"""),
            inner("update_memory", "Replaces one memory.", """
                    {"type":"object","properties":{"memory_id":{"type":"string"},"memory":{"type":"string"},
                    "topics":{"type":"array","items":{"type":"string"}}},"required":["memory_id","memory"]}"""));

    private final MemoryStore memories;
    private final String realm;
    private final ResolvedModel model;
    private final RunUsage usage;

    /** @param realm of the run's session: what is remembered stays in it */
    UserMemoryTool(MemoryStore memories, String realm, ResolvedModel model, RunUsage usage) {
        this.memories = memories;
        this.realm = realm;
        this.model = model;
        this.usage = usage;
    }

    private static ModelRequest.ToolDefinition inner(String name, String description, String parameters) {
        return new ModelRequest.ToolDefinition(name, description, Json.read(parameters));
    }

    @Override
    public ToolSpec spec() {
        return SPEC;
    }

    @Override
    public ToolResult execute(ToolInput input) {
        String task = input.text("task").replace("\0", "");
        String user = input.context().userId();
        List<Message> conversation = new ArrayList<>();
        conversation.add(Message.User.of(task));
        String system = system(user);
        for (int turns = 0; turns < MODEL_TURNS; turns++) {
            Message.Assistant answer = ask(system, conversation);
            conversation.add(answer);
            if (answer.toolCalls().isEmpty()) {
                return new ToolResult(answer.text());
            }
            for (Message.ToolCall call : answer.toolCalls()) {
                conversation.add(apply(call, user, task));
            }
        }
        throw new ToolException("The memory could not be updated: the model came to no end.");
    }

    private String system(String user) {
        StringBuilder text = new StringBuilder("""
                You keep what is remembered of one user. Do what the task says with the tools, in as few calls as \
                possible. Store short, self-contained statements in the third person, one fact each, with one to three \
                topics. Do not store what is already there; change what is outdated. Then say in one sentence what you did.

                Remembered so far:
                """);
        List<Memory> all = memories.list(user, realm, null, MOST_MEMORIES);
        if (all.isEmpty()) {
            text.append("(nothing)\n");
        }
        for (Memory memory : all) {
            text.append("- ")
                    .append(memory.id())
                    .append(": ")
                    .append(memory.memory())
                    .append('\n');
        }
        return text.toString();
    }

    private Message.Assistant ask(String system, List<Message> conversation) {
        ModelRequest request = new ModelRequest(model.upstreamId(), system, conversation, INNER, null, null, false);
        ModelTurn turn = new ModelTurn(OUTPUT_CHARS);
        try (ModelStream stream = model.chat().stream(request)) {
            turn.read(stream, ModelTurn.Listener.NONE);
        }
        usage.add(model.id(), model.provider().metricsName(), turn.usage(request));
        return turn.message(model.provider().id(), Set.of());
    }

    private Message.Tool apply(Message.ToolCall call, String user, String task) {
        try {
            return new Message.Tool(call.id(), call.name(), change(call, user, task), false);
        } catch (IllegalArgumentException e) {
            return new Message.Tool(call.id(), call.name(), "Not done: " + e.getMessage(), true);
        }
    }

    private String change(Message.ToolCall call, String user, String task) {
        JsonNode arguments = call.arguments().isBlank() ? Json.object() : Json.read(call.arguments());
        return switch (call.name()) {
            case "add_memory" -> {
                memories.add(user, realm, memory(arguments), topics(arguments), task);
                yield "Added.";
            }
            case "update_memory" ->
                memories.update(user, realm, id(arguments), memory(arguments), topics(arguments), task)
                        ? "Changed."
                        : "There is no such memory.";
            case "delete_memory" ->
                memories.delete(user, realm, id(arguments)) ? "Deleted." : "There is no such memory.";
            case "clear_memory" -> "Deleted " + memories.clear(user, realm) + " memories.";
            default -> throw new IllegalArgumentException("there is no tool named '" + call.name() + "'");
        };
    }

    private static String memory(JsonNode arguments) {
        String memory = arguments.path("memory").asText().replace("\0", "").strip();
        if (memory.isEmpty() || memory.length() > MEMORY_CHARS) {
            throw new IllegalArgumentException("'memory' must have 1 to " + MEMORY_CHARS + " characters");
        }
        return memory;
    }

    private static UUID id(JsonNode arguments) {
        return UUID.fromString(arguments.path("memory_id").asText());
    }

    private static List<String> topics(JsonNode arguments) {
        List<String> topics = new ArrayList<>();
        arguments.path("topics").forEach(topic -> {
            if (topic.isTextual() && topics.size() < TOPICS) {
                topics.add(cut(topic.textValue().replace("\0", "")));
            }
        });
        return topics;
    }

    private static String cut(String topic) {
        return topic.length() <= TOPIC_CHARS
                ? topic
                : topic.substring(0, topic.offsetByCodePoints(0, topic.codePointCount(0, TOPIC_CHARS)));
    }
}
