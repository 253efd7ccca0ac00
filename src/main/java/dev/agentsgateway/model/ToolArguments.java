package dev.agentsgateway.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.util.UUID;

/** What the adapters share about tool calls. */
public final class ToolArguments {
    private ToolArguments() {}

    /**
     * A past call's arguments as the object that every vendor insists on in a history; empty when the model wrote
     * something else, which its error result then explains.
     */
    public static ObjectNode object(String arguments) {
        if (arguments == null || arguments.isBlank()) {
            return Json.object();
        }
        try {
            return Json.read(arguments) instanceof ObjectNode object ? object : Json.object();
        } catch (IllegalArgumentException e) {
            return Json.object();
        }
    }

    /** A tool's schema as an object schema, which the vendors insist on. */
    public static ObjectNode schema(JsonNode parameters) {
        ObjectNode schema = parameters instanceof ObjectNode object ? object.deepCopy() : Json.object();
        if (!schema.path("type").isTextual()) {
            schema.put("type", "object");
        }
        if (!schema.has("properties")) {
            schema.putObject("properties");
        }
        return schema;
    }

    /** An id for a call whose vendor gave none. */
    public static String newId() {
        return "call_" + UUID.randomUUID().toString().replace("-", "");
    }
}
