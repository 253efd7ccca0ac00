package dev.agentsgateway.prompt;

import java.util.ArrayList;
import java.util.List;

/** The rules of prompt templates ({@code contract/resources.md} 8.2 of the reference's behaviour). */
final class Templates {
    private static final int SHORTEST = 10;

    private Templates() {}

    /** What is wrong with a template, joined by a comma; null when nothing is. */
    static String problem(String template) {
        if (template.isBlank()) {
            return "Template cannot be empty";
        }
        List<String> problems = new ArrayList<>();
        long opening = template.chars().filter(c -> c == '{').count();
        long closing = template.chars().filter(c -> c == '}').count();
        if (opening != closing) {
            problems.add("Unmatched braces: " + opening + " opening, " + closing + " closing");
        }
        String stripped = template.strip();
        if (stripped.codePointCount(0, stripped.length()) < SHORTEST) {
            problems.add("Template is too short (minimum " + SHORTEST + " characters)");
        }
        return problems.isEmpty() ? null : String.join(", ", problems);
    }

    /** Trims the text and the end of every line; inner indentation and blank lines stay. */
    static String normalised(String template) {
        List<String> lines = new ArrayList<>();
        for (String line : template.strip().split("\n", -1)) {
            lines.add(line.stripTrailing());
        }
        return String.join("\n", lines);
    }
}
