package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolResult;
import dev.agentsgateway.tool.ToolSpec;

/** Lets the model keep named values for the rest of the session; prompts may name them as placeholders. */
final class SessionStateTool implements Tool {
    static final String NAME = "update_session_state";
    private static final String UPDATES = "session_state_updates";
    private static final int MAX_CHARS = 100_000;
    static final ToolSpec SPEC = new ToolSpec(
            NAME,
            "Stores named values for the rest of this session. Objects are merged member by member; any other value"
                    + " replaces the one with the same name.",
            Json.read("""
                    {"type":"object","properties":{"session_state_updates":{"type":"object",
                    "description":"The values to store, by name"}},"required":["session_state_updates"]}
                    """),
            ToolSpec.SideEffect.IDEMPOTENT);

    private final SessionState state;

    SessionStateTool(SessionState state) {
        this.state = state;
    }

    @Override
    public ToolSpec spec() {
        return SPEC;
    }

    @Override
    public ToolResult execute(ToolInput input) {
        if (!(input.arguments().get(UPDATES) instanceof ObjectNode)) {
            throw new ToolException("The argument 'session_state_updates' must be an object.");
        }
        if (!update(state, input.arguments())) {
            throw new ToolException("The session state would be longer than " + MAX_CHARS + " characters.");
        }
        return new ToolResult("Updated session state: " + state.copy());
    }

    /** Does what a call with these arguments asks for; false, and nothing is changed, when it cannot be done. */
    static boolean update(SessionState state, ObjectNode arguments) {
        return arguments.get(UPDATES) instanceof ObjectNode updates && state.update(updates, MAX_CHARS);
    }
}
