package dev.agentsgateway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.agentsgateway.common.Json;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request and its answer, with the client's time limits kept. For one thread. */
final class Exchange {
    private static final int SHORT_BODY = 64 << 10;

    private static final Logger log = LoggerFactory.getLogger(Exchange.class);
    private static final String JSON = "application/json";
    /** What is written under one write time-out. */
    static final int SLICE = 64 << 10;
    /** What is read and thrown away of a body that is too large, so that the client gets to read why. */
    private static final long MAX_DISCARD = 16 << 20;

    private final ServerRequest request;
    private final ServerResponse response;
    private final Watchdog.Watch watch;
    private final BodyBudget budget;
    private final String requestId;
    private final boolean http2;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private int status;
    private long taken;
    private boolean closing;
    private boolean unread;
    private RawBody raw;

    Exchange(
            ServerRequest request,
            ServerResponse response,
            Watchdog watchdog,
            BodyBudget budget,
            String requestId,
            boolean closing) {
        this.request = request;
        this.response = response;
        this.budget = budget;
        this.requestId = requestId;
        this.closing = closing || request.headers().containsToken(HeaderValues.CONNECTION_CLOSE);
        this.http2 = request.prologue().protocolVersion().startsWith("2");
        Watchdog.Watch connection = watchdog.connection(
                request.remotePeer().address(), request.localPeer().address());
        if (connection == null) {
            throw new CloseConnectionException("closed meanwhile");
        }
        if (http2) {
            // from here on Helidon's own idle time-out looks after a connection with many streams
            connection.disarm();
            watch = watchdog.request(Thread.currentThread());
        } else {
            watch = connection;
        }
    }

    static String header(ServerRequest request, String name) {
        return request.headers().first(HeaderNames.create(name)).orElse(null);
    }

    String header(String name) {
        return header(request, name);
    }

    String requestId() {
        return requestId;
    }

    String method() {
        return request.prologue().method().text();
    }

    String rawPath() {
        return request.prologue().uriPath().rawPath();
    }

    String rawQuery() {
        return request.prologue().query().rawValue();
    }

    /** The status that was answered, 0 when none. */
    int status() {
        return status;
    }

    boolean isPreflight() {
        return method().equals("OPTIONS") && header("access-control-request-method") != null;
    }

    /** The absolute address of the same path with one slash more or less at its end. */
    String otherSlash() {
        String path = rawPath();
        String other = path.endsWith("/") ? path.substring(0, path.length() - 1) : path + "/";
        String scheme = "https".equals(header("x-forwarded-proto")) ? "https" : "http";
        String query = rawQuery() == null || rawQuery().isEmpty() ? "" : "?" + rawQuery();
        return scheme + "://" + request.authority() + other + query;
    }

    /** Adds headers to whatever will be answered. */
    void add(Map<String, String> more) {
        headers.putAll(more);
    }

    /** A short body is read without a buffer that grows; a long one is believed only as it comes. */
    private byte[] read(InputStream in, long declared, int limit) throws IOException {
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
            leaveBody();
            throw e;
        }
    }

    /** The rest of the body stays unread, so the connection ends with the answer. */
    void leaveBody() {
        closing = true;
        unread = true;
    }

    /** The body as it comes, of at most {@code limit} bytes; see {@link Call#content}. */
    InputStream content(int limit) {
        if (!request.content().hasEntity()) {
            return InputStream.nullInputStream();
        }
        raw = new RawBody(this, watch, request.content().inputStream(), limit);
        return raw;
    }

    /** What the handler has not read of the body stays unread. */
    void leaveUnread() {
        if (raw != null && !raw.ended()) {
            leaveBody();
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
    boolean hasLongBody() {
        long declared = request.headers().contentLength().orElse(-1);
        return request.content().hasEntity() && (declared < 0 || declared > SHORT_BODY);
    }

    /** @throws HttpException 413 when a body longer than {@code limit} is announced */
    void checkLength(int limit) {
        if (request.headers().contentLength().orElse(-1) > limit) {
            readBody(limit);
        }
    }

    /**
     * Reads the whole body.
     *
     * @throws HttpException 503 when too many bytes of bodies are held already; 413 when it is longer than {@code limit}
     */
    byte[] readBody(int limit) {
        long declared = request.headers().contentLength().orElse(-1);
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        watch.arm(Watchdog.Phase.BODY);
        try {
            // never closed: closing reads the rest, for as long as the client cares to send
            InputStream in = request.content().inputStream();
            byte[] body = declared > limit ? null : read(in, declared, limit);
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
                closing = true;
                return new HttpException(400, "The request body is malformed.");
            }
        }
        log.debug("the body could not be read", e);
        return new CloseConnectionException("the body could not be read", e);
    }

    HttpException tooLarge(int limit) {
        closing = true;
        return new HttpException(413, "The request body is larger than " + limit + " bytes.");
    }

    private void discard(InputStream in) throws IOException {
        if ("100-continue".equalsIgnoreCase(header("expect"))) {
            return;
        }
        byte[] buffer = new byte[8192];
        long left = MAX_DISCARD;
        for (int n = 0; n >= 0 && left > 0; left -= n) {
            n = in.read(buffer);
        }
    }

    void sendError(int code, Object detail, Map<String, String> more) {
        add(more);
        if (response.isSent() || status != 0) {
            throw new CloseConnectionException("failed after the answer had begun");
        }
        send(code, JSON, EarlyErrors.body(detail));
    }

    void send(Answer answer) {
        switch (answer) {
            case Answer.Json json -> {
                add(json.headers());
                send(json.status(), JSON, json(json.body()));
            }
            case Answer.Content content -> {
                add(content.headers());
                send(content.status(), content.contentType(), content.body());
            }
            case Answer.Empty empty -> {
                add(empty.headers());
                begin(empty.status(), null);
                watch.arm(Watchdog.Phase.WRITE);
                response.send();
            }
            case Answer.Events events -> {
                add(events.headers());
                stream(events.producer());
            }
        }
    }

    private static byte[] json(Object body) {
        try {
            return Json.MAPPER.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the answer cannot be written as JSON", e);
        }
    }

    private void send(int code, String contentType, byte[] body) {
        begin(code, contentType);
        watch.arm(Watchdog.Phase.WRITE);
        if (method().equals("HEAD")) {
            // Helidon would write the body, which the client takes for the next answer
            response.header(HeaderValues.create(HeaderNames.CONTENT_LENGTH, body.length));
            response.send();
            return;
        }
        if (body.length <= SLICE) {
            response.send(body);
            return;
        }
        response.header(HeaderValues.create(HeaderNames.CONTENT_LENGTH, body.length));
        try (OutputStream out = response.outputStream()) {
            for (int at = 0; at < body.length; at += SLICE) {
                watch.arm(Watchdog.Phase.WRITE);
                out.write(body, at, Math.min(SLICE, body.length - at));
            }
        } catch (IOException e) {
            throw new CloseConnectionException("the client has gone", e);
        }
    }

    private void stream(Answer.EventProducer producer) {
        EventStream stream = new EventStream(this, watch);
        try {
            producer.produce(stream);
            stream.end();
        } catch (EventSink.ClientGoneException e) {
            throw new CloseConnectionException("the client has gone", e);
        } catch (RuntimeException e) {
            if (!stream.isBegun()) {
                throw e;
            }
            log.error("a stream of events failed", e);
            throw new CloseConnectionException("a stream of events failed", e);
        }
    }

    /** Sends the head of a stream and opens its body. */
    OutputStream beginEvents() {
        headers.putIfAbsent("cache-control", "no-cache");
        headers.putIfAbsent("x-accel-buffering", "no");
        begin(200, "text/event-stream; charset=utf-8");
        return response.outputStream();
    }

    private void begin(int code, String contentType) {
        status = code;
        response.status(Status.create(code));
        headers.forEach((name, value) -> set(HeaderNames.create(name), value));
        set(HttpServer.REQUEST_ID, requestId);
        if (contentType != null) {
            set(HeaderNames.CONTENT_TYPE, contentType);
        }
        if (isClosing()) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
    }

    private void set(HeaderName name, String value) {
        response.header(HeaderValues.create(name, value));
    }

    /** Helidon writes the end of a body only after its handler has returned, which one that closes never does. */
    void commit() {
        if (response instanceof RoutingResponse routing) {
            watch.arm(Watchdog.Phase.WRITE);
            try {
                routing.commit();
            } catch (RuntimeException e) {
                throw new CloseConnectionException("the client has gone", e);
            }
        }
    }

    /** The answer is complete. */
    void end() {
        budget.giveBack(taken);
        taken = 0;
        watch.arm(Watchdog.Phase.IDLE);
        watch.end();
    }

    /** Lets the client read its answer although its body was left unread. */
    void linger() {
        if (unread) {
            watch.linger();
        }
    }

    /** Whether the connection ends with this answer. */
    boolean isClosing() {
        return closing && !http2;
    }
}
