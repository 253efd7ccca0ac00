package dev.agentsgateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** URLs that users name do not lead into the gateway's own network, unless the operator says so. */
class OutboundTest {
    private final AtomicInteger asked = new AtomicInteger();
    private HttpServer inside;

    @BeforeEach
    void start() throws IOException {
        inside = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        inside.createContext("/", exchange -> {
            asked.incrementAndGet();
            byte[] body = "Something internal that nobody outside may read.".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        inside.start();
    }

    @AfterEach
    void stop() {
        inside.stop(0);
    }

    private String url(String host) {
        return "http://" + host + ":" + inside.getAddress().getPort() + "/";
    }

    private static void agentWithServer(TestGateway gateway, String url) {
        gateway.createAgent(
                "a1",
                "You help.",
                body -> body.putObject("config")
                        .putObject("worker_config")
                        .putArray("mcp_servers")
                        .addObject()
                        .put("name", "box")
                        .put("type", "http")
                        .put("url", url));
    }

    private static JsonNode indexed(TestGateway gateway, String url) throws InterruptedException {
        String id = UUID.randomUUID().toString();
        gateway.post(
                "/v2/knowledge/acme",
                Json.object()
                        .put("file_id", id)
                        .put("original_filename", url)
                        .put("content_type", "text/url")
                        .put("file_type", "company"));
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (true) {
            JsonNode entry = gateway.get("/v2/knowledge/acme/files/" + id).json();
            if (!entry.get("knowledge_status").asText().equals("indexing")) {
                return entry;
            }
            assertThat(System.nanoTime()).as(entry.toString()).isLessThan(end);
            Thread.sleep(50);
        }
    }

    @Test
    void loopbackIsRefusedByDefault() throws Exception {
        try (TestGateway gateway = TestGateway.start()) {
            for (String host : new String[] {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"}) {
                assertThat(indexed(gateway, url(host)).get("knowledge_status").asText())
                        .as(host)
                        .isEqualTo("failed");
            }
            agentWithServer(gateway, url("127.0.0.1"));
            assertThat(gateway.chat("a1", "Go", body -> body.put("stream", false))
                            .status())
                    .isEqualTo(503);
        }
        assertThat(asked).hasValue(0);
    }

    @Test
    void theOperatorMayAllowIt() throws Exception {
        try (TestGateway gateway = TestGateway.start(Map.of("OUTBOUND_ALLOW_PRIVATE", "true"))) {
            assertThat(indexed(gateway, url("127.0.0.1"))
                            .get("knowledge_status")
                            .asText())
                    .isEqualTo("indexed");
        }
        assertThat(asked).hasValue(1);
    }
}
