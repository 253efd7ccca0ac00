package dev.agentsgateway.bench;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/**
 * A keep-alive HTTP/1.1 client connection that does as little as can be done: it shares the processors with what it
 * measures. Understands what the gateway and the scripted model answer, and no more. For one thread.
 */
final class LoadConnection implements Closeable {
    private static final int CONNECT_MILLIS = 10_000;
    private static final int SILENCE_MILLIS = 60_000;
    private static final int BUFFER = 8 * 1024;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER];
    private int position;
    private int limit;
    private boolean reusable = true;

    /** Receives the body of an answer, in pieces as they come, without the framing. */
    interface Sink {
        Sink IGNORE = (_, _, _) -> {};

        void accept(byte[] bytes, int offset, int length);
    }

    LoadConnection(InetSocketAddress address) throws IOException {
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(SILENCE_MILLIS);
            socket.connect(address, CONNECT_MILLIS);
            in = socket.getInputStream();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** The bytes of a request, for callers that send the same one many times. */
    static byte[] request(String method, String path, Map<String, String> headers, String body) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: bench\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        if (content.length > 0) {
            head.append("Content-Type: application/json\r\nContent-Length: ")
                    .append(content.length)
                    .append("\r\n");
        }
        byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] whole = new byte[start.length + content.length];
        System.arraycopy(start, 0, whole, 0, start.length);
        System.arraycopy(content, 0, whole, start.length, content.length);
        return whole;
    }

    /** Sends a request and reads the whole answer; returns its status. */
    int send(byte[] request, Sink sink) throws IOException {
        socket.getOutputStream().write(request);
        String head = head();
        int status = Integer.parseInt(head.substring(9, 12));
        String lower = head.toLowerCase(Locale.ROOT);
        reusable = !lower.contains("\r\nconnection: close");
        if (lower.contains("\r\ntransfer-encoding: chunked")) {
            readChunks(sink);
        } else {
            int at = lower.indexOf("\r\ncontent-length:");
            int from = at + "\r\ncontent-length:".length();
            read(
                    at < 0
                            ? 0
                            : Integer.parseInt(lower.substring(from, lower.indexOf('\r', from))
                                    .strip()),
                    sink);
        }
        return status;
    }

    boolean isReusable() {
        return reusable;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is closed either way.
        }
    }

    private String head() throws IOException {
        StringBuilder head = new StringBuilder(512);
        int newlines = 0;
        while (newlines < 2) {
            byte b = next();
            head.append((char) b);
            if (b == '\n') {
                newlines++;
            } else if (b != '\r') {
                newlines = 0;
            }
        }
        return head.toString();
    }

    private void readChunks(Sink sink) throws IOException {
        while (true) {
            int size = 0;
            boolean extension = false;
            for (byte b = next(); b != '\n'; b = next()) {
                extension |= b == ';';
                if (!extension && b != '\r') {
                    size = size * 16 + Character.digit(b, 16);
                }
            }
            read(size, sink);
            next();
            next();
            if (size == 0) {
                return;
            }
        }
    }

    private void read(int length, Sink sink) throws IOException {
        for (int left = length; left > 0; ) {
            if (position == limit) {
                fill();
            }
            int part = Math.min(left, limit - position);
            sink.accept(buffer, position, part);
            position += part;
            left -= part;
        }
    }

    private byte next() throws IOException {
        if (position == limit) {
            fill();
        }
        return buffer[position++];
    }

    private void fill() throws IOException {
        position = 0;
        limit = 0;
        int read = in.read(buffer);
        if (read < 0) {
            throw new EOFException("the server closed the connection in the middle of an answer");
        }
        limit = read;
    }
}
