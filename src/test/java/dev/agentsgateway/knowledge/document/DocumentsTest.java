package dev.agentsgateway.knowledge.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDStream;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts.FontName;
import org.apache.poi.wp.usermodel.HeaderFooterType;
import org.apache.poi.xwpf.usermodel.XWPFDocument;
import org.apache.poi.xwpf.usermodel.XWPFParagraph;
import org.apache.poi.xwpf.usermodel.XWPFTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentsTest {
    private static final String NO_TEXT = "There is no text in the document.";

    private final Documents documents = new Documents();

    @TempDir
    private Path directory;

    @Test
    void pdfIsReadByPages() throws IOException {
        Path file = directory.resolve("x");
        try (PDDocument pdf = new PDDocument()) {
            page(pdf, "First page,", "second line of a para-", "graph.");
            page(pdf);
            page(pdf, "Third page.");
            pdf.getDocumentInformation().setTitle("A report");
            pdf.save(file.toFile());
        }
        for (String type : new String[] {"application/pdf", null}) {
            ExtractedDocument document = documents.read(file, "x", type);
            assertThat(document.title()).isEqualTo("A report");
            assertThat(document.sections())
                    .containsExactly(
                            new Section("First page, second line of a paragraph.", Map.of("page", 1)),
                            new Section("Third page.", Map.of("page", 3)));
        }
    }

    @Test
    void pdfsThatCannotBeReadAreErrors() throws IOException {
        Path empty = directory.resolve("empty.pdf");
        Path locked = directory.resolve("locked.pdf");
        Path bomb = directory.resolve("bomb.pdf");
        try (PDDocument pdf = new PDDocument()) {
            page(pdf);
            pdf.save(empty.toFile());
            pdf.protect(new StandardProtectionPolicy("owner", "user", new AccessPermission()));
            pdf.save(locked.toFile());
        }
        try (PDDocument pdf = new PDDocument()) {
            PDPage page = new PDPage();
            PDStream content = new PDStream(pdf);
            try (OutputStream out = content.createOutputStream(COSName.FLATE_DECODE)) {
                for (int i = 0; i < 70; i++) {
                    out.write(" ".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII));
                }
            }
            page.setContents(content);
            pdf.addPage(page);
            pdf.save(bomb.toFile());
        }
        assertThat(problem(empty, "application/pdf")).isEqualTo(NO_TEXT);
        assertThat(problem(locked, "application/pdf")).isEqualTo("The PDF is encrypted with a password.");
        assertThat(problem(bomb, "application/pdf")).isEqualTo("A page of the PDF is too large.");
        assertThat(problem(text("x.pdf", "%PDF-1.7 nonsense"), null)).isEqualTo("The PDF is damaged.");
    }

    @Test
    void docxIsReadByHeadingsWithItsTables() throws IOException {
        Path file = directory.resolve("x.docx");
        try (XWPFDocument word = new XWPFDocument();
                OutputStream out = Files.newOutputStream(file)) {
            word.createHeader(HeaderFooterType.DEFAULT)
                    .createParagraph()
                    .createRun()
                    .setText("On every page");
            paragraph(word, null, "Before.");
            paragraph(word, "Heading1", "Travel");
            paragraph(word, "Heading2", "Trains");
            paragraph(word, null, "Take the train.");
            XWPFTable table = word.createTable(2, 2);
            table.getRow(0).getCell(0).setText("City");
            table.getRow(0).getCell(1).setText("Price");
            table.getRow(1).getCell(0).setText("Bonn");
            table.getRow(1).getCell(1).setText("20");
            paragraph(word, "Heading1", "Food");
            paragraph(word, null, "Eat.");
            word.write(out);
        }
        ExtractedDocument document = documents.read(file, "x.docx", null);
        assertThat(document.title()).isEqualTo("Travel");
        assertThat(document.sections())
                .containsExactly(
                        new Section("Before.", Map.of()),
                        new Section(
                                "Travel\n\nTrains\n\nTake the train.\n\nCity | Price\nBonn | 20",
                                Map.of("headings", List.of("Travel", "Trains"))),
                        new Section("Food\n\nEat.", Map.of("headings", List.of("Food"))));
    }

    @Test
    void wordDocumentsThatCannotBeReadAreErrors() throws IOException {
        Path bomb = directory.resolve("bomb.docx");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(bomb))) {
            zip.putNextEntry(new ZipEntry("word/document.xml"));
            for (int i = 0; i < 70; i++) {
                zip.write(new byte[1 << 20]);
            }
        }
        assertThat(problem(bomb, null)).isEqualTo("The Word document is too large.");
        assertThat(problem(text("x.docx", "no archive"), null)).isEqualTo("The Word document is damaged or encrypted.");
        Path empty = directory.resolve("empty.docx");
        try (XWPFDocument word = new XWPFDocument();
                OutputStream out = Files.newOutputStream(empty)) {
            word.write(out);
        }
        assertThat(problem(empty, null)).isEqualTo(NO_TEXT);
    }

    @Test
    void htmlIsReadAsPeopleSeeIt() throws IOException {
        String html = """
                <html><head><title>The  page</title><style>p {color: red}</style></head><body>
                <nav><a href="/">Home</a></nav><header>Banner</header>
                <h1>Opening <em>hours</em></h1><p>We are open<br>every day.</p>
                <ul><li>Monday</li><li><p>Tuesday</p></li></ul>
                <script>var x = "<p>never</p>";</script><p hidden>Hidden</p>
                <h2>Prices</h2><table><tr><th>What</th><th>Price</th></tr><tr><td>Tea</td><td>2 &euro;</td></tr></table>
                <pre>a
                  b</pre><footer>Imprint</footer></body></html>""";
        ExtractedDocument document = documents.read(text("x", html), "x", "text/html; charset=utf-8");
        assertThat(document.title()).isEqualTo("The page");
        assertThat(document.sections())
                .containsExactly(
                        new Section(
                                "Opening hours\n\nWe are open every day.\n- Monday\n- Tuesday",
                                Map.of("headings", List.of("Opening hours"))),
                        new Section(
                                "Prices\nWhat | Price\nTea | 2 €\n\na\n  b",
                                Map.of("headings", List.of("Opening hours", "Prices"))));
        String article = "<body><div>Menu</div><main><p>Only this</p></main></body>";
        assertThat(read(text("x.html", article)).sections()).containsExactly(new Section("Only this", Map.of()));
        assertThat(problem(text("x.html", "<script>1</script>"), null)).isEqualTo(NO_TEXT);
        assertThat(read(text("deep.html", "<div>".repeat(100_000) + "deep")).sections())
                .containsExactly(new Section("deep", Map.of()));
    }

    @Test
    void markdownIsReadByHeadings() throws IOException {
        String markdown = """
                ---
                title: "Guide"
                ---
                # One #
                text
                ```sh
                # no heading
                ```
                ### Three
                deep

                Two
                ---
                | a | b |
                |---|---|
                """;
        ExtractedDocument document = read(text("x.md", markdown));
        assertThat(document.title()).isEqualTo("Guide");
        assertThat(document.sections())
                .containsExactly(
                        new Section("title: \"Guide\"", Map.of()),
                        new Section("One\ntext\n```sh\n# no heading\n```", Map.of("headings", List.of("One"))),
                        new Section("Three\ndeep", Map.of("headings", List.of("One", "Three"))),
                        new Section("Two\n| a | b |\n|---|---|", Map.of("headings", List.of("One", "Two"))));
    }

    @Test
    void csvIsReadByRowsWithTheNamesOfItsColumns() throws IOException {
        String csv = "name,city,note\r\nAnna,\"Bonn, am Rhein\",\"says \"\"hi\"\"\nand goes\"\r\n\r\nBert,,x,extra\r\n";
        assertThat(documents.read(text("x", csv), "x", "text/csv").sections())
                .containsExactly(
                        new Section(
                                "name: Anna\ncity: Bonn, am Rhein\nnote: says \"hi\"\nand goes",
                                Map.of("row_number", 2)),
                        new Section("name: Bert\nnote: x\nextra", Map.of("row_number", 4)));
        assertThat(read(text("x.csv", "a;b\n1;2")).sections())
                .containsExactly(new Section("a: 1\nb: 2", Map.of("row_number", 2)));
        assertThat(read(text("x.csv", "a,b\n")).sections())
                .containsExactly(new Section("a, b", Map.of("row_number", 1)));
        assertThat(problem(text("x.csv", "a\n\"b"), null)).contains("without an end");
    }

    @Test
    void jsonIsReadByElementsAndJsonLinesByLines() throws IOException {
        String json = "[{\"name\":\"Anna\",\"tags\":[\"a\",\"b\"],\"at\":{\"city\":\"Bonn\",\"zip\":null}},5]";
        assertThat(read(text("x.json", json)).sections())
                .containsExactly(
                        new Section("name: Anna\ntags: a\ntags: b\nat.city: Bonn", Map.of("page", 1)),
                        new Section("5", Map.of("page", 2)));
        assertThat(read(text("x.json", "{\"a\":1.50}")).sections())
                .containsExactly(new Section("a: 1.5", Map.of("page", 1)));
        assertThat(read(text("x.jsonl", "{\"a\":1}\n\n{\"b\":true}\n")).sections())
                .containsExactly(
                        new Section("a: 1", Map.of("row_number", 1)), new Section("b: true", Map.of("row_number", 3)));
        assertThat(problem(text("x.jsonl", "{}\n{"), null)).startsWith("Line 2 is not valid JSON");
        assertThat(problem(text("x.json", "[".repeat(200_000)), null)).contains("nested too deeply");
        assertThat(problem(text("x.json", "[{},null]"), null)).isEqualTo(NO_TEXT);
    }

    @Test
    void textIsDecodedByItsMarkOrItsDeclarationOrItsLooks() throws IOException {
        String text = "Grüße – “Ж”";
        for (String charset : List.of("UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE")) {
            assertThat(decoded(("\uFEFF" + text).getBytes(Charset.forName(charset)), null))
                    .as(charset)
                    .isEqualTo(text);
        }
        assertThat(decoded(text.getBytes(StandardCharsets.UTF_8), null)).isEqualTo(text);
        assertThat(decoded("Жук".getBytes(Charset.forName("KOI8-R")), "text/plain; charset=\"koi8-r\""))
                .isEqualTo("Жук");
        assertThat(decoded("Grüße – “x”".getBytes(Charset.forName("windows-1252")), null))
                .isEqualTo("Grüße – “x”");
        assertThat(decoded("ü".getBytes(Charset.forName("windows-1252")), "text/plain; charset=utf-8"))
                .isEqualTo("ü");
        byte[] html = "<meta charset=iso-8859-2><p>Łódź".getBytes(Charset.forName("iso-8859-2"));
        Path page = Files.write(directory.resolve("p.html"), html);
        assertThat(read(page).sections().getFirst().text()).isEqualTo("Łódź");
        assertThat(problem(Files.write(directory.resolve("b"), new byte[] {1, 0, 2}), null))
                .contains("not text");
        assertThat(problem(text("blank", " \n "), "text/plain")).isEqualTo(NO_TEXT);
    }

    @ParameterizedTest
    @CsvSource({
        "x.doc,,.docx",
        "x.XLSX,,.csv",
        "x.pptx,,.pdf",
        "x,application/msword,.docx",
        "x,application/vnd.ms-excel,.csv",
        "x,image/png,image/png"
    })
    void otherKindsAreRefusedByName(String filename, String type, String told) throws IOException {
        DocumentException refused =
                catchThrowableOfType(DocumentException.class, () -> documents.read(text("file", "x"), filename, type));
        assertThat(refused).hasMessageContaining(told).hasMessageContaining("cannot be read");
        assertThat(refused.permanent()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "application/json, x.md, JSON",
        "text/plain, x.md, MARKDOWN",
        "text/plain;charset=utf-8, x.txt, TEXT",
        "application/octet-stream, X.PDF, PDF",
        "'', report, TEXT",
        "'', , TEXT",
        "application/ld+json, x, JSON",
        "TEXT/HTML; charset=x, x.json, HTML"
    })
    void theContentTypeCountsBeforeTheSuffix(String type, String filename, Format format) {
        assertThat(Format.of(filename, type)).isEqualTo(format);
    }

    @Test
    void aFileThatIsGoneMayComeBack() {
        DocumentException failure = catchThrowableOfType(
                DocumentException.class, () -> documents.read(directory.resolve("none"), "x.txt", null));
        assertThat(failure.permanent()).isFalse();
    }

    private String decoded(byte[] bytes, String type) throws IOException {
        Path file = Files.write(directory.resolve("text"), bytes);
        return documents.read(file, "text", type).sections().getFirst().text();
    }

    private ExtractedDocument read(Path file) {
        return documents.read(file, file.getFileName().toString(), null);
    }

    private String problem(Path file, String type) {
        return catchThrowableOfType(
                        DocumentException.class,
                        () -> documents.read(file, file.getFileName().toString(), type))
                .getMessage();
    }

    private Path text(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private static void page(PDDocument pdf, String... lines) throws IOException {
        PDPage page = new PDPage();
        pdf.addPage(page);
        try (PDPageContentStream content = new PDPageContentStream(pdf, page)) {
            content.beginText();
            content.setFont(new PDType1Font(FontName.HELVETICA), 12);
            content.setLeading(14);
            content.newLineAtOffset(50, 700);
            for (String line : lines) {
                content.showText(line);
                content.newLine();
            }
            content.endText();
        }
    }

    private static void paragraph(XWPFDocument word, String style, String text) {
        XWPFParagraph paragraph = word.createParagraph();
        paragraph.setStyle(style);
        paragraph.createRun().setText(text);
    }
}
