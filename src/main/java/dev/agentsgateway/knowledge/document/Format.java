package dev.agentsgateway.knowledge.document;

import java.util.Locale;
import java.util.Map;

/** The kinds of documents that can be read. */
enum Format {
    PDF,
    DOCX,
    HTML,
    MARKDOWN,
    CSV,
    JSON,
    JSONL,
    TEXT;

    private static final Map<String, Format> TYPES = Map.ofEntries(
            Map.entry("application/pdf", PDF),
            Map.entry("application/x-pdf", PDF),
            Map.entry("application/vnd.openxmlformats-officedocument.wordprocessingml.document", DOCX),
            Map.entry("text/html", HTML),
            Map.entry("application/xhtml+xml", HTML),
            Map.entry("text/markdown", MARKDOWN),
            Map.entry("text/x-markdown", MARKDOWN),
            Map.entry("text/csv", CSV),
            Map.entry("application/csv", CSV),
            Map.entry("text/tab-separated-values", CSV),
            Map.entry("application/json", JSON),
            Map.entry("text/json", JSON),
            Map.entry("application/jsonl", JSONL),
            Map.entry("application/x-ndjson", JSONL),
            Map.entry("application/ndjson", JSONL),
            Map.entry("application/x-jsonlines", JSONL),
            Map.entry("application/jsonlines", JSONL));

    private static final Map<String, Format> SUFFIXES = Map.ofEntries(
            Map.entry("pdf", PDF),
            Map.entry("docx", DOCX),
            Map.entry("html", HTML),
            Map.entry("htm", HTML),
            Map.entry("xhtml", HTML),
            Map.entry("md", MARKDOWN),
            Map.entry("markdown", MARKDOWN),
            Map.entry("csv", CSV),
            Map.entry("tsv", CSV),
            Map.entry("json", JSON),
            Map.entry("jsonl", JSONL),
            Map.entry("ndjson", JSONL),
            Map.entry("txt", TEXT),
            Map.entry("text", TEXT),
            Map.entry("log", TEXT));

    /** What people try and what they can do instead. */
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("doc", "Word documents (.doc) cannot be read; save it as .docx."),
            Map.entry("application/msword", "Word documents (.doc) cannot be read; save it as .docx."),
            Map.entry("xls", "Spreadsheets cannot be read; save it as .csv."),
            Map.entry("xlsx", "Spreadsheets cannot be read; save it as .csv."),
            Map.entry("application/vnd.ms-excel", "Spreadsheets cannot be read; save it as .csv."),
            Map.entry(
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    "Spreadsheets cannot be read; save it as .csv."),
            Map.entry("ppt", "Presentations cannot be read; save it as .pdf."),
            Map.entry("pptx", "Presentations cannot be read; save it as .pdf."),
            Map.entry("application/vnd.ms-powerpoint", "Presentations cannot be read; save it as .pdf."),
            Map.entry(
                    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                    "Presentations cannot be read; save it as .pdf."));

    /**
     * By the content type when it says enough, else by the suffix of the name, else text.
     *
     * @throws DocumentException when it is a kind that cannot be read
     */
    static Format of(String filename, String contentType) {
        String type = contentType == null ? "" : contentType.toLowerCase(Locale.ROOT);
        int parameters = type.indexOf(';');
        type = (parameters < 0 ? type : type.substring(0, parameters)).strip();
        Format declared = TYPES.get(type);
        if (declared != null) {
            return declared;
        }
        refuse(type);
        String suffix = filename == null ? "" : filename.substring(filename.lastIndexOf('.') + 1);
        suffix = suffix.toLowerCase(Locale.ROOT);
        refuse(suffix);
        Format named = SUFFIXES.get(suffix);
        if (named != null) {
            return named;
        }
        if (type.endsWith("+json")) {
            return JSON;
        }
        if (type.matches("(image|audio|video|font)/.*")) {
            throw DocumentException.permanent("Documents of type " + type + " cannot be read.");
        }
        return TEXT;
    }

    private static void refuse(String kind) {
        String why = REFUSED.get(kind);
        if (why != null) {
            throw DocumentException.permanent(why);
        }
    }
}
