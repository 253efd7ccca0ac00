package dev.agentsgateway.run;

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

/**
 * Lets the model change what is remembered of the user: a second conversation with the same model decides, with tools
 * of its own, what to add, change or delete. Its tokens count as the run's.
 */
final class UserMemoryTool implements Tool {
    static final String NAME = "update_user_memory";
    private static final int MOST_MEMORIES = 200;
    private static final int MODEL_TURNS = 8;
    private static final int OUTPUT_CHARS = 100_000;
    private static final String TASK = """
            You keep what is remembered of one user. Do what the task says with the tools, in as few calls as \
            possible. Store short, self-contained statements in the third person, one fact each, with one to three \
            topics. Do not store what is already there; change what is outdated. Then say in one sentence what you did.

            """;

    static final ToolSpec SPEC = new ToolSpec(
            NAME,
            "Remembers something about the user beyond this conversation, or changes or forgets what is remembered."
                    + " Describe in words what should be remembered, changed or forgotten.",
            Json.read("""
                    {"type":"object","properties":{"task":{"type":"string",
                    "description":"What to remember, change or forget"}},"required":["task"]}
                    """),
            // What a repeated task adds is there already, and the same words are remembered once.
            ToolSpec.SideEffect.IDEMPOTENT);

    private static final List<ModelRequest.ToolDefinition> INNER =
            List.of(MemoryCalls.ADD, MemoryCalls.CLEAR, MemoryCalls.DELETE, MemoryCalls.UPDATE);

    private final MemoryStore memories;
    private final String realm;
    private final ResolvedModel model;
    private final RunUsage usage;
    private final Guard guard;

    /** @param realm of the run's session: what is remembered stays in it */
    UserMemoryTool(MemoryStore memories, String realm, ResolvedModel model, RunUsage usage, Guard guard) {
        this.memories = memories;
        this.realm = realm;
        this.model = model;
        this.usage = usage;
        this.guard = guard;
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
        String system = TASK + MemoryCalls.listed(memories.list(user, realm, null, MOST_MEMORIES), guard);
        MemoryCalls calls = new MemoryCalls(memories, user, realm, task);
        for (int turns = 0; turns < MODEL_TURNS; turns++) {
            Message.Assistant answer = ask(system, conversation);
            conversation.add(answer);
            if (answer.toolCalls().isEmpty()) {
                return new ToolResult(answer.text());
            }
            for (Message.ToolCall call : answer.toolCalls()) {
                conversation.add(memories.change(handle -> calls.apply(handle, call)));
            }
        }
        throw new ToolException("The memory could not be updated: the model came to no end.");
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
}
