package dev.agentsgateway.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An MCP server on loopback that speaks streamable HTTP at {@code /mcp} and HTTP with server-sent events at {@code
 * /sse}, and checks what it is sent: a request against the protocol is answered 400 and noted.
 */
final class FakeMcpServer implements AutoCloseable {
    final FakeTools tools = new FakeTools();
    final List<String> complaints = new CopyOnWriteArrayList<>();
    final List<Map<String, List<String>>> headers = new CopyOnWriteArrayList<>();
    /** The only token that is accepted; null accepts everyone. */
    volatile String token;
    /** Whether POSTs are answered by a stream instead of JSON. */
    volatile boolean streaming;

    private final Set<String> sessions = ConcurrentHashMap.newKeySet();
    private final Set<String> greeted = ConcurrentHashMap.newKeySet();
    private final Map<String, OutputStream> streams = new ConcurrentHashMap<>();
    private ExecutorService threads;
    private HttpServer server;
    private final int port;

    FakeMcpServer() {
        start(0);
        port = server.getAddress().getPort();
    }

    private void start(int at) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), at), 100);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        threads = Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(threads);
        server.createContext("/mcp", exchange -> guarded(exchange, this::streamable));
        server.createContext("/sse", exchange -> guarded(exchange, this::events));
        server.createContext("/messages", exchange -> guarded(exchange, this::message));
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + port + "/mcp";
    }

    String sseUrl() {
        return "http://127.0.0.1:" + port + "/sse";
    }

    /** Connections are closed, sessions forgotten. */
    void stop() {
        server.stop(0);
        threads.shutdownNow();
        sessions.clear();
        greeted.clear();
        streams.clear();
    }

    void start() {
        start(port);
    }

    void restart() {
        stop();
        start();
    }

    int openStreams() {
        return streams.size();
    }

    int openSessions() {
        return sessions.size();
    }

    /** Tells every client that the tools are others now. */
    void toolsChanged() throws IOException {
        for (OutputStream stream : streams.values()) {
            frame(stream, "message", "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}");
        }
    }

    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    private void guarded(HttpExchange exchange, Handler handler) throws IOException {
        headers.add(Map.copyOf(exchange.getRequestHeaders()));
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (token != null && !("Bearer " + token).equals(authorization)) {
            answer(exchange, 401, "{}");
        } else {
            handler.handle(exchange);
        }
        exchange.close();
    }

    private void streamable(HttpExchange exchange) throws IOException {
        String session = exchange.getRequestHeaders().getFirst("Mcp-Session-Id");
        if (session != null && !sessions.contains(session)) {
            answer(exchange, 404, "{}");
            return;
        }
        switch (exchange.getRequestMethod()) {
            case "GET" -> listen(exchange, session);
            case "DELETE" -> {
                sessions.remove(session);
                answer(exchange, 200, "{}");
            }
            default -> post(exchange, session);
        }
    }

    private void post(HttpExchange exchange, String session) throws IOException {
        JsonNode message = read(exchange);
        String method = message.path("method").asText();
        String accept = String.valueOf(exchange.getRequestHeaders().getFirst("Accept"));
        check(accept.contains("application/json") && accept.contains("text/event-stream"), "Accept: " + accept);
        check(message.path("jsonrpc").asText().equals("2.0"), "jsonrpc: " + message);
        if (method.equals("initialize")) {
            session = UUID.randomUUID().toString();
            sessions.add(session);
            exchange.getResponseHeaders().add("Mcp-Session-Id", session);
        } else {
            check(session != null, method + " without a session");
            check(exchange.getRequestHeaders().getFirst("MCP-Protocol-Version") != null, method + " without a version");
        }
        if (method.equals("notifications/initialized")) {
            greeted.add(session);
        } else if (method.startsWith("tools/")) {
            check(greeted.contains(session), method + " before notifications/initialized");
        }
        ObjectNode answer = tools.answer(message);
        if (answer == null) {
            exchange.sendResponseHeaders(202, -1);
        } else if (streaming) {
            exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(": hello\n\n".getBytes(StandardCharsets.UTF_8));
            frame(exchange.getResponseBody(), "message", answer.toString());
        } else {
            answer(exchange, 200, answer.toString());
        }
    }

    private void listen(HttpExchange exchange, String session) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        hold(session, exchange);
    }

    private void events(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", "text/event-stream; charset=utf-8");
        exchange.sendResponseHeaders(200, 0);
        String session = UUID.randomUUID().toString();
        sessions.add(session);
        frame(exchange.getResponseBody(), "endpoint", "/messages?session=" + session);
        hold(session, exchange);
    }

    private void hold(String session, HttpExchange exchange) throws IOException {
        streams.put(session, exchange.getResponseBody());
        try {
            while (sessions.contains(session)) {
                Thread.sleep(20);
                frame(exchange.getResponseBody(), "keepalive", "{}");
            }
        } catch (InterruptedException | IOException e) {
            // It was stopped, or the client has gone.
        } finally {
            streams.remove(session);
            sessions.remove(session);
        }
    }

    private void message(HttpExchange exchange) throws IOException {
        String session = exchange.getRequestURI().getQuery().substring("session=".length());
        OutputStream stream = streams.get(session);
        JsonNode message = read(exchange);
        answer(exchange, stream == null ? 404 : 202, "");
        ObjectNode answer = stream == null ? null : tools.answer(message);
        if (answer != null) {
            frame(stream, "message", answer.toString());
        }
    }

    private static JsonNode read(HttpExchange exchange) throws IOException {
        return Json.read(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    }

    private void check(boolean holds, String complaint) {
        if (!holds) {
            complaints.add(complaint);
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
    }

    private static void frame(OutputStream out, String event, String data) throws IOException {
        synchronized (out) {
            out.write(("event: " + event + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
