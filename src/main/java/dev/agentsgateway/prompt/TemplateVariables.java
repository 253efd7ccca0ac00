package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The variables of a template: one or two opening braces, a word, perhaps a colon and a format, one or two closing
 * braces. Takes time proportional to the text, whatever is in it.
 */
final class TemplateVariables {
    private final String template;
    private final List<Placeholder> placeholders = new ArrayList<>();

    /** @param format whether there is one; such a placeholder stays as it is */
    private record Placeholder(int start, int end, String name, boolean format) {}

    TemplateVariables(String template) {
        this.template = template;
        scan();
    }

    /** Distinct, in the order in which they first stand in the text. */
    Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        placeholders.forEach(placeholder -> names.add(placeholder.name()));
        return names;
    }

    /** Puts values in, all at once: what they say is never taken for a placeholder itself. Others stay. */
    String filled(Map<String, JsonNode> values) {
        StringBuilder out = new StringBuilder(template.length() + 64);
        int at = 0;
        for (Placeholder placeholder : placeholders) {
            JsonNode value = placeholder.format() ? null : values.get(placeholder.name());
            if (value != null) {
                out.append(template, at, placeholder.start()).append(words(value));
                at = placeholder.end();
            }
        }
        return out.append(template, at, template.length()).toString();
    }

    private void scan() {
        int close = -1;
        int at = template.indexOf('{');
        while (at >= 0) {
            int word = at + 1;
            if (word < template.length() && template.charAt(word) == '{') {
                word++;
            }
            int wordEnd = wordEnd(word);
            int end = -1;
            boolean format = false;
            if (wordEnd > word && wordEnd < template.length()) {
                if (template.charAt(wordEnd) == '}') {
                    end = wordEnd;
                } else if (template.charAt(wordEnd) == ':') {
                    if (close < wordEnd && close != Integer.MAX_VALUE) {
                        close = template.indexOf('}', wordEnd);
                        close = close < 0 ? Integer.MAX_VALUE : close;
                    }
                    format = true;
                    end = close == Integer.MAX_VALUE ? -1 : close;
                }
            }
            if (end < 0) {
                at = template.indexOf('{', at + 1);
                continue;
            }
            boolean opensTwice = word - at == 2;
            boolean closesTwice = end + 1 < template.length() && template.charAt(end + 1) == '}';
            // A single brace more on one side is text.
            int start = opensTwice && !closesTwice ? at + 1 : at;
            placeholders.add(new Placeholder(
                    start, opensTwice && closesTwice ? end + 2 : end + 1, template.substring(word, wordEnd), format));
            at = template.indexOf('{', end + 1);
        }
    }

    private int wordEnd(int start) {
        int at = start;
        while (at < template.length()) {
            int c = template.codePointAt(at);
            if (!Character.isLetterOrDigit(c) && c != '_') {
                break;
            }
            at += Character.charCount(c);
        }
        return at;
    }

    /** Null and booleans read as they do in chats. */
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
