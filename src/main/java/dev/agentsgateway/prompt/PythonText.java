package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.TreeMap;

/** JSON as Python's {@code json.dumps(…, sort_keys=True)} writes it: blanks after separators, ASCII only. */
final class PythonText {
    private PythonText() {}

    /** @param value null, a text, a list of such values or JSON */
    static void append(Object value, StringBuilder out) {
        switch (value) {
            case null -> out.append("null");
            case String text -> quote(text, out);
            case List<?> list -> list(list, out);
            case JsonNode node -> node(node, out);
            default -> throw new IllegalArgumentException(value.getClass().getName());
        }
    }

    private static void list(Iterable<?> elements, StringBuilder out) {
        out.append('[');
        String separator = "";
        for (Object element : elements) {
            out.append(separator);
            append(element, out);
            separator = ", ";
        }
        out.append(']');
    }

    private static void node(JsonNode node, StringBuilder out) {
        if (node.isObject()) {
            TreeMap<String, JsonNode> sorted = new TreeMap<>();
            node.properties().forEach(member -> sorted.put(member.getKey(), member.getValue()));
            out.append('{');
            String separator = "";
            for (var member : sorted.entrySet()) {
                out.append(separator);
                quote(member.getKey(), out);
                out.append(": ");
                node(member.getValue(), out);
                separator = ", ";
            }
            out.append('}');
        } else if (node.isArray()) {
            list(node, out);
        } else if (node.isTextual()) {
            quote(node.textValue(), out);
        } else {
            out.append(node);
        }
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20 || c > 0x7e) {
                        out.append("\\u").append(String.format("%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
