package dev.agentsgateway.knowledge.document;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parts Markdown by its headings (CommonMark 0.31, sections 4.2, 4.3 and 4.5); its marks stay in the text. */
final class MarkdownReader {
    private static final Pattern HEADING = Pattern.compile(" {0,3}(#{1,6})(?:[ \\t]+(.*?))?(?:[ \\t]+#+)?[ \\t]*");
    private static final Pattern FENCE = Pattern.compile(" {0,3}(`{3,}|~{3,}).*");
    private static final Pattern UNDERLINE = Pattern.compile(" {0,3}(=+|-{2,})[ \\t]*");
    private static final Pattern TITLE = Pattern.compile("(?m)^title:[ \\t]*[\"']?(.*?)[\"']?[ \\t]*$");
    private static final Pattern PLAIN = Pattern.compile(" {0,3}[^\\s>|#*+`~-].*");

    private MarkdownReader() {}

    static ExtractedDocument read(String text, String filename) {
        Outline outline = new Outline();
        String[] lines = text.split("\n", -1);
        int at = frontMatterEnd(lines);
        String title = null;
        if (at > 0) {
            String matter = String.join("\n", Arrays.copyOfRange(lines, 1, at - 1));
            Matcher named = TITLE.matcher(matter);
            title = named.find() ? named.group(1) : null;
            outline.paragraph(matter);
        }
        String fence = null;
        for (; at < lines.length; at++) {
            String line = lines[at];
            Matcher heading = HEADING.matcher(line);
            if (fence != null) {
                fence = closes(fence, line) ? null : fence;
                outline.line(line);
            } else if (FENCE.matcher(line).matches()) {
                Matcher opening = FENCE.matcher(line);
                fence = opening.matches() ? opening.group(1) : null;
                outline.line(line);
            } else if (heading.matches()) {
                outline.heading(heading.group(1).length(), heading.group(2) == null ? "" : heading.group(2));
            } else if (at + 1 < lines.length && underlined(lines, at)) {
                outline.heading(lines[++at].strip().startsWith("=") ? 1 : 2, line);
            } else {
                outline.line(line);
            }
        }
        return outline.document(title, filename);
    }

    /** The line behind the block of settings that some tools put before the text; 0 when there is none. */
    private static int frontMatterEnd(String[] lines) {
        if (lines[0].equals("---")) {
            for (int i = 1; i < lines.length; i++) {
                if (lines[i].equals("---")) {
                    return i + 1;
                }
            }
        }
        return 0;
    }

    private static boolean closes(String fence, String line) {
        String end = line.strip();
        return end.length() >= fence.length() && end.chars().allMatch(c -> c == fence.charAt(0));
    }

    /** A single line of text above a line of dashes; of several lines, the last alone would be a poor heading. */
    private static boolean underlined(String[] lines, int at) {
        return UNDERLINE.matcher(lines[at + 1]).matches()
                && PLAIN.matcher(lines[at]).matches()
                && (at == 0 || lines[at - 1].isBlank());
    }
}
