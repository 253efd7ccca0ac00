package dev.agentsgateway.bench.retrieval;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of manual pages, written with the macros of man(7) or mdoc(7), without groff: headings, paragraphs and verbatim
 * lines. Layout is left out; macros that a page defines for itself are not expanded. For one page.
 */
final class TroffReader {
    private static final Pattern CONTROL = Pattern.compile("[.'][ \\t]*(\\S*?)(?:[ \\t]+(.*))?");
    private static final Pattern CONDITION =
            Pattern.compile("(!?)(\\\\n\\(\\.g|[nte](?=[ \\\\])|\\S+?)(?:[ \\t]+|(?=\\\\\\{))(.*)");
    private static final Set<String> BREAKS = Set.of(
            "PP",
            "P",
            "LP",
            "Pp",
            "sp",
            "br",
            "HP",
            "RS",
            "RE",
            "TQ",
            "Sp",
            "Bl",
            "El",
            "ti",
            "in",
            "INDENT",
            "UNINDENT");
    private static final Set<String> FONTS = Set.of("B", "I", "SM", "SB", "UR", "MT", "URL", "SY", "CW", "R");
    private static final Set<String> ALTERNATING = Set.of("BR", "RB", "BI", "IB", "IR", "RI");

    private final TroffEscapes escapes = new TroffEscapes();
    private final Mdoc mdoc = new Mdoc();
    private final List<Block> blocks = new ArrayList<>();
    private final StringBuilder paragraph = new StringBuilder();
    private boolean verbatim;
    private boolean lastCondition;
    /** The heading whose text is the next line; null for none. */
    private Block.Kind heading;

    private Iterator<String> lines;

    private TroffReader() {}

    static List<Block> read(String source) {
        TroffReader reader = new TroffReader();
        reader.lines = source.lines().iterator();
        while (reader.lines.hasNext()) {
            reader.line(reader.lines.next());
        }
        reader.flush();
        return List.copyOf(reader.blocks);
    }

    private void line(String raw) {
        String line = raw.replace("\\}", "");
        while (line.endsWith("\\") && !line.endsWith("\\\\") && lines.hasNext()) {
            line = line.substring(0, line.length() - 1) + lines.next();
        }
        int comment = line.indexOf("\\\"");
        if (comment >= 0 && (comment == 0 || line.charAt(comment - 1) != '\\')) {
            line = line.substring(0, comment);
            if (line.isBlank() || line.strip().length() == 1) {
                return;
            }
        }
        if (line.startsWith(".") || line.startsWith("'")) {
            Matcher control = CONTROL.matcher(line);
            if (control.matches()) {
                request(control.group(1), control.group(2) == null ? "" : control.group(2));
            }
            return;
        }
        text(escapes.text(line));
    }

    private void request(String name, String rest) {
        switch (name) {
            case "de", "de1", "am", "ig" -> skipDefinition(name, rest);
            case "ds" -> {
                String[] parts = rest.split("[ \\t]+", 2);
                String value = parts.length == 1 ? "" : parts[1];
                escapes.define(parts[0], value.startsWith("\"") ? value.substring(1) : value);
            }
            case "if", "ie" -> condition(name, rest);
            case "el" -> conditional(!lastCondition, rest);
            case "SH", "Sh" -> heading(Block.Kind.SECTION, arguments(rest));
            case "SS", "Ss" -> heading(Block.Kind.SUBSECTION, arguments(rest));
            case "nf", "EX", "Vb", "Bd" -> {
                flush();
                verbatim = true;
            }
            case "fi", "EE", "Ve", "Ed" -> {
                flush();
                verbatim = false;
            }
            case "TS" -> table();
            case "TP" -> flush();
            case "IP" -> {
                flush();
                List<String> tag = arguments(rest);
                if (!tag.isEmpty() && !tag.getFirst().matches("[•*o-]|\\d{1,2}\\.")) {
                    text(tag.getFirst());
                }
            }
            case "It" -> {
                flush();
                text(mdoc.line("No", arguments(rest)));
            }
            case "OP" -> text("[" + String.join(" ", arguments(rest)) + "]");
            default -> macro(name, rest);
        }
    }

    private void macro(String name, String rest) {
        if (BREAKS.contains(name)) {
            flush();
        } else if (FONTS.contains(name)) {
            text(String.join(" ", arguments(rest)));
        } else if (ALTERNATING.contains(name)) {
            text(String.join("", arguments(rest)));
        } else if (Mdoc.knows(name)) {
            text(mdoc.line(name, arguments(rest)));
        }
        // All others print nothing.
    }

    private void heading(Block.Kind kind, List<String> words) {
        flush();
        verbatim = false;
        heading = kind;
        if (!words.isEmpty()) {
            text(String.join(" ", words));
        }
    }

    private void text(String text) {
        if (heading != null && !text.isBlank()) {
            blocks.add(new Block(heading, text.strip()));
            mdoc.section(text.strip().toUpperCase(Locale.ROOT));
            heading = null;
        } else if (verbatim) {
            paragraph.append(text).append('\n');
        } else if (text.isBlank()) {
            flush();
        } else {
            paragraph.append(paragraph.isEmpty() ? "" : " ").append(text.strip());
        }
    }

    private void flush() {
        String text = verbatim
                ? paragraph.toString().stripTrailing()
                : paragraph.toString().replaceAll("\\s+", " ").strip();
        paragraph.setLength(0);
        if (!text.isBlank()) {
            blocks.add(new Block(verbatim ? Block.Kind.VERBATIM : Block.Kind.PARAGRAPH, text));
        }
    }

    private void skipDefinition(String name, String rest) {
        String[] words = rest.strip().split("\\s+");
        int end = name.equals("ig") ? 0 : 1;
        String last = "." + (words.length > end && !words[end].isEmpty() ? words[end] : ".");
        while (lines.hasNext()) {
            if (lines.next().strip().replaceFirst("^\\.[ \\t]+", ".").startsWith(last)) {
                return;
            }
        }
    }

    /** Only what concerns the output device is known; all else does not hold. */
    private void condition(String name, String rest) {
        Matcher matcher = CONDITION.matcher(rest);
        if (!matcher.matches()) {
            return;
        }
        boolean holds = matcher.group(2).equals("n") || matcher.group(2).equals("\\n(.g");
        boolean wanted = holds != matcher.group(1).equals("!");
        if (name.equals("ie")) {
            lastCondition = wanted;
        }
        conditional(wanted, matcher.group(3));
    }

    private void conditional(boolean wanted, String rest) {
        String body = rest.strip();
        if (wanted) {
            String first = body.startsWith("\\{") ? body.substring(2).replaceFirst("^\\\\$", "") : body;
            if (!first.isBlank()) {
                line(first.strip());
            }
            return;
        }
        int open = braces(body);
        while (open > 0 && lines.hasNext()) {
            open += braces(lines.next());
        }
    }

    private static int braces(String line) {
        int open = 0;
        for (int at = line.indexOf('\\'); at >= 0 && at + 1 < line.length(); at = line.indexOf('\\', at + 2)) {
            open += line.charAt(at + 1) == '{' ? 1 : line.charAt(at + 1) == '}' ? -1 : 0;
        }
        return open;
    }

    /** The cells of tbl(1), a row in a line; formats end with a full stop. */
    private void table() {
        flush();
        StringBuilder rows = new StringBuilder();
        boolean format = true;
        while (lines.hasNext()) {
            String row = lines.next();
            if (row.startsWith(".TE")) {
                break;
            }
            if (format) {
                format = !row.strip().endsWith(".");
            } else if (row.startsWith(".T&")) {
                format = true;
            } else if (!row.startsWith(".") && !row.startsWith("'") && !row.matches("[_=\\s]*")) {
                rows.append(escapes.text(row.replace("T{", "").replace("T}", ""))
                                .replaceAll("[\\t:|]+", " "))
                        .append('\n');
            }
        }
        if (!rows.toString().isBlank()) {
            blocks.add(new Block(Block.Kind.VERBATIM, rows.toString().stripTrailing()));
        }
    }

    /** Words, or what is between quotation marks; two of these are one. */
    private List<String> arguments(String rest) {
        List<String> arguments = new ArrayList<>();
        int at = 0;
        while (at < rest.length()) {
            char character = rest.charAt(at);
            if (character == ' ' || character == '\t') {
                at++;
                continue;
            }
            boolean quoted = character == '"';
            StringBuilder argument = new StringBuilder();
            at += quoted ? 1 : 0;
            while (at < rest.length()) {
                character = rest.charAt(at);
                if (quoted && character == '"') {
                    if (at + 1 < rest.length() && rest.charAt(at + 1) == '"') {
                        at++;
                    } else {
                        break;
                    }
                } else if (!quoted && (character == ' ' || character == '\t')) {
                    break;
                } else if (character == '\\' && at + 1 < rest.length()) {
                    argument.append(character);
                    character = rest.charAt(++at);
                }
                argument.append(character);
                at++;
            }
            at++;
            arguments.add(escapes.text(argument.toString()));
        }
        return arguments;
    }
}
