package dev.agentsgateway.knowledge.document;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A part of a document that belongs together: a page, what stands under a heading, a row.
 *
 * @param text     not blank; paragraphs are parted by blank lines
 * @param metadata where it stands, as JSON values: {@code page} (a PDF's page or an element of JSON, from 1),
 *     {@code row_number} (of CSV, the header is row 1; of JSONL, the line), {@code headings} (the path of headings, a list
 *     of strings)
 */
public record Section(String text, Map<String, Object> metadata) {
    public Section {
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }
}
