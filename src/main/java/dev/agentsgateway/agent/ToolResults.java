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
            return Json.read(result);
        } catch (IllegalArgumentException e) {
            return PythonLiteral.read(result).orElseGet(() -> new TextNode(result));
        }
    }
}
