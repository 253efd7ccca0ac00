package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolResult;
import dev.agentsgateway.tool.ToolSpec;
import java.util.List;

/** Gives the model the earlier messages of the session, beyond those that it sees anyway. */
final class ChatHistoryTool implements Tool {
    static final String NAME = "get_chat_history";
    private static final int MOST = 100;
    static final ToolSpec SPEC = new ToolSpec(
            NAME,
            "Returns the earlier messages of this conversation as a JSON array, oldest first.",
            Json.read("""
                    {"type":"object","properties":{"num_chats":{"type":"integer","minimum":1,"maximum":100,
                    "description":"How many of the latest exchanges to return; all (at most 100) when left out"}}}
                    """),
            ToolSpec.SideEffect.NONE);

    private final RunServices services;
    private final RunStore.Claim claim;

    ChatHistoryTool(RunServices services, RunStore.Claim claim) {
        this.services = services;
        this.claim = claim;
    }

    @Override
    public ToolSpec spec() {
        return SPEC;
    }

    @Override
    public ToolResult execute(ToolInput input) {
        int wanted = Math.clamp(input.arguments().path("num_chats").asInt(MOST), 1, MOST);
        List<Message> messages = services.database()
                .with(handle -> services.transcripts().history(handle, claim.session(), claim.turn(), wanted));
        ArrayNode shown = JsonNodeFactory.instance.arrayNode();
        for (Message message : messages) {
            switch (message) {
                case Message.User user -> {
                    StringBuilder text = new StringBuilder();
                    for (Message.Part part : user.parts()) {
                        text.append(
                                switch (part) {
                                    case Message.Part.Text said -> said.text();
                                    case Message.Part.Media media -> " [attachment: " + media.mimeType() + "]";
                                });
                    }
                    shown.addObject().put("role", "user").put("content", text.toString());
                }
                case Message.Assistant assistant -> {
                    if (!assistant.text().isEmpty()) {
                        shown.addObject().put("role", "assistant").put("content", assistant.text());
                    }
                }
                case Message.Tool tool ->
                    shown.addObject()
                            .put("role", "tool")
                            .put("tool_name", tool.name())
                            .put("content", tool.content());
            }
        }
        return new ToolResult(shown.toString());
    }
}
