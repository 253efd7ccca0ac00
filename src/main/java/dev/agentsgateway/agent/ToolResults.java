package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.agentsgateway.common.Json;

/** Tool results as clients see them: text that is JSON or a Python literal becomes that value. */
final class ToolResults {
    private ToolResults() {}

    static JsonNode parse(String result) {
        if (result == null) {
            return NullNode.instance;
        }
        if (result.isBlank()) {
            return new TextNode(result);
        }
        try {
            JsonNode value = Json.read(result);
            return isFinite(value) ? value : new TextNode(result);
        } catch (IllegalArgumentException e) {
            return PythonLiteral.read(result).orElseGet(() -> new TextNode(result));
        }
    }

    /** Numbers beyond a double's range are read as infinite, which has no JSON. */
    private static boolean isFinite(JsonNode value) {
        if (value.isFloatingPointNumber()) {
            return Double.isFinite(value.doubleValue());
        }
        for (JsonNode element : value) {
            if (!isFinite(element)) {
                return false;
            }
        }
        return true;
    }
}
