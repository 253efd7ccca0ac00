package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.agentsgateway.common.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Makes a tool's arguments of query parameters. The tool's schema says what a text means, and what may be a text
 * stays one, so that no phone number loses its zeros; what fits none of its types stays text, for the check that follows to refuse.
 */
final class QueryArguments {
    private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,300}");
    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,300}(\\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?");

    /** Always a list, also where a schema says nothing of it. */
    private static final String ATTENDEES = "attendees";

    private final JsonNode properties;

    /** @param schema the JSON Schema of the tool's arguments */
    QueryArguments(JsonNode schema) {
        properties = schema == null ? Json.object() : schema.path("properties");
    }

    ObjectNode of(Map<String, List<String>> parameters) {
        ObjectNode arguments = Json.object();
        parameters.forEach((name, values) -> arguments.set(name, value(name, values)));
        return arguments;
    }

    private JsonNode value(String name, List<String> values) {
        JsonNode schema = properties.path(name);
        Set<String> types = types(schema);
        if (values.size() > 1 || types.contains("array") || (types.isEmpty() && name.equals(ATTENDEES))) {
            ArrayNode list = Json.MAPPER.createArrayNode();
            Set<String> elements = types(schema.path("items"));
            values.forEach(text -> list.add(scalar(text, elements)));
            return list;
        }
        return scalar(values.getFirst(), types);
    }

    private static JsonNode scalar(String text, Set<String> types) {
        if (types.contains("string")) {
            return TextNode.valueOf(text);
        }
        if (types.contains("integer") && INTEGER.matcher(text).matches()) {
            return integer(new BigInteger(text));
        }
        if (types.contains("number") && DECIMAL.matcher(text).matches()) {
            return INTEGER.matcher(text).matches()
                    ? integer(new BigInteger(text))
                    : DecimalNode.valueOf(new BigDecimal(text));
        }
        boolean maybe = types.isEmpty() || types.contains("boolean");
        if (maybe && (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false"))) {
            return BooleanNode.valueOf(text.equalsIgnoreCase("true"));
        }
        return types.contains("object") ? object(text) : TextNode.valueOf(text);
    }

    private static JsonNode integer(BigInteger value) {
        if (value.bitLength() < Integer.SIZE) {
            return IntNode.valueOf(value.intValue());
        }
        return value.bitLength() < Long.SIZE ? LongNode.valueOf(value.longValue()) : BigIntegerNode.valueOf(value);
    }

    private static JsonNode object(String text) {
        try {
            return Json.read(text) instanceof ObjectNode object ? object : TextNode.valueOf(text);
        } catch (IllegalArgumentException e) {
            return TextNode.valueOf(text);
        }
    }

    /** What a value may be; empty where the schema does not say. */
    private static Set<String> types(JsonNode schema) {
        Set<String> types = new HashSet<>();
        if (schema.path("type").isTextual()) {
            types.add(schema.get("type").textValue());
        }
        schema.path("type").forEach(type -> types.add(type.asText()));
        for (String choice : List.of("anyOf", "oneOf")) {
            schema.path(choice).forEach(either -> types.addAll(types(either)));
        }
        schema.path("enum").forEach(value -> {
            if (value.isTextual()) {
                types.add("string");
            }
        });
        return types;
    }
}
