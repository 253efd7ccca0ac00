package dev.agentsgateway.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Frames of server-sent events, per the WHATWG HTML standard, section 9.2. */
public final class Sse {
    private Sse() {}

    /**
     * {@code event: …}, {@code id: …} and {@code data: …}, each on its line, then an empty line.
     *
     * @param id   left out when null
     * @param data one line
     * @throws IllegalArgumentException when a part contains a line break, which would forge another field
     */
    public static byte[] frame(String event, String id, byte[] data) {
        for (byte b : data) {
            if (b == '\n' || b == '\r') {
                throw new IllegalArgumentException("the data of an event must be one line");
            }
        }
        String head = "event: " + line(event) + (id == null ? "" : "\nid: " + line(id)) + "\ndata: ";
        byte[] start = head.getBytes(StandardCharsets.UTF_8);
        byte[] frame = Arrays.copyOf(start, start.length + data.length + 2);
        System.arraycopy(data, 0, frame, start.length, data.length);
        frame[frame.length - 2] = '\n';
        frame[frame.length - 1] = '\n';
        return frame;
    }

    /** A comment, which clients ignore: it keeps a quiet stream open and finds out whether the client is there. */
    public static byte[] comment(String text) {
        return (": " + line(text) + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String line(String text) {
        if (text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0) {
            throw new IllegalArgumentException("a field of an event must be one line");
        }
        return text;
    }
}
