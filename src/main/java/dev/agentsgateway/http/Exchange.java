package dev.agentsgateway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.agentsgateway.common.Json;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request and its answer, with the client's time limits kept. For one thread. */
final class Exchange {
    private static final Logger log = LoggerFactory.getLogger(Exchange.class);
    private static final String JSON = "application/json";
    /** What is written under one write time-out. */
    static final int SLICE = 64 << 10;

    private final ServerRequest request;
    private final ServerResponse response;
    private final Watchdog.Watch watch;
    private final String requestId;
    private final boolean http2;
    private final BodyReader body;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private int status;
    private final boolean closing;

    Exchange(
            ServerRequest request,
            ServerResponse response,
            Watchdog watchdog,
            BodyBudget budget,
            String requestId,
            boolean closing) {
        this.request = request;
        this.response = response;
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
        body = new BodyReader(request, watch, budget, http2);
    }

    BodyReader body() {
        return body;
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
        body.giveBack();
        watch.arm(Watchdog.Phase.IDLE);
        watch.end();
    }

    /** Lets the client read its answer although its body was left unread. */
    void linger() {
        if (body.isUnread()) {
            watch.linger();
        }
    }

    /** Whether the connection ends with this answer. */
    boolean isClosing() {
        return (closing || body.isBroken()) && !http2;
    }
}
