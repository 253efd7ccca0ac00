package dev.agentsgateway.knowledge.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Gathers the sections of a document, within limits. */
final class Sections {
    static final int MOST_CHARACTERS = 20_000_000;
    private static final int MOST_SECTIONS = 200_000;

    private final List<Section> sections = new ArrayList<>();
    private long characters;

    /** Blank text is left out. PostgreSQL takes no NUL in a text. */
    void add(String text, Map<String, Object> metadata) {
        if (text.isBlank()) {
            return;
        }
        characters += text.length();
        check(characters);
        if (sections.size() == MOST_SECTIONS) {
            throw DocumentException.permanent("The document has more than " + MOST_SECTIONS + " parts.");
        }
        sections.add(new Section(text.strip().replace('\0', '\uFFFD'), metadata));
    }

    static void check(long characters) {
        if (characters > MOST_CHARACTERS) {
            throw DocumentException.permanent("The document has more than " + MOST_CHARACTERS + " characters.");
        }
    }

    /** @param title the first of these that is not blank is the title */
    ExtractedDocument document(String... title) {
        if (sections.isEmpty()) {
            throw DocumentException.permanent("There is no text in the document.");
        }
        for (String named : title) {
            if (named != null && !named.isBlank()) {
                return new ExtractedDocument(
                        named.strip().replaceAll("\\s+", " ").replace('\0', '\uFFFD'), sections);
            }
        }
        return new ExtractedDocument("Untitled", sections);
    }
}
