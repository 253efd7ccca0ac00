package dev.agentsgateway.knowledge.document;

import java.util.List;

/**
 * The text of a document in reading order.
 *
 * @param title    what the document calls itself, else the file's name; never blank
 * @param sections at least one
 */
public record ExtractedDocument(String title, List<Section> sections) {
    public ExtractedDocument {
        sections = List.copyOf(sections);
    }
}
