package dev.agentsgateway.model.anthropic;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.AnswerLayout;
import dev.agentsgateway.model.AnswerLayout.Piece;
import dev.agentsgateway.model.Catalogue;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.Message.Part;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.ModelException.Kind;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ToolArguments;
import java.util.Base64;
import java.util.TreeSet;

/**
 * Writes a {@link ModelRequest} as a Messages body. The protocol wants roles that alternate and begin with the user, and
 * no empty content: neighbours of one role share a message, and where nothing was said a placeholder says so.
 */
final class AnthropicRequest {
    private static final String NOTHING = "(no text)";

    /** The guide's least budget, and as much as is left to an answer of the default length. */
    private static final int LEAST_BUDGET = 1024;

    private static final int MOST_BUDGET = 8192;

    private final ArrayNode messages;

    private AnthropicRequest(ArrayNode messages) {
        this.messages = messages;
    }

    static ObjectNode of(ModelRequest request, int maxTokens) {
        boolean thinks = request.reasoning() != null && mayThink(request);
        ObjectNode body = Json.object().put("model", request.model());
        if (thinks && request.reasoning() == Catalogue.Reasoning.BUDGET) {
            int budget = Math.max(LEAST_BUDGET, Math.min(MOST_BUDGET, maxTokens / 2));
            body.put("max_tokens", maxTokens > budget ? maxTokens : maxTokens + budget);
            body.putObject("thinking").put("type", "enabled").put("budget_tokens", budget);
        } else {
            body.put("max_tokens", maxTokens);
            if (thinks) {
                body.putObject("thinking").put("type", "adaptive");
            }
        }
        if (request.system() != null && !request.system().isBlank()) {
            body.put("system", request.system());
        }
        var writer = new AnthropicRequest(body.putArray("messages"));
        request.messages().forEach(writer::message);
        tools(body, request);
        if (request.temperature() != null && !thinks) {
            body.put("temperature", request.temperature());
        }
        if (request.stream()) {
            body.put("stream", true);
        }
        return body;
    }

    /**
     * Within one tool loop thinking cannot be switched on: a turn whose results are sent back must begin with its signed
     * thought (guide "Extended thinking", "Toggling thinking modes"). Another model, a fallback, may have made it.
     */
    private static boolean mayThink(ModelRequest request) {
        for (Message message : request.messages().reversed()) {
            if (message instanceof Message.User) {
                return true;
            }
            if (message instanceof Message.Assistant turn) {
                return AnswerLayout.of(turn, AnthropicChatModel.PROVIDER).stream()
                                .anyMatch(Piece.Block.class::isInstance)
                        || turn.toolCalls().isEmpty()
                        || request.reasoning() == Catalogue.Reasoning.ADAPTIVE;
            }
        }
        return true;
    }

    private void message(Message message) {
        switch (message) {
            case Message.User user -> user(user);
            case Message.Assistant assistant ->
                AnswerLayout.of(assistant, AnthropicChatModel.PROVIDER).forEach(this::piece);
            case Message.Tool tool -> result(tool);
        }
    }

    private void user(Message.User user) {
        int blocks = 0;
        for (Part part : user.parts()) {
            if (part instanceof Part.Media media) {
                media(media);
                blocks++;
            } else if (part instanceof Part.Text text && !text.text().isBlank()) {
                text("user", text.text());
                blocks++;
            }
        }
        if (blocks == 0) {
            text("user", NOTHING);
        }
    }

    private void piece(Piece piece) {
        switch (piece) {
            case Piece.Text text -> {
                if (!text.text().isBlank()) {
                    text("assistant", text.text());
                }
            }
            case Piece.Call call ->
                content("assistant")
                        .addObject()
                        .put("type", "tool_use")
                        .put("id", id(call.call().id()))
                        .put("name", call.call().name())
                        .set("input", ToolArguments.object(call.call().arguments()));
            case Piece.Block block -> content("assistant").add(block.block());
        }
    }

    private void result(Message.Tool tool) {
        String content = tool.content() == null ? "" : tool.content();
        ObjectNode block =
                content("user").addObject().put("type", "tool_result").put("tool_use_id", id(tool.callId()));
        if (!content.isBlank()) {
            block.put("content", content);
        } else if (tool.error()) {
            block.put("content", "The tool failed.");
        }
        if (tool.error()) {
            block.put("is_error", true);
        }
    }

    private void text(String role, String text) {
        content(role).addObject().put("type", "text").put("text", text);
    }

    private void media(Part.Media media) {
        boolean image = media.mimeType().startsWith("image/");
        if (!image && !media.mimeType().equals("application/pdf")) {
            throw new ModelException(Kind.INVALID_REQUEST, "unsupported attachment type " + media.mimeType());
        }
        content("user")
                .addObject()
                .put("type", image ? "image" : "document")
                .putObject("source")
                .put("type", "base64")
                .put("media_type", media.mimeType())
                .put("data", Base64.getEncoder().encodeToString(media.data()));
    }

    /** Where the next block of this role goes. */
    private ArrayNode content(String role) {
        if (messages.isEmpty() && role.equals("assistant")) {
            text("user", NOTHING); // a history window may begin with an answer
        }
        ObjectNode last = (ObjectNode) messages.get(messages.size() - 1);
        if (last != null && last.get("role").textValue().equals(role)) {
            return (ArrayNode) last.get("content");
        }
        return messages.addObject().put("role", role).putArray("content");
    }

    /** Ids of other vendors' calls may have characters that are refused here. */
    private static String id(String id) {
        StringBuilder clean = new StringBuilder(id.length());
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean allowed = c == '_' || c == '-' || c < 128 && Character.isLetterOrDigit(c);
            clean.append(allowed ? c : '_');
        }
        return clean.isEmpty() ? "_" : clean.toString();
    }

    private static void tools(ObjectNode body, ModelRequest request) {
        ArrayNode tools = Json.MAPPER.createArrayNode();
        for (ModelRequest.ToolDefinition tool : request.tools()) {
            ObjectNode node = tools.addObject().put("name", tool.name());
            if (tool.description() != null) {
                node.put("description", tool.description());
            }
            node.set("input_schema", ToolArguments.schema(tool.parameters()));
        }
        if (tools.isEmpty()) {
            pastTools(request, tools);
            if (!tools.isEmpty()) {
                body.putObject("tool_choice").put("type", "none");
            }
        }
        if (!tools.isEmpty()) {
            body.set("tools", tools);
        }
    }

    /** A history with calls is refused without tools; an agent may have lost its tools since. */
    private static void pastTools(ModelRequest request, ArrayNode tools) {
        var names = new TreeSet<String>();
        for (Message message : request.messages()) {
            if (message instanceof Message.Assistant assistant) {
                assistant.toolCalls().forEach(call -> names.add(call.name()));
            }
        }
        for (String name : names) {
            tools.addObject().put("name", name).set("input_schema", ToolArguments.schema(null));
        }
    }
}
