package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;

/**
 * Fills {@code {name}}, {@code ${name}} and {@code $name} in prompts and messages with values, in one pass, so that
 * inserted text is never scanned again. Unknown names stay as they are; {@code $$} becomes {@code $}.
 */
final class Placeholders {
    private Placeholders() {}

    static String fill(String text, ObjectNode values) {
        if (text.indexOf('{') < 0 && text.indexOf('$') < 0) {
            return text;
        }
        int longest = 0;
        for (Iterator<String> names = values.fieldNames(); names.hasNext(); ) {
            longest = Math.max(longest, names.next().length());
        }
        StringBuilder out = new StringBuilder(text.length() + 64);
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            int next = -1;
            if (c == '$' && text.startsWith("$$", at)) {
                out.append('$');
                next = at + 2;
            } else if (c == '$' && text.startsWith("${", at)) {
                next = braced(text, at + 1, values, longest, out);
            } else if (c == '$') {
                next = bare(text, at + 1, values, out);
            } else if (c == '{') {
                next = braced(text, at, values, longest, out);
            }
            if (next < 0) {
                out.append(c);
                next = at + 1;
            }
            at = next;
        }
        return out.toString();
    }

    /** Looks no further than the longest name: a text of many opening braces must not cost its square. */
    private static int braced(String text, int open, ObjectNode values, int longest, StringBuilder out) {
        int close = text.indexOf('}', open, Math.min(text.length(), open + longest + 2));
        if (close < 0) {
            return -1;
        }
        JsonNode value = values.get(text.substring(open + 1, close));
        if (value == null) {
            return -1;
        }
        out.append(words(value));
        return close + 1;
    }

    private static int bare(String text, int start, ObjectNode values, StringBuilder out) {
        int end = start;
        while (end < text.length() && isNamePart(text.charAt(end), end == start)) {
            end++;
        }
        JsonNode value = end == start ? null : values.get(text.substring(start, end));
        if (value == null) {
            return -1;
        }
        out.append(words(value));
        return end;
    }

    private static boolean isNamePart(char c, boolean first) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (!first && c >= '0' && c <= '9');
    }

    /** Null and booleans read as they do in the reference, whose prompts were written for it. */
    private static String words(JsonNode value) {
        if (value.isTextual()) {
            return value.textValue();
        }
        if (value.isNull()) {
            return "None";
        }
        if (value.isBoolean()) {
            return value.booleanValue() ? "True" : "False";
        }
        return value.toString();
    }
}
