package dev.agentsgateway.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientSession;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

/**
 * One initialised session with a server. It is not repaired: when it is lost, another one is opened. Thread-safe.
 */
final class McpSession implements AutoCloseable {
    private static final TypeRef<JsonNode> JSON = new TypeRef<>() {};
    private static final int MOST_PAGES = 50;
    private static final int MOST_TOOLS = 500;

    /** Longer than any deadline of the transport, which tells more. */
    private static final Duration SAFETY = Duration.ofSeconds(5);

    private final ServerTransport transport;
    private final McpClientSession session;
    private final Users users = new Users(this::close);
    private volatile boolean lost;

    /**
     * Opens the connection and agrees on the protocol (MCP, basic/lifecycle).
     *
     * @param toolsChanged runs whenever the server says that its tools are others now
     * @throws McpException when that cannot be done
     */
    McpSession(ServerTransport transport, Duration longest, Runnable toolsChanged) {
        this.transport = transport;
        Map<String, McpClientSession.RequestHandler<?>> requests =
                Map.of(McpSchema.METHOD_PING, _ -> Mono.just(Map.of()));
        Map<String, McpClientSession.NotificationHandler> notifications = new HashMap<>();
        for (String ignored : List.of(
                McpSchema.METHOD_NOTIFICATION_MESSAGE,
                McpSchema.METHOD_NOTIFICATION_PROGRESS,
                McpSchema.METHOD_NOTIFICATION_RESOURCES_LIST_CHANGED,
                McpSchema.METHOD_NOTIFICATION_RESOURCES_UPDATED,
                McpSchema.METHOD_NOTIFICATION_PROMPTS_LIST_CHANGED,
                "notifications/cancelled")) {
            notifications.put(ignored, _ -> Mono.empty());
        }
        notifications.put(McpSchema.METHOD_NOTIFICATION_TOOLS_LIST_CHANGED, _ -> Mono.fromRunnable(toolsChanged));
        session = new McpClientSession(longest.plus(SAFETY), transport, requests, notifications, done -> done);
        transport.onLost(() -> lost = true);
        try {
            transport.open();
            initialize();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void initialize() {
        JsonNode result = request(
                McpSchema.METHOD_INITIALIZE,
                Map.of(
                        "protocolVersion",
                        ServerTransport.VERSIONS.getLast(),
                        "capabilities",
                        Map.of(),
                        "clientInfo",
                        Map.of("name", "agents-gateway", "version", "1.0")));
        String version = result.path("protocolVersion").asText();
        if (!ServerTransport.VERSIONS.contains(version)) {
            throw new McpException(McpException.Kind.ANSWERED, "the server speaks another version of the protocol");
        }
        if (transport instanceof StreamableHttpTransport http) {
            http.negotiated(version);
        }
        told(session.sendNotification(McpSchema.METHOD_NOTIFICATION_INITIALIZED, null));
    }

    /** Held by everyone who waits for an answer. */
    Users users() {
        return users;
    }

    /** Whether nothing more can come over this session. */
    boolean lost() {
        return lost;
    }

    /** What the server says its tools are, unchecked. */
    List<JsonNode> tools() {
        List<JsonNode> tools = new ArrayList<>();
        Set<String> cursors = new HashSet<>();
        String cursor = null;
        int bytes = 0;
        do {
            JsonNode page = request(McpSchema.METHOD_TOOLS_LIST, cursor == null ? Map.of() : Map.of("cursor", cursor));
            page.path("tools").forEach(tools::add);
            bytes += Wire.write(page).length;
            cursor = page.path("nextCursor").textValue();
        } while (cursor != null
                && cursors.add(cursor)
                && cursors.size() < MOST_PAGES
                && tools.size() < MOST_TOOLS
                && bytes < ServerTransport.MAX_MESSAGE);
        return tools.size() <= MOST_TOOLS ? tools : tools.subList(0, MOST_TOOLS);
    }

    /** Whether it is there; a server that does not know the question is. */
    boolean ping() {
        try {
            request(McpSchema.METHOD_PING, null);
        } catch (McpException e) {
            if (e.kind() != McpException.Kind.ANSWERED) {
                throw e;
            }
        }
        return true;
    }

    JsonNode call(String tool, ObjectNode arguments) {
        return request(McpSchema.METHOD_TOOLS_CALL, Map.of("name", tool, "arguments", arguments));
    }

    private JsonNode request(String method, Object parameters) {
        JsonNode result = told(session.sendRequest(method, parameters, JSON));
        if (result == null || !result.isObject()) {
            throw new McpException(McpException.Kind.ANSWERED, "the server answered with something else");
        }
        return result;
    }

    private <T> T told(Mono<T> exchange) {
        AtomicReference<Object> id = new AtomicReference<>();
        try {
            return exchange.contextWrite(context -> context.put(ServerTransport.REQUEST, id))
                    .block();
        } catch (McpError e) {
            throw error(e.getJsonRpcError());
        } catch (RuntimeException e) {
            Throwable cause = Exceptions.unwrap(e);
            if (Thread.currentThread().isInterrupted() || cause instanceof InterruptedException) {
                transport.cancel(id.get());
                throw new McpException(McpException.Kind.CANCELLED, "it was cancelled", e);
            }
            throw failure(cause);
        }
    }

    private static McpException error(McpSchema.JSONRPCResponse.JSONRPCError error) {
        int code = error == null || error.code() == null ? 0 : error.code();
        return switch (code) {
            case ServerTransport.TIMED_OUT -> new McpException(McpException.Kind.TIMED_OUT, error.message());
            case ServerTransport.BROKEN -> new McpException(McpException.Kind.BROKEN, error.message());
            case ServerTransport.TOO_LARGE -> new McpException(McpException.Kind.ANSWERED, error.message());
            default ->
                new McpException(
                        McpException.Kind.ANSWERED,
                        "the server answered with error " + code + ": " + (error == null ? "" : error.message()));
        };
    }

    private static McpException failure(Throwable cause) {
        if (cause instanceof McpException told) {
            return told;
        }
        if (cause instanceof TimeoutException || cause.getCause() instanceof TimeoutException) {
            return new McpException(McpException.Kind.TIMED_OUT, "no answer in time", cause);
        }
        return new McpException(McpException.Kind.BROKEN, "the connection broke", cause);
    }

    @Override
    public void close() {
        lost = true;
        session.close();
        transport.closeGracefully().subscribe(_ -> {}, _ -> {});
    }
}
