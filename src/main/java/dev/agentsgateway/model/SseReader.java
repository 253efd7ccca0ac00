package dev.agentsgateway.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads server-sent events (WHATWG HTML, section 9.2 "Server-sent events"): lines end with LF, CR or CRLF, a byte order
 * mark is skipped, comments and unknown fields are ignored, several {@code data} lines are joined with LF, and an event
 * that is not closed by an empty line is dropped. {@code id} and {@code retry} are not kept: nobody reconnects to a
 * model. An event is delivered as soon as its empty line is there, without waiting for a byte more.
 *
 * <p>Not thread-safe. The data is handed out as bytes in a reused buffer, because the next step is a JSON parser.
 */
public final class SseReader {
    private static final byte[] DATA = {'d', 'a', 't', 'a'};
    private static final byte[] EVENT = {'e', 'v', 'e', 'n', 't'};

    private final InputStream in;
    private final int maxEventBytes;

    private byte[] buffer = new byte[4096];
    private int position;
    private int limit;
    private boolean atStart = true;
    private boolean skipLineFeed;
    private int lineStart;
    private int lineEnd;

    private byte[] data = new byte[1024];
    private int dataLength;
    private int dataLines;
    private String event = "";

    /** @param maxEventBytes most bytes of one event; a longer one is an {@link EventTooLargeException} */
    public SseReader(InputStream in, int maxEventBytes) {
        this.in = in;
        this.maxEventBytes = maxEventBytes;
    }

    /** Waits for the next event that has data; false at the end of the stream. */
    public boolean next() throws IOException {
        startEvent();
        while (readLine()) {
            if (lineStart == lineEnd) {
                if (dataLines > 0) {
                    return true;
                }
                startEvent();
            } else {
                readField();
            }
        }
        return false;
    }

    /** The current event's type, empty when it names none. */
    public String event() {
        return event;
    }

    /** The current event's data, valid up to {@link #length()} and until {@link #next()}. */
    public byte[] data() {
        return data;
    }

    public int length() {
        return dataLength;
    }

    /** The current event's data as text. */
    public String text() {
        return new String(data, 0, dataLength, StandardCharsets.UTF_8);
    }

    private void startEvent() {
        event = "";
        dataLength = 0;
        dataLines = 0;
    }

    private void readField() throws IOException {
        int colon = lineStart;
        while (colon < lineEnd && buffer[colon] != ':') {
            colon++;
        }
        int value = Math.min(colon + 1, lineEnd);
        if (value < lineEnd && buffer[value] == ' ') {
            value++;
        }
        if (Arrays.equals(buffer, lineStart, colon, DATA, 0, DATA.length)) {
            appendData(value);
        } else if (Arrays.equals(buffer, lineStart, colon, EVENT, 0, EVENT.length)) {
            event = new String(buffer, value, lineEnd - value, StandardCharsets.UTF_8);
        }
    }

    private void appendData(int from) throws IOException {
        int joint = dataLines > 0 ? 1 : 0;
        int needed = dataLength + joint + lineEnd - from;
        checkSize(needed);
        if (needed > data.length) {
            data = Arrays.copyOf(data, Math.max(needed, data.length * 2));
        }
        if (joint == 1) {
            data[dataLength] = '\n';
        }
        System.arraycopy(buffer, from, data, dataLength + joint, lineEnd - from);
        dataLength = needed;
        dataLines++;
    }

    private boolean readLine() throws IOException {
        int scan = position;
        while (true) {
            if (skipLineFeed && position < limit) {
                skipLineFeed = false;
                if (buffer[position] == '\n') {
                    position++;
                    scan = position;
                }
            }
            for (; scan < limit; scan++) {
                byte b = buffer[scan];
                if (b == '\n' || b == '\r') {
                    lineStart = atStart ? skipByteOrderMark(position, scan) : position;
                    atStart = false;
                    lineEnd = scan;
                    position = scan + 1;
                    skipLineFeed = b == '\r';
                    return true;
                }
            }
            scan = limit - position;
            if (!fill()) {
                return false;
            }
        }
    }

    private int skipByteOrderMark(int from, int to) {
        boolean mark = to - from >= 3
                && buffer[from] == (byte) 0xEF
                && buffer[from + 1] == (byte) 0xBB
                && buffer[from + 2] == (byte) 0xBF;
        return mark ? from + 3 : from;
    }

    /** Moves the unfinished line to the front and reads on. */
    private boolean fill() throws IOException {
        int kept = limit - position;
        checkSize(kept);
        System.arraycopy(buffer, position, buffer, 0, kept);
        position = 0;
        limit = kept;
        if (limit == buffer.length) {
            buffer = Arrays.copyOf(buffer, buffer.length * 2);
        }
        int read = in.read(buffer, limit, buffer.length - limit);
        if (read < 0) {
            return false;
        }
        limit += read;
        return true;
    }

    private void checkSize(int bytes) throws EventTooLargeException {
        if (bytes > maxEventBytes) {
            throw new EventTooLargeException(maxEventBytes);
        }
    }

    /** An event, or an unfinished line of one, is longer than allowed. */
    public static final class EventTooLargeException extends IOException {
        private static final long serialVersionUID = 1;

        EventTooLargeException(int max) {
            super("an event is longer than " + max + " bytes");
        }
    }
}
