package dev.agentsgateway.knowledge.document;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns bytes into text: by a byte order mark, else by the charset that is declared, else as UTF-8 when that is what they
 * are, else as windows-1252, which every sequence of bytes is.
 */
final class TextDecoder {
    private static final Charset WINDOWS = Charset.forName("windows-1252");
    private static final Pattern CHARSET =
            Pattern.compile("charset\\s*=\\s*[\"']?\\s*([\\w:.-]{1,40})", Pattern.CASE_INSENSITIVE);
    private static final int HEAD = 4096;

    private record Mark(byte[] bytes, Charset charset) {
        static Mark of(String mark, Charset charset) {
            return new Mark(mark.getBytes(StandardCharsets.ISO_8859_1), charset);
        }

        boolean begins(byte[] text) {
            for (int i = 0; i < bytes.length; i++) {
                if (i >= text.length || text[i] != bytes[i]) {
                    return false;
                }
            }
            return true;
        }
    }

    private static final List<Mark> MARKS = List.of(
            Mark.of("\u00EF\u00BB\u00BF", StandardCharsets.UTF_8),
            // Before UTF-16, whose mark it begins with.
            Mark.of("\u00FF\u00FE\0\0", Charset.forName("UTF-32LE")),
            Mark.of("\0\0\u00FE\u00FF", Charset.forName("UTF-32BE")),
            Mark.of("\u00FF\u00FE", StandardCharsets.UTF_16LE),
            Mark.of("\u00FE\u00FF", StandardCharsets.UTF_16BE));

    private TextDecoder() {}

    /**
     * The text, with line feeds only.
     *
     * @param contentType may declare a charset; null when unknown
     * @throws DocumentException when these are not the bytes of a text
     */
    static String decode(byte[] bytes, String contentType) {
        for (Mark mark : MARKS) {
            if (mark.begins(bytes)) {
                int skip = mark.bytes().length;
                return lines(new String(bytes, skip, bytes.length - skip, mark.charset()));
            }
        }
        Charset declared = charset(contentType);
        if (declared == null
                || !declared.name().startsWith("UTF-16") && !declared.name().startsWith("UTF-32")) {
            refuseBinary(bytes);
        }
        if (declared != null && declared != StandardCharsets.UTF_8) {
            return lines(new String(bytes, declared));
        }
        try {
            return lines(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return lines(new String(bytes, WINDOWS));
        }
    }

    /** Like {@link #decode}, where the text may declare its own charset, as HTML does in its head. */
    static String decodeHtml(byte[] bytes, String contentType) {
        String head = new String(bytes, 0, Math.min(bytes.length, HEAD), StandardCharsets.ISO_8859_1);
        return decode(bytes, charset(contentType) == null ? head : contentType);
    }

    private static Charset charset(String declaration) {
        Matcher matcher = CHARSET.matcher(declaration == null ? "" : declaration);
        try {
            return matcher.find() ? Charset.forName(matcher.group(1)) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static void refuseBinary(byte[] bytes) {
        for (int i = 0; i < Math.min(bytes.length, HEAD); i++) {
            if (bytes[i] == 0) {
                throw DocumentException.permanent("The document is not text, nor of another kind that can be read.");
            }
        }
    }

    private static String lines(String text) {
        return text.replace("\r\n", "\n").replace('\r', '\n');
    }
}
