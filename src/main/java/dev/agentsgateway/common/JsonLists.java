package dev.agentsgateway.common;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** JSON arrays that are kept as text in columns, as the reference keeps them. */
public final class JsonLists {
    private JsonLists() {}

    /** The texts of a stored array; empty for null, for what is not an array of texts and for what is not JSON. */
    public static List<String> strings(String stored) {
        List<String> result = new ArrayList<>();
        for (JsonNode element : nodes(stored)) {
            if (!element.isTextual()) {
                return List.of();
            }
            result.add(element.textValue());
        }
        return List.copyOf(result);
    }

    /** The elements of a stored array; empty for null, for what is not an array and for what is not JSON. */
    public static List<JsonNode> nodes(String stored) {
        if (stored == null || stored.isBlank()) {
            return List.of();
        }
        try {
            JsonNode node = Json.read(stored);
            List<JsonNode> result = new ArrayList<>();
            if (node.isArray()) {
                node.forEach(result::add);
            }
            return List.copyOf(result);
        } catch (IllegalArgumentException e) {
            return List.of();
        }
    }
}
