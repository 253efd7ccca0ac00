package dev.agentsgateway.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the body of one request within the limits of its size, its time and the memory of all bodies. For one thread. */
final class BodyReader {
    private static final Logger log = LoggerFactory.getLogger(BodyReader.class);
    private static final int SHORT_BODY = 64 << 10;
    /** What is read and thrown away of a body that is too large, so that the client gets to read why. */
    private static final long MAX_DISCARD = 16 << 20;

    private final ServerRequest request;
    private final Watchdog.Watch watch;
    private final BodyBudget budget;
    private final boolean http2;
    private long taken;
    private boolean broken;
    private boolean unread;
    private RawBody raw;

    BodyReader(ServerRequest request, Watchdog.Watch watch, BodyBudget budget, boolean http2) {
        this.request = request;
        this.watch = watch;
        this.budget = budget;
        this.http2 = http2;
    }

    /** Whether nothing can be read of the connection behind this body. */
    boolean isBroken() {
        return broken;
    }

    /** Whether the body was left unread. */
    boolean isUnread() {
        return unread;
    }

    /** The body is not needed any more. */
    void giveBack() {
        budget.giveBack(taken);
        taken = 0;
    }

    /** A short body is read without a buffer that grows; a long one is believed only as it comes. */
    private byte[] readAll(InputStream in, long declared, int limit) throws IOException {
        if (declared < 0) {
            return readChunks(in, limit);
        }
        if (declared > SHORT_BODY) {
            take(declared);
            return in.readNBytes(limit + 1);
        }
        byte[] body = new byte[(int) declared];
        int length = in.readNBytes(body, 0, body.length);
        return length == body.length ? body : Arrays.copyOf(body, length);
    }

    private byte[] readChunks(InputStream in, int limit) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        for (int n = in.read(buffer); n >= 0 && body.size() <= limit; n = in.read(buffer)) {
            if (body.size() + n > SHORT_BODY) {
                take(body.size() + n - taken);
            }
            body.write(buffer, 0, n);
        }
        return body.toByteArray();
    }

    private void take(long bytes) {
        try {
            budget.take(bytes);
            taken += bytes;
        } catch (HttpException e) {
            leave();
            throw e;
        }
    }

    /** The rest of the body stays unread, so the connection ends with the answer. */
    void leave() {
        broken = true;
        unread = true;
    }

    /** The body as it comes, of at most {@code limit} bytes; see {@link Call#content}. */
    InputStream stream(int limit) {
        if (!request.content().hasEntity()) {
            return InputStream.nullInputStream();
        }
        raw = new RawBody(this, watch, request.content().inputStream(), limit);
        return raw;
    }

    /** What the handler has not read of the body stays unread. */
    void leaveUnread() {
        if (raw != null && !raw.ended()) {
            leave();
        }
    }

    /** Why a raw body could not be read. */
    RuntimeException unreadable(Exception e, int limit) {
        if (watch.disarm()) {
            return malformed(e, limit);
        }
        tookTooLong(e);
        return new IllegalStateException(e);
    }

    /** Whether the body is longer than 64 KiB, or may be. */
    boolean isLong() {
        long declared = request.headers().contentLength().orElse(-1);
        return request.content().hasEntity() && (declared < 0 || declared > SHORT_BODY);
    }

    /** @throws HttpException 413 when a body longer than {@code limit} is announced */
    void checkLength(int limit) {
        if (request.headers().contentLength().orElse(-1) > limit) {
            read(limit);
        }
    }

    /**
     * Reads the whole body.
     *
     * @throws HttpException 503 when too many bytes of bodies are held already; 413 when it is longer than {@code limit}
     */
    byte[] read(int limit) {
        long declared = request.headers().contentLength().orElse(-1);
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        watch.arm(Watchdog.Phase.BODY);
        try {
            // never closed: closing reads the rest, for as long as the client cares to send
            InputStream in = request.content().inputStream();
            byte[] body = declared > limit ? null : readAll(in, declared, limit);
            if (body == null || body.length > limit) {
                discard(in);
                throw tooLarge(limit);
            }
            if (!watch.disarm()) {
                throw new CloseConnectionException("the body took too long");
            }
            return body;
        } catch (IOException | RuntimeException e) {
            if (e instanceof HttpException known) {
                throw known;
            }
            if (!watch.disarm()) {
                return tookTooLong(e);
            }
            throw malformed(e, limit);
        }
    }

    private byte[] tookTooLong(Exception e) {
        if (http2) {
            // the watchdog has interrupted this thread; over HTTP/1.1 it has answered by itself
            Thread.interrupted();
            throw new HttpException(408, "Request Timeout");
        }
        throw new CloseConnectionException("the body took too long", e);
    }

    private RuntimeException malformed(Exception e, int limit) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof RequestException refused && refused.status().code() == 413) {
                return tooLarge(limit);
            }
            if (cause instanceof RequestException
                    || cause instanceof NumberFormatException
                    || cause instanceof DataReader.IncorrectNewLineException) {
                broken = true;
                return new HttpException(400, "The request body is malformed.");
            }
        }
        log.debug("the body could not be read", e);
        return new CloseConnectionException("the body could not be read", e);
    }

    HttpException tooLarge(int limit) {
        broken = true;
        return new HttpException(413, "The request body is larger than " + limit + " bytes.");
    }

    private void discard(InputStream in) throws IOException {
        if ("100-continue".equalsIgnoreCase(Exchange.header(request, "expect"))) {
            return;
        }
        byte[] buffer = new byte[8192];
        long left = MAX_DISCARD;
        for (int n = 0; n >= 0 && left > 0; left -= n) {
            n = in.read(buffer);
        }
    }
}
