package dev.agentsgateway.mcp;

import dev.agentsgateway.model.SseReader;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import java.io.IOException;
import java.time.Duration;
import org.apache.hc.client5.http.classic.methods.HttpDelete;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streamable HTTP (MCP, basic/transports, since revision 2025-03-26): every message is a POST, its answer JSON or a
 * stream of events; a GET stream brings what the server says unasked. Thread-safe.
 */
final class StreamableHttpTransport extends HttpTransport {
    private static final Logger LOG = LoggerFactory.getLogger(StreamableHttpTransport.class);
    private static final String SESSION = "Mcp-Session-Id";
    private static final Duration GOODBYE = Duration.ofSeconds(2);
    private static final Duration LISTEN_AGAIN = Duration.ofSeconds(2);
    private static final Duration LISTEN_AGAIN_AT_MOST = Duration.ofMinutes(1);

    private final McpHttp http;
    private volatile String sessionId;
    private volatile String version;
    private volatile Thread listener;
    private volatile HttpUriRequestBase listening;
    private volatile boolean closed;

    StreamableHttpTransport(Context context, McpServerSettings settings, ClientCredentials credentials) {
        super(context, settings, credentials);
        this.http = context.http();
    }

    /** @param negotiated the revision that both sides speak, told in every request from then on */
    void negotiated(String negotiated) {
        version = negotiated;
    }

    @Override
    void send(JSONRPCMessage message) throws IOException {
        JSONRPCRequest asked = message instanceof JSONRPCRequest request ? request : null;
        post(url(), message, this::accepting, response -> {
            checkStatus(response);
            Header session = response.getFirstHeader(SESSION);
            if (asked != null && asked.method().equals(McpSchema.METHOD_INITIALIZE) && session != null) {
                sessionId = session.getValue();
            }
            if (asked != null) {
                receive(response, asked.id());
            }
        });
        if (message instanceof JSONRPCNotification told
                && told.method().equals(McpSchema.METHOD_NOTIFICATION_INITIALIZED)) {
            listener = Thread.ofVirtual().name("mcp-listener").start(this::listen);
        }
    }

    private void accepting(HttpUriRequestBase request) {
        request.setHeader("Accept", "application/json, text/event-stream");
        mark(request);
    }

    private void mark(HttpUriRequestBase request) {
        if (sessionId != null) {
            request.setHeader(SESSION, sessionId);
        }
        if (version != null) {
            request.setHeader("MCP-Protocol-Version", version);
        }
    }

    private void checkStatus(ClassicHttpResponse response) {
        int status = response.getCode();
        // Some servers answer 400 where the specification says 404.
        if (sessionId != null && (status == 404 || status == 400)) {
            throw new McpException(McpException.Kind.SESSION_GONE, "the server does not know the session any more");
        }
        if (status < 200 || status > 299) {
            throw new McpException(McpException.Kind.ANSWERED, "the server answered with status " + status);
        }
    }

    private void receive(ClassicHttpResponse response, Object id) throws IOException {
        if (hasType(response, "text/event-stream")) {
            SseReader events = new SseReader(response.getEntity().getContent(), MAX_MESSAGE);
            try {
                while (events.next()) {
                    deliver(events.data(), events.length());
                }
            } catch (SseReader.EventTooLargeException e) {
                fail(id, TOO_LARGE, TOO_LONG);
                abandon(id);
            }
            fail(id, BROKEN, "the server ended its answer early");
        } else {
            byte[] body = body(response);
            if (body.length > MAX_MESSAGE) {
                fail(id, TOO_LARGE, TOO_LONG);
                // Closing the response alone would read the rest.
                abandon(id);
            } else {
                deliver(body, body.length);
                if (waitsFor(id)) {
                    throw new McpException(McpException.Kind.ANSWERED, "the server answered with something else");
                }
            }
        }
    }

    /** Follows what the server says unasked, for as long as it offers that. */
    private void listen() {
        Duration pause = LISTEN_AGAIN;
        while (!closed) {
            long begun = System.nanoTime();
            try (ClassicHttpResponse response = execute(this::listenRequest)) {
                if (response.getCode() != 200 || !hasType(response, "text/event-stream")) {
                    return;
                }
                SseReader events = new SseReader(response.getEntity().getContent(), MAX_MESSAGE);
                while (events.next()) {
                    deliver(events.data(), events.length());
                }
            } catch (IOException | RuntimeException e) {
                LOG.debug("the stream of an MCP server ended", e);
            }
            boolean lasted = System.nanoTime() - begun > LISTEN_AGAIN_AT_MOST.toNanos();
            pause = lasted ? LISTEN_AGAIN : pause.multipliedBy(2);
            if (pause.compareTo(LISTEN_AGAIN_AT_MOST) > 0) {
                pause = LISTEN_AGAIN_AT_MOST;
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private HttpGet listenRequest() {
        HttpGet request = new HttpGet(url());
        request.setHeader("Accept", "text/event-stream");
        mark(request);
        listening = request;
        if (closed) {
            request.abort();
        }
        return request;
    }

    @Override
    void shut() {
        closed = true;
        if (listening != null) {
            listening.abort();
        }
        if (listener != null) {
            listener.interrupt();
        }
        abandonAll();
        if (sessionId != null) {
            endSession();
        }
    }

    private void endSession() {
        HttpDelete request = new HttpDelete(url());
        mark(request);
        var deadline = http.after(GOODBYE, request::abort);
        try {
            execute(() -> request).close();
        } catch (IOException | RuntimeException e) {
            LOG.debug("an MCP server was not told that its session is over", e);
        } finally {
            deadline.cancel(false);
        }
    }
}
