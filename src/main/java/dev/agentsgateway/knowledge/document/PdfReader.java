package dev.agentsgateway.knowledge.document;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.zip.InflaterInputStream;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.io.MemoryUsageSetting;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.common.PDStream;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.text.PDFTextStripper;

/** Reads PDF, a section for each page. */
final class PdfReader extends PDFTextStripper {
    private static final long MEMORY = 32L << 20;
    private static final long DISK = 1L << 30;

    /** PDFBox holds a page's content in memory as a whole; real ones are far below. */
    private static final long LONGEST_CONTENT = 64L << 20;

    private final Sections sections = new Sections();
    private final Page page = new Page();

    private PdfReader() {
        setLineSeparator("\n");
        setParagraphEnd("\n");
        setPageEnd("");
        setArticleEnd("\n");
    }

    static ExtractedDocument read(Path file, String filename) {
        try (PDDocument document =
                Loader.loadPDF(file.toFile(), MemoryUsageSetting.setupMixed(MEMORY, DISK).streamCache)) {
            for (PDPage page : document.getPages()) {
                checkContent(page);
            }
            PdfReader reader = new PdfReader();
            reader.writeText(document, reader.page);
            return reader.sections.document(document.getDocumentInformation().getTitle(), filename);
        } catch (InvalidPasswordException e) {
            throw DocumentException.permanent("The PDF is encrypted with a password.", e);
        } catch (DocumentException e) {
            throw e;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            throw DocumentException.permanent("The PDF is damaged.", e);
        }
    }

    @Override
    protected void endPage(PDPage ended) {
        sections.add(paragraphs(page.take()), Map.of("page", getCurrentPageNo()));
    }

    /** Lines of a paragraph are joined; a word that a line's end parts is put together. */
    private static String paragraphs(String text) {
        return text.replaceAll("[ \\t\\u00A0]+", " ")
                .replaceAll("(?m)^ | $", "")
                .replaceAll("(?<=\\p{L})-\\n(?=\\p{Ll})", "")
                .replaceAll("(?<!\\n)\\n(?!\\n)", " ")
                .replaceAll("\\n{3,}", "\n\n");
    }

    private static void checkContent(PDPage page) throws IOException {
        long total = 0;
        for (Iterator<PDStream> streams = page.getContentStreams(); streams.hasNext(); ) {
            PDStream stream = streams.next();
            if (!stream.getFilters().contains(COSName.FLATE_DECODE)) {
                continue;
            }
            byte[] buffer = new byte[16 << 10];
            try (InputStream raw = stream.getCOSObject().createRawInputStream();
                    InputStream content = new InflaterInputStream(raw)) {
                for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                    total += read;
                    if (total > LONGEST_CONTENT) {
                        throw DocumentException.permanent("A page of the PDF is too large.");
                    }
                }
            } catch (IOException e) {
                // PDFBox knows how to read what is damaged; it gets no further than this.
            }
        }
    }

    private static final class Page extends Writer {
        private final StringBuilder text = new StringBuilder();

        @Override
        public void write(char[] buffer, int offset, int length) {
            text.append(buffer, offset, length);
            Sections.check(text.length());
        }

        String take() {
            String taken = text.toString();
            text.setLength(0);
            return taken;
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
