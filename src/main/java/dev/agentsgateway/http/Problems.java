package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.agentsgateway.common.Json;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Gathers the problems of one request, of which it keeps the first hundred. For one thread. */
final class Problems {
    /** Where a value stands. */
    record Loc(Loc parent, Object part) {
        static Loc of(String part) {
            return new Loc(null, part);
        }

        Loc then(Object next) {
            return new Loc(this, next);
        }

        List<Object> parts() {
            Deque<Object> parts = new ArrayDeque<>();
            for (Loc at = this; at != null; at = at.parent) {
                parts.addFirst(at.part);
            }
            return List.copyOf(parts);
        }
    }

    private static final int MAX_PROBLEMS = 100;
    private static final int MAX_TEXT = 1000;

    private final List<Problem> found = new ArrayList<>();
    private final boolean brief;

    /** @param brief whether inputs are cut, so that a large wrong body is not echoed once for each of its problems */
    Problems(boolean brief) {
        this.brief = brief;
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    boolean isFull() {
        return found.size() >= MAX_PROBLEMS;
    }

    int size() {
        return found.size();
    }

    List<Problem> list() {
        return List.copyOf(found);
    }

    /** Adds a problem and returns null, the value of what could not be read. */
    Object add(String type, Loc loc, String msg, JsonNode input) {
        return add(type, loc, msg, input, null);
    }

    Object add(String type, Loc loc, String msg, JsonNode input, JsonNode ctx) {
        if (!isFull()) {
            found.add(new Problem(type, loc.parts(), msg, echo(input), ctx));
        }
        return null;
    }

    Object missing(Loc loc, JsonNode input) {
        return add("missing", loc, "Field required", input);
    }

    private JsonNode echo(JsonNode input) {
        if (input == null) {
            return NullNode.instance;
        }
        if (brief && input.isTextual() && input.textValue().length() > MAX_TEXT) {
            return TextNode.valueOf(input.textValue().substring(0, MAX_TEXT) + "…");
        }
        if (brief && input.isContainerNode()) {
            return input.isObject() ? Json.object() : Json.MAPPER.createArrayNode();
        }
        return input;
    }
}
