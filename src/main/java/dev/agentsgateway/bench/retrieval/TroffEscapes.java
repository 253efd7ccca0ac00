package dev.agentsgateway.bench.retrieval;

import java.util.HashMap;
import java.util.Map;

/**
 * Escape sequences of troff (groff manual, "Escape Sequences"): characters become themselves, what concerns fonts, sizes and
 * positions is left out. For one page.
 */
final class TroffEscapes {
    private static final Map<String, String> CHARACTERS = Map.ofEntries(
            Map.entry("em", "—"),
            Map.entry("en", "–"),
            Map.entry("hy", "-"),
            Map.entry("mi", "-"),
            Map.entry("aq", "'"),
            Map.entry("oq", "‘"),
            Map.entry("cq", "’"),
            Map.entry("lq", "“"),
            Map.entry("rq", "”"),
            Map.entry("dq", "\""),
            Map.entry("bu", "•"),
            Map.entry("co", "©"),
            Map.entry("rg", "®"),
            Map.entry("ga", "`"),
            Map.entry("ha", "^"),
            Map.entry("ti", "~"),
            Map.entry("rs", "\\"),
            Map.entry("at", "@"),
            Map.entry("sh", "#"),
            Map.entry("Do", "$"),
            Map.entry("or", "|"),
            Map.entry("ba", "|"),
            Map.entry("bv", "|"),
            Map.entry("sl", "/"),
            Map.entry("<=", "≤"),
            Map.entry(">=", "≥"),
            Map.entry("!=", "≠"),
            Map.entry("+-", "±"),
            Map.entry("mu", "×"),
            Map.entry("->", "→"),
            Map.entry("<-", "←"),
            Map.entry("la", "⟨"),
            Map.entry("ra", "⟩"),
            Map.entry("lB", "["),
            Map.entry("rB", "]"),
            Map.entry("lC", "{"),
            Map.entry("rC", "}"));

    /** A string may be made of strings. */
    private static final int DEEPEST = 8;

    private final Map<String, String> strings = new HashMap<>();

    void define(String name, String value) {
        strings.put(name, value);
    }

    /** The text that a reader sees. */
    String text(String line) {
        return text(line, 0);
    }

    private String text(String line, int depth) {
        StringBuilder out = new StringBuilder(line.length());
        int at = 0;
        while (at < line.length()) {
            char character = line.charAt(at++);
            if (character != '\\' || at == line.length()) {
                out.append(character);
                continue;
            }
            char escape = line.charAt(at++);
            switch (escape) {
                case '-' -> out.append('-');
                case 'e', '\\' -> out.append('\\');
                case ' ', '~', '0' -> out.append(' ');
                case 't' -> out.append('\t');
                case '\'', '`', '.' -> out.append(escape);
                case '"', '#' -> at = line.length();
                case '(', '[', 'C' -> at = character(line, escape, at, out);
                case '*' -> {
                    int end = nameEnd(line, at);
                    if (depth < DEEPEST) {
                        out.append(text(strings.getOrDefault(name(line, at, end), ""), depth + 1));
                    }
                    at = end;
                }
                case 'f', 'F', 'm', 'M', 'n', 'g', 'k', 'V', 'Y' -> at = nameEnd(line, sign(line, at));
                case 's' -> at = sizeEnd(line, at);
                case 'h', 'v', 'w', 'l', 'L', 'D', 'b', 'o', 'X', 'Z', 'N', 'A', 'B', 'R', 'S', 'H', 'x' ->
                    at = quotedEnd(line, at);
                default -> {
                    // These print nothing; any other one prints itself.
                    if ("&|^/,:%)cpdurza{}!?".indexOf(escape) < 0) {
                        out.append(escape);
                    }
                }
            }
        }
        return out.toString();
    }

    private static int character(String line, char escape, int at, StringBuilder out) {
        int end = escape == '('
                ? Math.min(line.length(), at + 2)
                : escape == '[' ? bracketEnd(line, at) : quotedEnd(line, at);
        String name = escape == '('
                ? line.substring(at, end)
                : line.substring(Math.min(at + (escape == 'C' ? 1 : 0), end), Math.max(at, end - 1));
        String known = CHARACTERS.get(name);
        if (known != null) {
            out.append(known);
        } else if (name.matches("u[0-9A-F]{4,6}")) {
            int point = Integer.parseInt(name.substring(1), 16);
            out.append(Character.isValidCodePoint(point) ? Character.toString(point) : "");
        } else if (name.length() == 2 && "'`^:~,/o".indexOf(name.charAt(0)) >= 0) {
            // A letter with an accent: the letter is what a reader would type.
            out.append(name.charAt(1));
        }
        return end;
    }

    /** Behind a name: one character, two behind a parenthesis, or what is in brackets. */
    private static int nameEnd(String line, int at) {
        if (at >= line.length()) {
            return at;
        }
        return switch (line.charAt(at)) {
            case '(' -> Math.min(line.length(), at + 3);
            case '[' -> bracketEnd(line, at + 1);
            default -> at + 1;
        };
    }

    private static String name(String line, int at, int end) {
        return switch (end > at ? line.charAt(at) : ' ') {
            case '(' -> line.substring(at + 1, end);
            case '[' -> line.substring(at + 1, Math.max(at + 1, end - 1));
            default -> line.substring(at, end);
        };
    }

    private static int sign(String line, int at) {
        return at < line.length() && (line.charAt(at) == '+' || line.charAt(at) == '-') ? at + 1 : at;
    }

    private static int sizeEnd(String line, int at) {
        int digits = sign(line, at);
        if (digits < line.length() && (line.charAt(digits) == '\'')) {
            return quotedEnd(line, digits);
        }
        if (digits < line.length() && "([".indexOf(line.charAt(digits)) >= 0) {
            return nameEnd(line, digits);
        }
        return Math.min(line.length(), digits + 1);
    }

    private static int bracketEnd(String line, int at) {
        int end = line.indexOf(']', at);
        return end < 0 ? line.length() : end + 1;
    }

    /** Behind an argument between two equal characters. */
    private static int quotedEnd(String line, int at) {
        if (at >= line.length()) {
            return at;
        }
        int end = line.indexOf(line.charAt(at), at + 1);
        return end < 0 ? line.length() : end + 1;
    }
}
