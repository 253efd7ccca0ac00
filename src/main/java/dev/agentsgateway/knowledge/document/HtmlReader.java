package dev.agentsgateway.knowledge.document;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeFilter;

/** Reads what people read of a page: its main part by headings, without menus, scripts and forms. */
final class HtmlReader implements NodeFilter {
    private static final Set<String> SKIPPED = Set.of(
            "script",
            "style",
            "noscript",
            "template",
            "nav",
            "svg",
            "iframe",
            "object",
            "embed",
            "canvas",
            "button",
            "select",
            "textarea",
            "input",
            "dialog",
            "head",
            "audio",
            "video");
    private static final String AROUND = "body > header, body > footer, body > aside, [role=navigation], [role=banner],"
            + " [role=contentinfo], [hidden], [aria-hidden=true]";

    private final Outline outline = new Outline();
    private final StringBuilder paragraph = new StringBuilder();

    /** Whether what comes next is the beginning of an item of a list. */
    private boolean item;

    private HtmlReader() {}

    static ExtractedDocument read(String html, String filename) {
        Document page = Jsoup.parse(html);
        HtmlReader reader = new HtmlReader();
        Element main = page.selectFirst("main, [role=main]");
        List<Element> articles = page.select("article");
        if (main == null && articles.size() == 1) {
            main = articles.getFirst();
        }
        page.select(AROUND).remove();
        (main == null || !main.hasText() ? page.body() : main).filter(reader);
        reader.flush();
        return reader.outline.document(page.title(), filename);
    }

    @Override
    public FilterResult head(Node node, int depth) {
        if (node instanceof TextNode text) {
            paragraph.append(text.getWholeText());
            return FilterResult.CONTINUE;
        }
        if (!(node instanceof Element element)) {
            return FilterResult.SKIP_ENTIRELY;
        }
        String name = element.normalName();
        if (SKIPPED.contains(name)) {
            return FilterResult.SKIP_ENTIRELY;
        }
        if (name.matches("h[1-6]")) {
            flush();
            outline.heading(name.charAt(1) - '0', element.text());
            return FilterResult.SKIP_ENTIRELY;
        }
        if (name.equals("pre")) {
            flush();
            outline.paragraph(element.wholeText().strip());
            return FilterResult.SKIP_ENTIRELY;
        }
        if (name.equals("tr") && element.selectFirst("table, h1, h2, h3, h4, h5, h6") == null) {
            flush();
            outline.line(element.children().stream().map(Element::text).collect(Collectors.joining(" | ")));
            return FilterResult.SKIP_ENTIRELY;
        }
        if (name.equals("br")) {
            paragraph.append(' ');
        } else if (element.isBlock()) {
            flush();
            item |= name.equals("li");
        } else if (name.equals("img")) {
            paragraph.append(element.attr("alt"));
        }
        return FilterResult.CONTINUE;
    }

    @Override
    public FilterResult tail(Node node, int depth) {
        if (node instanceof Element element && element.isBlock()) {
            flush();
            item &= !element.normalName().equals("li");
        }
        return FilterResult.CONTINUE;
    }

    private void flush() {
        String text = paragraph.toString().replaceAll("[\\s\\u00A0]+", " ").strip();
        paragraph.setLength(0);
        if (text.isEmpty()) {
            return;
        }
        if (item) {
            outline.line("- " + text);
            item = false;
        } else {
            outline.paragraph(text);
        }
    }
}
