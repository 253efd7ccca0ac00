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
        if (!(input.arguments().get("session_state_updates") instanceof ObjectNode updates)) {
            throw new ToolException("The argument 'session_state_updates' must be an object.");
        }
        if (!state.update(updates, MAX_CHARS)) {
            throw new ToolException("The session state would be longer than " + MAX_CHARS + " characters.");
        }
        return new ToolResult("Updated session state: " + state.copy());
    }
}
