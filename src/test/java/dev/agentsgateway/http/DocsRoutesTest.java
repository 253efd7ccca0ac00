package dev.agentsgateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DocsRoutesTest {
    private static final Pattern LINK = Pattern.compile("(?:src|href)=\"([^\"]+)\"");

    private static HttpServer server(boolean docs) throws IOException {
        HttpConfig config = new HttpConfig("127.0.0.1", 0, HttpConfig.Limits.DEFAULT, List.of(), docs, "t", "1");
        HttpServer server = new HttpServer(
                config, new TestRoutes().routes(), TestRoutes::admit, new Binder(), RequestObserver.NONE);
        server.start();
        return server;
    }

    @Test
    void servesPagesWhoseEveryLinkIsServedToo() throws IOException {
        try (HttpServer server = server(true);
                RawClient client = new RawClient(server.port())) {
            assertThat(Json.read(client.send("GET", "/openapi.json").body())
                            .at("/paths/~1v2~1items/post/summary")
                            .asText())
                    .isEqualTo("create");
            int links = 0;
            for (String page : List.of("/docs", "/redoc")) {
                RawClient.Reply reply = client.send("GET", page);
                assertThat(reply.header("content-type")).isEqualTo("text/html; charset=utf-8");
                assertThat(reply.header("content-security-policy"))
                        .startsWith("default-src 'none'; script-src 'self';");
                for (Matcher link = LINK.matcher(reply.body()); link.find(); links++) {
                    assertThat(link.group(1)).startsWith("/");
                    assertThat(client.send("GET", link.group(1)).status())
                            .as(link.group(1))
                            .isEqualTo(200);
                }
            }
            assertThat(links).isGreaterThan(12);
        }
    }

    @Test
    void lets304SaveTheTransfer() throws IOException {
        try (HttpServer server = server(true);
                RawClient client = new RawClient(server.port())) {
            RawClient.Reply first = client.send("GET", "/docs/swagger-ui-bundle.js");
            assertThat(first.header("content-type")).isEqualTo("text/javascript; charset=utf-8");
            RawClient.Reply again =
                    client.send("GET", "/docs/swagger-ui-bundle.js", "If-None-Match: " + first.header("etag"));
            assertThat(again.status()).isEqualTo(304);
            assertThat(client.send("GET", "/").status()).isEqualTo(200);
        }
    }

    @Test
    void servesNothingElse() throws IOException {
        try (HttpServer server = server(true);
                RawClient client = new RawClient(server.port())) {
            for (String path : List.of(
                    "/docs/..%2f..%2flogback.xml",
                    "/docs/../docs.html", "/docs/%2e%2e", "/docs/x", "/docs/docs.html%00", "/docs/swagger-ui.js")) {
                assertThat(client.send("GET", path).status()).as(path).isIn(404, 422);
            }
        }
    }

    @Test
    void canBeTurnedOff() throws IOException {
        try (HttpServer server = server(false);
                RawClient client = new RawClient(server.port())) {
            for (String path : List.of("/docs", "/redoc", "/openapi.json", "/docs/docs.css")) {
                assertThat(client.send("GET", path).status()).as(path).isEqualTo(404);
            }
        }
    }
}
