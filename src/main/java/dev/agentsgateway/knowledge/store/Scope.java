package dev.agentsgateway.knowledge.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What a search may see: one tenant's chunks, whatever else is asked for.
 *
 * @param tenantId     never null or empty
 * @param collectionId null for all of the tenant's collections and what is in none
 * @param filters      by the path of a metadata member, its parts joined by dots: the scalar that it must equal, or an array
 *     of scalars of which it must equal one; of a member that is an array, one element must
 */
public record Scope(String tenantId, String collectionId, Map<String, JsonNode> filters) {
    private static final String PREFIX = "meta_data.";

    public Scope {
        Objects.requireNonNull(tenantId, "a search without a tenant");
        if (tenantId.isEmpty()) {
            throw new IllegalArgumentException("a search without a tenant");
        }
        filters = Map.copyOf(filters);
    }

    /**
     * With filters as clients write them: a member of an object stands for the path to it, and {@code meta_data.} before a
     * path may be left out.
     *
     * @throws IllegalArgumentException for a value that is neither a scalar nor an array of scalars, in words for clients
     */
    public static Scope of(String tenantId, String collectionId, ObjectNode filters) {
        Map<String, JsonNode> flat = new LinkedHashMap<>();
        if (filters != null) {
            flatten("", filters, flat);
        }
        return new Scope(tenantId, collectionId, flat);
    }

    private static void flatten(String path, ObjectNode filters, Map<String, JsonNode> flat) {
        filters.properties().forEach(member -> {
            String name = path + member.getKey();
            JsonNode value = member.getValue();
            if (value instanceof ObjectNode object) {
                flatten(name + ".", object, flat);
                return;
            }
            boolean fits =
                    value.isArray() ? !value.isEmpty() && value.valueStream().allMatch(Scope::scalar) : scalar(value);
            if (!fits) {
                throw new IllegalArgumentException(
                        "the filter '" + name + "' must be a text, a number, true or false, or an array of these");
            }
            flat.put(name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name, value);
        });
    }

    private static boolean scalar(JsonNode value) {
        return value.isTextual() || value.isNumber() || value.isBoolean();
    }
}
