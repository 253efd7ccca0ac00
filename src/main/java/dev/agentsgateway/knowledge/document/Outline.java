package dev.agentsgateway.knowledge.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Parts a document by its headings. A heading is part of the text below it, and of the path of what is further below. */
final class Outline {
    private record Heading(int level, String text) {}

    private final Sections sections = new Sections();
    private final List<Heading> path = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private boolean hasBody;
    private String first;

    /** @param level from 1, the highest */
    void heading(int level, String heading) {
        if (heading.isBlank()) {
            return;
        }
        if (hasBody) {
            end();
        }
        first = first == null ? heading : first;
        path.removeIf(above -> above.level() >= level);
        path.add(new Heading(level, heading.strip()));
        append("\n\n", heading.strip());
    }

    void paragraph(String paragraph) {
        body("\n\n", paragraph);
    }

    void line(String line) {
        body("\n", line);
    }

    ExtractedDocument document(String title, String filename) {
        end();
        return sections.document(title, first, filename);
    }

    private void body(String before, String part) {
        hasBody |= !part.isBlank();
        append(before, part);
        Sections.check(text.length());
    }

    private void append(String before, String part) {
        text.append(text.isEmpty() ? "" : before).append(part);
    }

    private void end() {
        List<String> headings = path.stream().map(Heading::text).toList();
        sections.add(text.toString(), headings.isEmpty() ? Map.of() : Map.of("headings", headings));
        text.setLength(0);
        hasBody = false;
    }
}
