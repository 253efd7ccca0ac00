package dev.agentsgateway.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads {@code multipart/form-data} (RFC 7578, RFC 2046 section 5.1) part by part from a stream, with a buffer of 64 KiB
 * whatever the size of the parts. What is malformed is 400. For one thread.
 */
public final class Multipart {
    private static final int BUFFER = 64 << 10;
    private static final int MAX_HEADERS = 8 << 10;
    private static final int MAX_PARTS = 100;
    private static final String TYPE = "multipart/form-data";

    private static final Pattern PARAMETER =
            Pattern.compile(";\\s*([A-Za-z0-9_*-]+)=(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^;\\s]+))");
    private static final Pattern BOUNDARY = Pattern.compile("[A-Za-z0-9'()+_,./:=? -]{0,69}[A-Za-z0-9'()+_,./:=?-]");

    private final InputStream in;
    private final byte[] delimiter;
    private final byte[] buffer = new byte[BUFFER];
    private int start;
    private int end;
    private int parts;
    private Content current;
    private boolean ended;

    /**
     * One part, whose body is to be read before the next part is asked for.
     *
     * @param filename    null when the part is no file
     * @param contentType null when the part does not say
     */
    public record Part(String name, String filename, String contentType, InputStream body) {}

    /**
     * @param contentType of the request, with its boundary
     * @throws HttpException 400 without a boundary
     */
    public Multipart(InputStream in, String contentType) {
        String boundary = parameters(contentType).get("boundary");
        if (boundary == null || !BOUNDARY.matcher(boundary).matches()) {
            throw malformed("the content type has no valid boundary");
        }
        this.in = in;
        this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.US_ASCII);
        // The first delimiter has no line before it.
        buffer[0] = '\r';
        buffer[1] = '\n';
        end = 2;
        this.current = new Content();
    }

    public static boolean accepts(String contentType) {
        return contentType != null
                && contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(TYPE);
    }

    /** The next part; null behind the last one, when the whole body has been read. */
    public Part next() throws IOException {
        if (ended) {
            return null;
        }
        current.transferTo(OutputStream.nullOutputStream());
        start += delimiter.length;
        String rest = line(MAX_HEADERS);
        if (rest.startsWith("--")) {
            ended = true;
            start = end;
            while (in.read(buffer) >= 0) {
                // What comes behind the last delimiter is to be ignored.
                start = end;
            }
            return null;
        }
        if (!rest.isBlank() || ++parts > MAX_PARTS) {
            throw malformed(rest.isBlank() ? "more than " + MAX_PARTS + " parts" : "a delimiter does not end its line");
        }
        Map<String, String> headers = headers();
        String disposition = headers.getOrDefault("content-disposition", "");
        Map<String, String> said = parameters(disposition);
        if (!disposition.toLowerCase(Locale.ROOT).startsWith("form-data") || said.get("name") == null) {
            throw malformed("a part has no name");
        }
        current = new Content();
        return new Part(said.get("name"), said.get("filename"), headers.get("content-type"), current);
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new HashMap<>();
        int left = MAX_HEADERS;
        for (String line = line(left); !line.isEmpty(); line = line(left)) {
            left -= line.length() + 2;
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw malformed("a header of a part has no colon");
            }
            headers.put(
                    line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return headers;
    }

    private String line(int most) throws IOException {
        int at = start;
        while (true) {
            for (; at + 1 < end; at++) {
                if (buffer[at] == '\r' && buffer[at + 1] == '\n') {
                    String line = new String(buffer, start, at - start, StandardCharsets.UTF_8);
                    start = at + 2;
                    return line;
                }
            }
            if (end - start > most) {
                throw malformed("the headers of a part are too long");
            }
            at -= start;
            if (!fill()) {
                throw malformed("it ends within the headers of a part");
            }
            at += start;
        }
    }

    /** Reads more, and moves what is there to the buffer's begin before; false at the end of the stream. */
    private boolean fill() throws IOException {
        System.arraycopy(buffer, start, buffer, 0, end - start);
        end -= start;
        start = 0;
        int n = in.read(buffer, end, buffer.length - end);
        if (n > 0) {
            end += n;
        }
        return n > 0;
    }

    private static Map<String, String> parameters(String header) {
        Map<String, String> parameters = new HashMap<>();
        Matcher matcher = PARAMETER.matcher(header);
        while (matcher.find()) {
            String quoted = matcher.group(2);
            // Browsers write a quote as %22 (RFC 7578, section 4.2, leaves it to them).
            String value = quoted == null
                    ? matcher.group(3)
                    : quoted.replaceAll("\\\\(.)", "$1").replace("%22", "\"");
            parameters.putIfAbsent(matcher.group(1).toLowerCase(Locale.ROOT), value);
        }
        return parameters;
    }

    private static HttpException malformed(String why) {
        return new HttpException(400, "The multipart body is malformed: " + why + ".");
    }

    /** What stands before the next delimiter. */
    private final class Content extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            if (this != current) {
                throw new IOException("the part has been left");
            }
            if (length == 0) {
                return 0;
            }
            while (true) {
                int found = find();
                if (found == start && delimiterAt(start)) {
                    return -1;
                }
                if (found > start) {
                    int n = Math.min(length, found - start);
                    System.arraycopy(buffer, start, to, offset, n);
                    start += n;
                    return n;
                }
                if (!fill()) {
                    throw malformed("it ends without its last delimiter");
                }
            }
        }

        /** Where the delimiter begins, or may begin when more has been read. */
        private int find() {
            for (int at = start; at < end; at++) {
                if (buffer[at] == '\r' && (delimiterAt(at) || end - at < delimiter.length && prefixAt(at))) {
                    return at;
                }
            }
            return end;
        }

        private boolean delimiterAt(int at) {
            return end - at >= delimiter.length && prefixAt(at);
        }

        private boolean prefixAt(int at) {
            int most = Math.min(delimiter.length, end - at);
            for (int i = 0; i < most; i++) {
                if (buffer[at + i] != delimiter[i]) {
                    return false;
                }
            }
            return true;
        }
    }
}
