package dev.agentsgateway.bench;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** One client of {@link LoopbackHttp}. Belongs to one thread, except {@link #cut()}. */
final class LoopbackConnection implements Closeable {
    private static final int MAX_LINE = 64 * 1024;
    private static final int MAX_BODY = 256 << 20;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[16 * 1024];
    private int position;
    private int limit;

    LoopbackConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
    }

    /** @param headers names in lower case */
    record Request(String method, String path, Map<String, String> headers, byte[] body) {}

    /** The client closed the connection before the answer was complete. */
    static final class ClientGoneException extends IOException {
        private static final long serialVersionUID = 1;

        ClientGoneException(Throwable cause) {
            super("the client has gone", cause);
        }
    }

    /** The next request, null when the client closed the connection. */
    Request read() throws IOException {
        String line = readLine();
        if (line == null) {
            return null;
        }
        String[] start = line.split(" ", 3);
        if (start.length != 3) {
            throw new IOException("not HTTP: " + line);
        }
        Map<String, String> headers = new TreeMap<>();
        for (String header = readLine(); header != null && !header.isEmpty(); header = readLine()) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).trim());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        if (headers.containsKey("transfer-encoding") || length > MAX_BODY) {
            throw new IOException("only bodies with a Content-Length of at most " + MAX_BODY + " are read");
        }
        return new Request(start[0], start[1], headers, readBytes(length));
    }

    void respond(int status, String contentType, Map<String, String> headers, byte[] body) throws IOException {
        write(head(status, contentType, headers, "Content-Length: " + body.length), body);
    }

    void startChunks(int status, String contentType, Map<String, String> headers) throws IOException {
        write(head(status, contentType, headers, "Transfer-Encoding: chunked"), new byte[0]);
    }

    void chunk(String text) throws IOException {
        writeRaw(framed(text));
    }

    void endChunks() throws IOException {
        writeRaw("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    /** A chunk as it goes over the wire, for callers that send the same one many times. */
    static byte[] framed(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        byte[] size = (Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] frame = Arrays.copyOf(size, size.length + bytes.length + 2);
        System.arraycopy(bytes, 0, frame, size.length, bytes.length);
        frame[frame.length - 2] = '\r';
        frame[frame.length - 1] = '\n';
        return frame;
    }

    void writeRaw(byte[] bytes) throws IOException {
        try {
            out.write(bytes);
        } catch (IOException e) {
            throw new ClientGoneException(e);
        }
    }

    /** Stays silent for a while; throws {@link ClientGoneException} the moment that the client closes. */
    void idle(Duration time) throws IOException {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toMillis(); left > 0; left = (end - System.nanoTime()) / 1_000_000) {
            if (limit - position == buffer.length) {
                throw new IOException("pipelined requests are not supported");
            }
            compact();
            socket.setSoTimeout((int) left);
            try {
                int read = in.read(buffer, limit, buffer.length - limit);
                if (read < 0) {
                    throw new ClientGoneException(null);
                }
                limit += read;
            } catch (SocketTimeoutException e) {
                // The client is still there.
            } catch (ClientGoneException e) {
                throw e;
            } catch (IOException e) {
                throw new ClientGoneException(e);
            } finally {
                if (!socket.isClosed()) {
                    socket.setSoTimeout(0);
                }
            }
        }
    }

    /** Ends the connection wherever it is. */
    void cut() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is closed either way.
        }
    }

    @Override
    public void close() {
        cut();
    }

    private static byte[] head(int status, String contentType, Map<String, String> headers, String framing) {
        var head = new StringBuilder(256).append("HTTP/1.1 ").append(status).append(" Scripted\r\n");
        head.append("Content-Type: ")
                .append(contentType)
                .append("\r\n")
                .append(framing)
                .append("\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private void write(byte[] head, byte[] body) throws IOException {
        byte[] all = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        writeRaw(all);
    }

    private String readLine() throws IOException {
        var line = new StringBuilder(128);
        while (true) {
            if (position == limit && !fill()) {
                return null;
            }
            byte b = buffer[position++];
            if (b == '\n') {
                int length = line.length();
                if (length > 0 && line.charAt(length - 1) == '\r') {
                    line.setLength(length - 1);
                }
                return line.toString();
            }
            if (line.length() == MAX_LINE) {
                throw new IOException("a header line is too long");
            }
            line.append((char) (b & 0xFF));
        }
    }

    private byte[] readBytes(int length) throws IOException {
        byte[] bytes = new byte[length];
        int done = Math.min(length, limit - position);
        System.arraycopy(buffer, position, bytes, 0, done);
        position += done;
        int read = in.readNBytes(bytes, done, length - done);
        if (read < length - done) {
            throw new EOFException();
        }
        return bytes;
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = 0;
        int read = in.read(buffer);
        limit = Math.max(read, 0);
        return read > 0;
    }

    private void compact() {
        System.arraycopy(buffer, position, buffer, 0, limit - position);
        limit -= position;
        position = 0;
    }
}
