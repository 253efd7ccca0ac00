package dev.agentsgateway.app;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Finds in an OpenAPI document where the requests of holders of API keys name something. */
final class IdSlots {
    /** Members and query parameters that sound like this name something; all path parameters do. */
    private static final Pattern NAMES_SOMETHING =
            Pattern.compile("(.*_)?(ids?|user|users|tenant|tenants|session|run|runs|memory|job|token)");

    /**
     * One place for an id.
     *
     * @param operation method and path
     * @param in        path, query or body
     * @param at        the parameter's name, or the member's JSON pointer
     */
    record Slot(String operation, String in, String at) {
        String name() {
            String[] parts = at.split("/");
            String last = parts[parts.length - 1];
            return last.equals("0") ? parts[parts.length - 2] : last;
        }

        @Override
        public String toString() {
            return operation + " " + in + " " + at;
        }
    }

    private final JsonNode document;
    private final List<String> operations = new ArrayList<>();
    private final List<Slot> slots = new ArrayList<>();

    IdSlots(JsonNode document) {
        this.document = document;
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(method -> {
                    if (method.getValue().at("/security/0").has("APIKeyHeader")) {
                        String operation = method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey();
                        operations.add(operation);
                        collect(operation, method.getValue());
                    }
                }));
    }

    List<String> operations() {
        return operations;
    }

    List<Slot> slots() {
        return slots;
    }

    private void collect(String operation, JsonNode declared) {
        for (JsonNode parameter : declared.path("parameters")) {
            String in = parameter.get("in").asText();
            String name = parameter.get("name").asText();
            if (in.equals("path")
                    || (in.equals("query") && NAMES_SOMETHING.matcher(name).matches())) {
                slots.add(new Slot(operation, in, name));
            }
        }
        for (JsonNode content : declared.at("/requestBody/content")) {
            members(operation, content.get("schema"), "", "", new HashSet<>());
        }
    }

    private void members(String operation, JsonNode schema, String name, String pointer, Set<String> within) {
        String reference = schema.path("$ref").asText();
        if (!reference.isEmpty()) {
            if (within.add(reference)) {
                members(operation, document.at(reference.substring(1)), name, pointer, within);
                within.remove(reference);
            }
            return;
        }
        for (JsonNode either : schema.path("anyOf")) {
            members(operation, either, name, pointer, within);
        }
        if (schema.has("items")) {
            members(operation, schema.get("items"), name, pointer + "/0", within);
        }
        schema.path("properties")
                .properties()
                .forEach(member -> members(
                        operation, member.getValue(), member.getKey(), pointer + "/" + member.getKey(), within));
        if (schema.path("type").asText().equals("string")
                && NAMES_SOMETHING.matcher(name).matches()) {
            slots.add(new Slot(operation, "body", pointer));
        }
    }
}
