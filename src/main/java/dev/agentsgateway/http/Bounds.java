package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.Problems.Loc;
import java.util.List;
import java.util.Map;

/** Checks lengths and ranges; adds a problem and answers false when a value is outside. */
final class Bounds {
    private Bounds() {}

    static boolean length(Object value, Length bounds, JsonNode input, Loc loc, Problems problems) {
        if (value instanceof String text) {
            int length = text.codePointCount(0, text.length());
            if (length < bounds.min()) {
                String msg = "String should have at least " + count(bounds.min(), "character");
                problems.add("string_too_short", loc, msg, input, Json.object().put("min_length", bounds.min()));
            } else if (length > bounds.max()) {
                String msg = "String should have at most " + count(bounds.max(), "character");
                problems.add("string_too_long", loc, msg, input, Json.object().put("max_length", bounds.max()));
            } else {
                return true;
            }
            return false;
        }
        boolean list = value instanceof List<?>;
        int size = list ? ((List<?>) value).size() : ((Map<?, ?>) value).size();
        String kind = list ? "List" : "Dictionary";
        if (size >= bounds.min() && size <= bounds.max()) {
            return true;
        }
        boolean few = size < bounds.min();
        int bound = few ? bounds.min() : bounds.max();
        ObjectNode ctx = Json.object().put("field_type", kind);
        ctx.put(few ? "min_length" : "max_length", bound).put("actual_length", size);
        String msg = kind + " should have at " + (few ? "least " : "most ") + count(bound, "item")
                + " after validation, not " + size;
        problems.add(few ? "too_short" : "too_long", loc, msg, input, ctx);
        return false;
    }

    static boolean range(Number value, Range bounds, JsonNode input, Loc loc, Problems problems) {
        boolean real = value instanceof Double;
        boolean low = real ? value.doubleValue() < bounds.min() : value.longValue() < bounds.min();
        boolean high = real ? value.doubleValue() > bounds.max() : value.longValue() > bounds.max();
        if (!low && !high) {
            return true;
        }
        long bound = low ? bounds.min() : bounds.max();
        String name = low ? "ge" : "le";
        ObjectNode ctx =
                real ? Json.object().put(name, (double) bound) : Json.object().put(name, bound);
        problems.add(
                low ? "greater_than_equal" : "less_than_equal",
                loc,
                "Input should be " + (low ? "greater" : "less") + " than or equal to " + bound,
                input,
                ctx);
        return false;
    }

    private static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
