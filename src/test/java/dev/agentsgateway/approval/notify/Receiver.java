package dev.agentsgateway.approval.notify;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Plays webhooks and vendors on loopback: keeps what it is sent, and answers what it is told, else 200. */
final class Receiver implements AutoCloseable {
    /** One request as it came in. */
    record Received(String method, String path, Map<String, String> headers, String body, Instant at) {
        JsonNode json() {
            return Json.read(body);
        }
    }

    /** @param delay before the answer begins */
    record Reply(int status, Map<String, String> headers, String body, Duration delay) {
        static Reply status(int status) {
            return new Reply(status, Map.of(), "{}", Duration.ZERO);
        }

        Reply header(String name, String value) {
            return new Reply(status, Map.of(name, value), body, delay);
        }

        Reply body(String text) {
            return new Reply(status, headers, text, delay);
        }

        Reply after(Duration time) {
            return new Reply(status, headers, body, time);
        }
    }

    final List<Received> requests = new CopyOnWriteArrayList<>();
    final Queue<Reply> replies = new ConcurrentLinkedQueue<>();
    volatile Reply otherwise = Reply.status(200);
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    Receiver() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, String.join(", ", values)));
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(new Received(
                    exchange.getRequestMethod(), exchange.getRequestURI().toString(), headers, body, Instant.now()));
            Reply reply = replies.poll();
            reply = reply == null ? otherwise : reply;
            try {
                Thread.sleep(reply.delay());
            } catch (InterruptedException e) {
                return;
            }
            reply.headers().forEach(exchange.getResponseHeaders()::add);
            byte[] answer = reply.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(reply.status(), answer.length == 0 ? -1 : answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
