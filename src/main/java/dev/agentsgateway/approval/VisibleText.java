package dev.agentsgateway.approval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;

/**
 * Text as people must see it before they decide. Characters without a shape of their own (controls, direction marks,
 * zero-width ones) could make a text pass for another one, so each is replaced by its escape, as JSON writes it: a
 * backslash, a u and four hexadecimal digits.
 */
public final class VisibleText {
    private VisibleText() {}

    /** In one line; at most {@code max} characters, the last of them an ellipsis when something is missing. */
    public static String line(String text, int max) {
        return cut(visible(text == null ? "" : text, false), max);
    }

    /** Pretty-printed JSON. */
    public static String json(JsonNode value) {
        try {
            return visible(Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value), true);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** At most {@code max} characters, and never half of a pair. */
    public static String cut(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(max - 2)) ? max - 2 : max - 1;
        return text.substring(0, end) + "…";
    }

    public static String html(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    private static String visible(String text, boolean lines) {
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (isShown(c) || lines && c == '\n') {
                shown.appendCodePoint(c);
            } else {
                for (char unit : Character.toChars(c)) {
                    shown.append("\\u%04X".formatted((int) unit));
                }
            }
        });
        return shown.toString();
    }

    private static boolean isShown(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
