package dev.agentsgateway.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import dev.agentsgateway.common.Json;
import java.util.ArrayList;
import java.util.List;

/** The result of a call as the text that a model reads (MCP, server/tools, "Tool Result"). */
final class ToolContent {
    private static final int MOST_CHARS = 1 << 20;
    private static final int MOST_ERROR_CHARS = 10_000;

    private ToolContent() {}

    /** Text as it is; of what is no text, only what it is; structured content when there is nothing else. */
    static String of(JsonNode result) {
        List<String> parts = new ArrayList<>();
        for (JsonNode part : result.path("content")) {
            parts.add(part(part));
        }
        if (parts.isEmpty() && result.path("structuredContent").isObject()) {
            parts.add(Json.write(result.get("structuredContent")));
        }
        return cut(String.join("\n", parts), isError(result) ? MOST_ERROR_CHARS : MOST_CHARS);
    }

    static boolean isError(JsonNode result) {
        return result.path("isError").asBoolean(false);
    }

    /** What is wrong with a result that is to fit a schema; null when it fits. */
    static String misfit(ServerTool tool, JsonNode result) {
        if (tool.output() == null) {
            return null;
        }
        JsonNode structured = result.path("structuredContent");
        if (!structured.isObject()) {
            return "it has no structured content";
        }
        try {
            List<Error> errors = tool.output().validate(structured);
            return errors.isEmpty()
                    ? null
                    : errors.getFirst().getInstanceLocation() + " "
                            + errors.getFirst().getMessage();
        } catch (RuntimeException e) {
            return "its output schema cannot be used";
        }
    }

    private static String part(JsonNode part) {
        String type = part.path("type").asText("");
        return switch (type) {
            case "text" -> part.path("text").asText("");
            case "image", "audio" ->
                "[" + type + " of type " + part.path("mimeType").asText("unknown") + ", not shown]";
            case "resource_link" ->
                "[resource " + part.path("uri").asText("") + " "
                        + part.path("name").asText("") + "]";
            case "resource" ->
                part.at("/resource/text").isTextual()
                        ? part.at("/resource/text").textValue()
                        : "[resource " + part.at("/resource/uri").asText("") + ", not shown]";
            default -> "[content of an unknown type, not shown]";
        };
    }

    private static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
        return text.substring(0, end) + "\n[cut: the result has " + text.length() + " characters]";
    }
}
