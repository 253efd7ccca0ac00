package dev.agentsgateway.knowledge.document;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Reads the text out of files: PDF, DOCX, HTML, Markdown, CSV, JSON, JSON Lines and plain text. A text has at most
 * {@value Sections#MOST_CHARACTERS} characters. Thread-safe.
 */
public final class Documents {
    private static final byte[] PDF = {'%', 'P', 'D', 'F', '-'};

    /**
     * The text of a file.
     *
     * @param filename    its suffix chooses a reader when the content type does not; null when unknown
     * @param contentType a media type, with or without parameters; null when unknown
     * @throws DocumentException when the file cannot be read, is of a kind that is not read, or has no text
     */
    public ExtractedDocument read(Path file, String filename, String contentType) {
        try {
            Format format = Format.of(filename, contentType);
            if (format == Format.TEXT && isPdf(file)) {
                format = Format.PDF;
            }
            return switch (format) {
                case PDF -> PdfReader.read(file, filename);
                case DOCX -> DocxReader.read(file, filename);
                case HTML -> HtmlReader.read(TextDecoder.decodeHtml(Files.readAllBytes(file), contentType), filename);
                case MARKDOWN -> MarkdownReader.read(text(file, contentType), filename);
                case CSV -> CsvReader.read(text(file, contentType), filename);
                case JSON -> JsonReader.read(text(file, contentType), filename);
                case JSONL -> JsonReader.readLines(text(file, contentType), filename);
                case TEXT -> plain(text(file, contentType), filename);
            };
        } catch (IOException e) {
            throw DocumentException.passing("The document could not be read.", e);
        }
    }

    private static boolean isPdf(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(PDF.length), PDF);
        }
    }

    private static String text(Path file, String contentType) throws IOException {
        return TextDecoder.decode(Files.readAllBytes(file), contentType);
    }

    private static ExtractedDocument plain(String text, String filename) {
        Sections sections = new Sections();
        sections.add(text, Map.of());
        return sections.document(filename);
    }
}
