package dev.agentsgateway.app;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The world on which the tools of {@link CrashableGateway} act: counts every effect by its tool and the call's key. */
public final class EffectServer implements AutoCloseable {
    private final Map<String, Integer> effects = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    private final Duration pause;

    /** @param pause how long an effect takes, half before and half after it happens */
    public EffectServer(Duration pause) {
        this.pause = pause;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
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

    /** By the call's key: how often the tool had its effect for the run. */
    public Map<String, Integer> of(String tool, String run) {
        Map<String, Integer> found = new TreeMap<>();
        effects.forEach((what, count) -> {
            if (what.startsWith("/" + tool + "/" + run + ":")) {
                found.put(what, count);
            }
        });
        return found;
    }

    /** By {@code /tool/key}: every effect. */
    public Map<String, Integer> all() {
        return new TreeMap<>(effects);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            Thread.sleep(pause.dividedBy(2));
            effects.merge(exchange.getRequestURI().getPath(), 1, Integer::sum);
            Thread.sleep(pause.dividedBy(2));
            byte[] body = "{\"did\":true}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
