package dev.agentsgateway.knowledge.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads CSV (RFC 4180; also with semicolons or tabs) with names of columns in the first row. Each further row is a
 * section of lines {@code name: value}.
 */
final class CsvReader {
    private final String text;
    private final char separator;
    private int at;

    private CsvReader(String text) {
        this.text = text;
        this.separator = separator(text);
    }

    static ExtractedDocument read(String text, String filename) {
        CsvReader reader = new CsvReader(text);
        Sections sections = new Sections();
        List<String> names = reader.row();
        int number = 1;
        for (List<String> row = reader.row(); row != null; row = reader.row()) {
            sections.add(lines(names, row), Map.of("row_number", ++number));
        }
        if (number == 1 && names != null) {
            sections.add(String.join(", ", names), Map.of("row_number", 1));
        }
        return sections.document(filename);
    }

    /** What parts the columns, by what the first line has most of. */
    private static char separator(String text) {
        String first = text.lines().findFirst().orElse("");
        char best = ',';
        for (char candidate : new char[] {';', '\t'}) {
            if (count(first, candidate) > count(first, best)) {
                best = candidate;
            }
        }
        return best;
    }

    private static long count(String text, char c) {
        return text.chars().filter(each -> each == c).count();
    }

    private static String lines(List<String> names, List<String> row) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < row.size(); i++) {
            String value = row.get(i).strip();
            String name = i < names.size() ? names.get(i).strip() : "";
            if (!value.isEmpty()) {
                lines.append(lines.isEmpty() ? "" : "\n")
                        .append(name.isEmpty() ? "" : name + ": ")
                        .append(value);
            }
        }
        return lines.toString();
    }

    /** The next row, null behind the last. */
    private List<String> row() {
        if (at >= text.length()) {
            return null;
        }
        List<String> cells = new ArrayList<>();
        do {
            cells.add(cell());
        } while (at < text.length() && text.charAt(at++) == separator);
        return cells;
    }

    private String cell() {
        if (at < text.length() && text.charAt(at) == '"') {
            return quoted();
        }
        int start = at;
        skipToEndOfCell();
        return text.substring(start, at);
    }

    private String quoted() {
        StringBuilder cell = new StringBuilder();
        at++;
        while (true) {
            int quote = text.indexOf('"', at);
            if (quote < 0) {
                throw DocumentException.permanent("The CSV has a quoted value without an end.");
            }
            cell.append(text, at, quote);
            at = quote + 1;
            if (at == text.length() || text.charAt(at) != '"') {
                break;
            }
            cell.append('"');
            at++;
        }
        int rest = at;
        skipToEndOfCell();
        return cell.append(text, rest, at).toString();
    }

    private void skipToEndOfCell() {
        while (at < text.length() && text.charAt(at) != separator && text.charAt(at) != '\n') {
            at++;
        }
    }
}
