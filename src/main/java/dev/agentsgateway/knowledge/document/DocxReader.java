package dev.agentsgateway.knowledge.document;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.poi.openxml4j.exceptions.InvalidFormatException;
import org.apache.poi.openxml4j.opc.OPCPackage;
import org.apache.poi.openxml4j.opc.PackageAccess;
import org.apache.poi.xwpf.usermodel.IBodyElement;
import org.apache.poi.xwpf.usermodel.XWPFDocument;
import org.apache.poi.xwpf.usermodel.XWPFParagraph;
import org.apache.poi.xwpf.usermodel.XWPFSDT;
import org.apache.poi.xwpf.usermodel.XWPFStyle;
import org.apache.poi.xwpf.usermodel.XWPFTable;
import org.apache.poi.xwpf.usermodel.XWPFTableCell;
import org.apache.poi.xwpf.usermodel.XWPFTableRow;

/** Reads Word documents: headings, paragraphs, lists and tables, without what every page repeats. */
final class DocxReader {
    /** POI holds the XML as a tree, in many times its length. */
    private static final long LONGEST_XML = 64L << 20;

    private static final int MOST_ENTRIES = 10_000;
    private static final Pattern HEADING = Pattern.compile("heading (\\d)");

    private final XWPFDocument document;
    private final Outline outline = new Outline();

    private DocxReader(XWPFDocument document) {
        this.document = document;
    }

    static ExtractedDocument read(Path file, String filename) {
        try {
            checkSize(file);
            try (OPCPackage archive = OPCPackage.open(file.toFile(), PackageAccess.READ);
                    XWPFDocument document = new XWPFDocument(archive)) {
                DocxReader reader = new DocxReader(document);
                document.getBodyElements().forEach(reader::add);
                String title = document.getProperties().getCoreProperties().getTitle();
                return reader.outline.document(title, filename);
            }
        } catch (DocumentException e) {
            throw e;
        } catch (IOException | InvalidFormatException | RuntimeException | StackOverflowError e) {
            throw DocumentException.permanent("The Word document is damaged or encrypted.", e);
        }
    }

    private void add(IBodyElement element) {
        switch (element) {
            case XWPFParagraph paragraph -> paragraph(paragraph);
            case XWPFTable table -> table(table);
            case XWPFSDT control ->
                outline.paragraph(control.getContent().getText().strip());
            default -> {}
        }
    }

    private void paragraph(XWPFParagraph paragraph) {
        String text = paragraph.getText().strip();
        if (text.isEmpty()) {
            return;
        }
        int level = headingLevel(paragraph);
        if (level > 0) {
            outline.heading(level, text);
        } else if (paragraph.getNumID() != null) {
            outline.line("- " + text);
        } else {
            outline.paragraph(text);
        }
    }

    private void table(XWPFTable table) {
        outline.paragraph(table.getRows().stream().map(DocxReader::row).collect(Collectors.joining("\n")));
    }

    private static String row(XWPFTableRow row) {
        return row.getTableCells().stream()
                .map(XWPFTableCell::getTextRecursively)
                .map(cell -> cell.strip().replaceAll("\\s+", " "))
                .collect(Collectors.joining(" | "));
    }

    /** 0 for what is no heading. Names of styles are English in files of every language, their ids are not. */
    private int headingLevel(XWPFParagraph paragraph) {
        String id = paragraph.getStyle();
        if (id == null) {
            return 0;
        }
        XWPFStyle style =
                document.getStyles() == null ? null : document.getStyles().getStyle(id);
        String name = style == null || style.getName() == null
                ? id.replaceFirst("(?i)^heading", "heading ")
                : style.getName();
        name = name.toLowerCase(Locale.ROOT);
        Matcher heading = HEADING.matcher(name);
        return heading.matches() ? Integer.parseInt(heading.group(1)) : name.equals("title") ? 1 : 0;
    }

    /** By what is really in the archive: what its directory says may be a lie. */
    private static void checkSize(Path file) throws IOException {
        long total = 0;
        byte[] buffer = new byte[16 << 10];
        try (ZipFile archive = new ZipFile(file.toFile())) {
            if (archive.size() > MOST_ENTRIES) {
                throw DocumentException.permanent("The Word document has too many parts.");
            }
            for (ZipEntry entry : archive.stream().filter(DocxReader::isXml).toList()) {
                try (InputStream content = archive.getInputStream(entry)) {
                    for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                        total += read;
                        if (total > LONGEST_XML) {
                            throw DocumentException.permanent("The Word document is too large.");
                        }
                    }
                }
            }
        }
    }

    private static boolean isXml(ZipEntry entry) {
        String name = entry.getName().toLowerCase(Locale.ROOT);
        return !name.startsWith("word/media/") && !name.startsWith("word/embeddings/");
    }
}
