package dev.agentsgateway.knowledge.document;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import java.util.Map;

/** Reads JSON as lines of {@code path: value}, which say more to an embedding model than brackets. */
final class JsonReader {
    private JsonReader() {}

    /** A section for each element of an array; anything else is one. */
    static ExtractedDocument read(String text, String filename) {
        JsonNode root = parse(text, "The document is not valid JSON, or is nested too deeply.");
        Sections sections = new Sections();
        if (root.isArray()) {
            for (int i = 0; i < root.size(); i++) {
                sections.add(lines(root.get(i)), Map.of("page", i + 1));
            }
        } else {
            sections.add(lines(root), Map.of("page", 1));
        }
        return sections.document(filename);
    }

    /** A section for each line. */
    static ExtractedDocument readLines(String text, String filename) {
        Sections sections = new Sections();
        int number = 0;
        for (String line : text.split("\n")) {
            number++;
            if (!line.isBlank()) {
                JsonNode value = parse(line, "Line " + number + " is not valid JSON, or is nested too deeply.");
                sections.add(lines(value), Map.of("row_number", number));
            }
        }
        return sections.document(filename);
    }

    private static JsonNode parse(String text, String problem) {
        try {
            return Json.read(text);
        } catch (IllegalArgumentException e) {
            throw DocumentException.permanent(problem, e);
        }
    }

    private static String lines(JsonNode node) {
        StringBuilder lines = new StringBuilder();
        append("", node, lines);
        return lines.toString();
    }

    /** As deep as {@link Json#MAX_DEPTH} at most. */
    private static void append(String path, JsonNode node, StringBuilder lines) {
        Sections.check(lines.length());
        switch (node.getNodeType()) {
            case OBJECT ->
                node.properties()
                        .forEach(member -> append(
                                path.isEmpty() ? member.getKey() : path + "." + member.getKey(),
                                member.getValue(),
                                lines));
            case ARRAY -> node.forEach(element -> append(path, element, lines));
            case NULL, MISSING -> {}
            default -> {
                lines.append(lines.isEmpty() ? "" : "\n");
                lines.append(path.isEmpty() ? "" : path + ": ").append(node.asText());
            }
        }
    }
}
