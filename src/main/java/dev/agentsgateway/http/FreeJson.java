package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.http.Problems.Loc;
import java.util.Map;

/** Reads JSON that has no declared shape, as far as PostgreSQL can keep it. */
final class FreeJson {
    private FreeJson() {}

    static Object any(JsonNode value, Loc loc, Problems problems) {
        return storable(value, loc, problems) ? value : null;
    }

    static Object object(JsonNode value, Loc loc, Problems problems) {
        if (!value.isObject()) {
            return problems.add("dict_type", loc, "Input should be a valid dictionary", value);
        }
        return any(value, loc, problems);
    }

    private static boolean storable(JsonNode value, Loc loc, Problems problems) {
        switch (value.getNodeType()) {
            case STRING -> {
                return Scalars.storable(value.textValue(), value, loc, problems);
            }
            case NUMBER -> {
                if (value.isFloatingPointNumber() && !Double.isFinite(value.doubleValue())) {
                    problems.add("finite_number", loc, "Input should be a finite number", null);
                    return false;
                }
                return true;
            }
            case ARRAY -> {
                for (int i = 0; i < value.size(); i++) {
                    if (!storable(value.get(i), loc.then(i), problems)) {
                        return false;
                    }
                }
                return true;
            }
            case OBJECT -> {
                for (Map.Entry<String, JsonNode> entry : value.properties()) {
                    if (!Scalars.storable(entry.getKey(), null, loc, problems)
                            || !storable(entry.getValue(), loc.then(entry.getKey()), problems)) {
                        return false;
                    }
                }
                return true;
            }
            default -> {
                return true;
            }
        }
    }
}
