package dev.agentsgateway.bench.retrieval;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A manual page, taken apart: what a search is to be tried with is no longer in the text that is searched.
 *
 * @param name        with the section, as in {@code accept(2)}
 * @param names       all that the page calls itself, likewise
 * @param description the line behind the dash of the section NAME
 * @param related     what the section SEE ALSO names, likewise
 * @param body        all other sections
 */
record ManPage(String name, Set<String> names, String description, Set<String> related, List<Block> body) {
    private static final Pattern DASH = Pattern.compile("\\s+[-–—]+\\s+|—");
    private static final Pattern REFERENCE = Pattern.compile("([A-Za-z0-9_][\\w.:+@-]*)\\s?\\((\\d\\w*)\\)");

    /** Empty for a page that only points to another one, or has no description. */
    static Optional<ManPage> read(String name, String section, String source) {
        List<Block> body = new ArrayList<>();
        StringBuilder title = new StringBuilder();
        StringBuilder also = new StringBuilder();
        String heading = "";
        for (Block block : TroffReader.read(source)) {
            if (block.kind() == Block.Kind.SECTION) {
                heading = block.text().toUpperCase(Locale.ROOT);
            }
            boolean text = block.kind() != Block.Kind.SECTION;
            switch (heading) {
                case "", "NAME" -> title.append(text && !heading.isEmpty() ? block.text() + " " : "");
                case "SEE ALSO" -> also.append(text ? block.text() + " " : "");
                default -> body.add(block);
            }
        }
        String[] parts = DASH.split(title.toString().replaceAll("\\s+", " "), 2);
        if (parts.length < 2 || body.isEmpty()) {
            return Optional.empty();
        }
        String own = name + "(" + section + ")";
        Set<String> names = new LinkedHashSet<>(Set.of(own));
        for (String other : parts[0].split("[,\\s]+")) {
            names.add(other + "(" + section + ")");
        }
        Set<String> related = new LinkedHashSet<>();
        Matcher references = REFERENCE.matcher(also);
        while (references.find()) {
            related.add(references.group(1) + "(" + references.group(2) + ")");
        }
        related.removeAll(names);
        return Optional.of(new ManPage(own, names, parts[1].strip(), related, List.copyOf(body)));
    }

    int characters() {
        return body.stream().mapToInt(block -> block.text().length()).sum();
    }

    int words() {
        return description.split("\\s+").length;
    }

    /** As a document to upload; the title says nothing. */
    String html() {
        StringBuilder html = new StringBuilder("<!DOCTYPE html><html><body>\n");
        for (Block block : body) {
            String tag = switch (block.kind()) {
                case SECTION -> "h1";
                case SUBSECTION -> "h2";
                case PARAGRAPH -> "p";
                case VERBATIM -> "pre";
            };
            html.append('<').append(tag).append('>');
            html.append(block.text().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
            html.append("</").append(tag).append(">\n");
        }
        return html.append("</body></html>\n").toString();
    }
}
