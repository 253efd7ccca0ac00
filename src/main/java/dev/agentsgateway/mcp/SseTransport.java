package dev.agentsgateway.mcp;

import dev.agentsgateway.model.SseReader;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.core5.http.ClassicHttpResponse;

/**
 * HTTP with server-sent events (MCP revision 2024-11-05, basic/transports): one stream brings everything that the server
 * says, its first event names where messages are posted to. Thread-safe.
 */
final class SseTransport extends HttpTransport {
    private static final int OPENING_SECONDS = 15;

    private final CompletableFuture<URI> endpoint = new CompletableFuture<>();
    private volatile HttpGet stream;
    private volatile boolean closed;

    SseTransport(Context context, McpServerSettings settings, ClientCredentials credentials) {
        super(context, settings, credentials);
    }

    @Override
    void open() {
        Thread.ofVirtual().name("mcp-sse").start(this::read);
        try {
            endpoint.get(OPENING_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof McpException told
                    ? told
                    : new McpException(McpException.Kind.NOT_SENT, "the server cannot be reached", e.getCause());
        } catch (TimeoutException e) {
            throw new McpException(McpException.Kind.NOT_SENT, "the server does not say where to post to");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new McpException(McpException.Kind.NOT_SENT, "interrupted");
        }
    }

    private void read() {
        String why = "the server ended the stream";
        try (ClassicHttpResponse response = execute(this::request)) {
            if (response.getCode() != 200 || !hasType(response, "text/event-stream")) {
                throw new McpException(
                        McpException.Kind.ANSWERED, "the server answered with status " + response.getCode());
            }
            SseReader events = new SseReader(response.getEntity().getContent(), MAX_MESSAGE);
            while (events.next()) {
                if (events.event().equals("endpoint")) {
                    endpoint.complete(sameOrigin(events.text()));
                } else {
                    deliver(events.data(), events.length());
                }
            }
        } catch (SseReader.EventTooLargeException e) {
            why = TOO_LONG;
            stream.abort();
        } catch (IOException | RuntimeException e) {
            endpoint.completeExceptionally(e);
        }
        endpoint.completeExceptionally(new McpException(McpException.Kind.ANSWERED, why));
        lost(why);
    }

    private HttpGet request() {
        HttpGet request = new HttpGet(url());
        request.setHeader("Accept", "text/event-stream");
        stream = request;
        if (closed) {
            request.abort();
        }
        return request;
    }

    /** The configured headers, which may hold secrets, go to no other server. */
    private URI sameOrigin(String told) {
        URI resolved = url().resolve(told.strip());
        boolean same = url().getScheme().equalsIgnoreCase(resolved.getScheme())
                && url().getHost().equalsIgnoreCase(resolved.getHost())
                && url().getPort() == resolved.getPort();
        if (!same) {
            throw new McpException(McpException.Kind.FORBIDDEN, "the server wants messages posted to another server");
        }
        return resolved;
    }

    @Override
    void send(JSONRPCMessage message) throws IOException {
        URI to = endpoint.getNow(null);
        post(to, message, _ -> {}, response -> {
            int status = response.getCode();
            if (status == 404 || status == 400) {
                throw new McpException(McpException.Kind.SESSION_GONE, "the server does not know the session any more");
            }
            if (status < 200 || status > 299) {
                throw new McpException(McpException.Kind.ANSWERED, "the server answered with status " + status);
            }
        });
    }

    @Override
    void shut() {
        closed = true;
        abandonAll();
        if (stream != null) {
            stream.abort();
        }
    }
}
