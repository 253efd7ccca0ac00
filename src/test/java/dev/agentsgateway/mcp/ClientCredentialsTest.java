package dev.agentsgateway.mcp;

import static dev.agentsgateway.mcp.FakeTools.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentsgateway.tool.Tool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The client credentials grant, against an authorization server on loopback that checks the request. */
class ClientCredentialsTest {
    private final FakeMcpServer server = new FakeMcpServer();
    private final AtomicInteger tokens = new AtomicInteger();
    private final HttpServer authorization;
    private final McpTools tools = Servers.tools();
    private volatile int expiresIn = 3600;

    ClientCredentialsTest() throws IOException {
        authorization = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        authorization.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        authorization.createContext("/token", this::grant);
        authorization.start();
        server.tools.with("echo", _ -> text("here"));
    }

    @AfterEach
    void close() {
        tools.close();
        server.close();
        authorization.stop(0);
    }

    private void grant(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String basic =
                "Basic " + Base64.getEncoder().encodeToString("gate+way:s%3Acret%2B".getBytes(StandardCharsets.UTF_8));
        boolean good = body.equals("grant_type=client_credentials&scope=mcp%3Ause")
                && basic.equals(exchange.getRequestHeaders().getFirst("Authorization"));
        if (good) {
            server.token = "token-" + tokens.incrementAndGet();
        }
        byte[] answer = ("{\"access_token\":\"" + server.token + "\",\"token_type\":\"Bearer\",\"expires_in\":"
                        + expiresIn + "}")
                .getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(good ? 200 : 401, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    private Tool echo(String secret) {
        McpServerSettings.Oauth oauth = new McpServerSettings.Oauth(
                "http://127.0.0.1:" + authorization.getAddress().getPort() + "/token", "gate way", secret, "mcp:use");
        McpServerSettings settings = Servers.web("box", "http", server.url(), Map.of(), oauth, Duration.ofSeconds(5));
        return tools.offer(List.of(settings), Set.of()).tools().getFirst();
    }

    @Test
    void aTokenIsUsedUntilItIsRefusedAndThenFetchedOnce() throws Exception {
        Tool echo = echo("s:cret+");
        assertThat(Servers.call(echo, "{}")).isEqualTo("here");
        assertThat(tokens).hasValue(1);
        server.token = "revoked";
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> calls = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                calls.add(threads.submit(() -> Servers.call(echo, "{}")));
            }
            for (Future<String> call : calls) {
                assertThat(call.get()).isEqualTo("here");
            }
        }
        assertThat(tokens).hasValue(2);
        assertThat(server.tools.calls("echo")).isEqualTo(51);
    }

    @Test
    void aTokenIsReplacedBeforeItExpires() throws Exception {
        expiresIn = 2;
        Tool echo = echo("s:cret+");
        assertThat(tokens).hasValue(1);
        Thread.sleep(1100);
        assertThat(Servers.call(echo, "{}")).isEqualTo("here");
        assertThat(tokens).hasValue(2);
    }

    @Test
    void aRefusedClientMakesTheServerUnavailableAndShowsNoSecret() {
        assertThatThrownBy(() -> echo("wrong-secret"))
                .isInstanceOf(McpUnavailableException.class)
                .hasMessageContaining("authorization server gives no token (status 401)")
                .message()
                .doesNotContain("wrong-secret");
        assertThat(server.headers).isEmpty();
    }
}
