package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.model.Message;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Messages as they are stored in {@code ai.messages}; attachments are left out and named by their hash. */
final class MessageJson {
    private MessageJson() {}

    static String role(Message message) {
        return switch (message) {
            case Message.User _ -> "user";
            case Message.Assistant _ -> "assistant";
            case Message.Tool _ -> "tool";
        };
    }

    static ObjectNode write(Message message) {
        ObjectNode body = Json.object();
        switch (message) {
            case Message.User user -> {
                ArrayNode parts = body.putArray("parts");
                for (Message.Part part : user.parts()) {
                    switch (part) {
                        case Message.Part.Text text -> parts.addObject().put("text", text.text());
                        case Message.Part.Media media ->
                            parts.addObject().put("media", sha256(media.data())).put("mime_type", media.mimeType());
                    }
                }
            }
            case Message.Assistant assistant -> {
                body.put("text", assistant.text());
                if (!assistant.reasoning().isEmpty()) {
                    body.put("reasoning", assistant.reasoning());
                }
                if (!assistant.toolCalls().isEmpty()) {
                    ArrayNode calls = body.putArray("tool_calls");
                    for (Message.ToolCall call : assistant.toolCalls()) {
                        calls.addObject()
                                .put("id", call.id())
                                .put("name", call.name())
                                .put("arguments", call.arguments());
                    }
                }
                if (assistant.providerState() != null) {
                    body.putObject("provider_state")
                            .put("provider", assistant.providerState().provider())
                            .set("data", assistant.providerState().data());
                }
            }
            case Message.Tool tool -> {
                body.put("call_id", tool.callId())
                        .put("name", tool.name())
                        .put("content", tool.content())
                        .put("error", tool.error());
                if (tool.references() != null) {
                    body.set("references", tool.references());
                }
            }
        }
        return body;
    }

    /** @param attachments the session's attachments by hash; a missing one becomes a note in its place */
    static Message read(String role, JsonNode body, Map<String, byte[]> attachments) {
        return switch (role) {
            case "user" -> {
                List<Message.Part> parts = new ArrayList<>();
                for (JsonNode part : body.path("parts")) {
                    parts.add(part(part, attachments));
                }
                yield new Message.User(parts);
            }
            case "assistant" -> {
                List<Message.ToolCall> calls = new ArrayList<>();
                for (JsonNode call : body.path("tool_calls")) {
                    calls.add(new Message.ToolCall(
                            call.path("id").asText(),
                            call.path("name").asText(),
                            call.path("arguments").asText()));
                }
                JsonNode state = body.get("provider_state");
                yield new Message.Assistant(
                        body.path("text").asText(),
                        body.path("reasoning").asText(),
                        calls,
                        state == null
                                ? null
                                : new Message.ProviderState(
                                        state.path("provider").asText(), state.path("data")));
            }
            case "tool" ->
                new Message.Tool(
                        body.path("call_id").asText(),
                        body.path("name").asText(),
                        body.path("content").asText(),
                        body.path("error").asBoolean(),
                        body.get("references"));
            default -> throw new IllegalStateException("unknown role " + role);
        };
    }

    private static Message.Part part(JsonNode part, Map<String, byte[]> attachments) {
        if (part.has("text")) {
            return new Message.Part.Text(part.get("text").asText());
        }
        byte[] data = attachments.get(part.path("media").asText());
        return data == null
                ? new Message.Part.Text("[an attachment that is no longer stored]")
                : new Message.Part.Media(part.path("mime_type").asText(), data);
    }

    /** A stored message for people: its role, its members but for what only its vendor reads, its time. */
    static ObjectNode shown(String role, String body, OffsetDateTime createdAt) {
        ObjectNode shown = Json.object().put("role", role);
        ObjectNode members = (ObjectNode) Json.read(body);
        members.remove("provider_state");
        shown.setAll(members);
        return shown.put("created_at", Timestamps.format(createdAt));
    }

    /** What a stored message of an assistant says. */
    static String text(String body) {
        return Json.read(body).path("text").asText();
    }

    static String sha256(byte[] data) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
