package dev.agentsgateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpServerTest {
    private static final String KEY = "X-API-Key: secret";
    private static final TestRoutes ROUTES = new TestRoutes();
    private static HttpServer server;
    private RawClient client;

    @BeforeAll
    static void start() throws IOException {
        server = new HttpServer(
                HttpConfig.local(), ROUTES.routes(), TestRoutes::admit, new Binder(), RequestObserver.NONE);
        server.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void connect() throws IOException {
        client = new RawClient(server.port());
    }

    @AfterEach
    void disconnect() throws IOException {
        client.close();
    }

    @Test
    void answersCompactUnescapedJson() throws IOException {
        RawClient.Reply reply = client.send("GET", "/");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo("{\"message\":\"Grüße\"}");
        assertThat(reply.header("content-type")).isEqualTo("application/json");
        assertThat(reply.header("x-request-id")).hasSize(32);
        assertThat(client.send("GET", "/").status())
                .as("the same connection again")
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET     | /nothing             | 404 | {"detail":"Not Found"}
            GET     | /v2/items//          | 404 | {"detail":"Not Found"}
            GET     | /v2/items/a%2Fb      | 404 | {"detail":"Not Found"}
            GET     | /v2%2Fitems          | 200 | {"limit":20,"q":null}
            PUT     | /v2/items/a          | 405 | {"detail":"Method Not Allowed"}
            HEAD    | /v2/items            | 405 | ''
            OPTIONS | /v2/items            | 405 | {"detail":"Method Not Allowed"}
            BREW    | /v2/items            | 405 | {"detail":"Method Not Allowed"}
            GET     | /v2/items/batch      | 200 | {"item_id":"batch"}
            GET     | /v2/items/a%20b%3Fc  | 200 | {"item_id":"a b?c"}
            GET     | /v2/items/%C3%BC     | 200 | {"item_id":"ü"}
            GET     | /v2/items/100%25     | 200 | {"item_id":"100%"}
            GET     | /v2/items/100%       | 200 | {"item_id":"100%"}
            GET     | /v2/items/a:b;c=d    | 200 | {"item_id":"a:b;c=d"}
            GET     | /v2/items/..         | 200 | {"item_id":".."}
            GET     | /v2/items?limit=5&limit=7&q=a+b%2B | 200 | {"limit":7,"q":"a b+"}
            GET     | /v2/items?limit=5.0  | 200 | {"limit":5,"q":null}
            GET     | /v2/items?q          | 200 | {"limit":20,"q":""}
            """)
    void routes(String method, String target, int status, String body) throws IOException {
        RawClient.Reply reply;
        if (method.equals("HEAD")) {
            client.write("HEAD " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
            reply = client.head();
        } else {
            reply = client.send(method, target, KEY);
        }
        assertThat(reply.body()).isEqualTo(body);
        assertThat(reply.status()).isEqualTo(status);
    }

    @Test
    void sendsNoBodyToHead() throws IOException {
        client.write("HEAD /v2/items HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(client.head().status()).isEqualTo(405);
        assertThat(client.send("GET", "/").status())
                .as("the connection is still in step")
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET    | /v2/items/?limit=3&q=%C3%BC | http://gateway.test/v2/items?limit=3&q=%C3%BC
            PUT    | /v2/items/a%20b/            | http://gateway.test/v2/items/a%20b
            POST   | /v2/items/                  | http://gateway.test/v2/items
            GET    | //                          | http://gateway.test/
            """)
    void redirectsWhenOnlyTheTrailingSlashDiffers(String method, String target, String location) throws IOException {
        RawClient.Reply reply = client.send(method, target);
        assertThat(reply.status()).isEqualTo(307);
        assertThat(reply.header("location")).isEqualTo(location);
        assertThat(reply.body()).isEmpty();
    }

    @Test
    void namesTheAllowedMethods() throws IOException {
        assertThat(client.send("PATCH", "/v2/items/a").header("allow")).isEqualTo("DELETE, GET");
        assertThat(client.send("PATCH", "/v2/items/batch").header("allow")).isEqualTo("DELETE, GET, POST");
    }

    @Test
    void checksInTheOrderRouteJsonCredentialsValidation() throws IOException {
        RawClient.Reply broken = client.json("POST", "/v2/items", "{\"name\": \"ü\", }");
        assertThat(broken.status()).isEqualTo(422);
        assertThat(broken.body())
                .startsWith(
                        "{\"detail\":[{\"type\":\"json_invalid\",\"loc\":[\"body\",14],\"msg\":\"JSON decode error\","
                                + "\"input\":{},\"ctx\":{\"error\":");
        RawClient.Reply invalid = client.json("POST", "/v2/items", "{}");
        assertThat(invalid.status()).isEqualTo(401);
        assertThat(invalid.header("www-authenticate")).isEqualTo("ApiKey");
        RawClient.Reply known = client.json("POST", "/v2/items", "{}", KEY);
        assertThat(known.status()).isEqualTo(422);
        assertThat(known.body())
                .isEqualTo("{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"name\"],\"msg\":\"Field required\","
                        + "\"input\":{}}]}");
        assertThat(known.header("ratelimit"))
                .as("the guard's headers go with errors too")
                .isEqualTo("limit=5");
        assertThat(client.json("POST", "/v2/none", "{").status()).isEqualTo(404);
        RawClient.Reply created = client.json("POST", "/v2/items", "{\"name\":\"a\",\"active\":\"yes\",\"x\":1}", KEY);
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.body()).isEqualTo("{\"name\":\"a\",\"active\":true,\"config\":null}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            application/json                | {"name":"a"} | 201 | -
            Application/JSON; charset=utf-8 | {"name":"a"} | 201 | -
            application/merge-patch+json    | {"name":"a"} | 201 | -
            text/plain                      | {"name":"a"} | 422 | model_attributes_type
            text/json                       | {"name":"a"} | 422 | model_attributes_type
            -                               | {"name":"a"} | 422 | model_attributes_type
            application/json                | null         | 422 | missing
            application/json                | ''           | 422 | missing
            application/json                | ' '          | 422 | json_invalid
            application/json                | {} {}        | 422 | json_invalid
            application/json                | {"name":NaN} | 422 | json_invalid
            """)
    void parsesJsonOnlyWhenTheContentTypeSaysSo(String type, String body, int status, String problem)
            throws IOException {
        String[] headers = type == null ? new String[] {KEY} : new String[] {KEY, "Content-Type: " + type};
        RawClient.Reply reply = client.send("POST", "/v2/items", body.getBytes(StandardCharsets.UTF_8), headers);
        assertThat(reply.status()).isEqualTo(status);
        if (problem != null) {
            assertThat(reply.body()).contains("\"type\":\"" + problem + "\"");
        }
    }

    @Test
    void keepsUnexpectedFailuresToItself() throws IOException {
        RawClient.Reply reply = client.send("GET", "/fail/unexpected");
        assertThat(reply.status()).isEqualTo(500);
        assertThat(reply.body()).isEqualTo("{\"detail\":\"Internal Server Error\"}");
        assertThat(reply.header("content-type")).isEqualTo("application/json");
    }

    @Test
    void asksToRetryWhenTheDatabaseIsAway() throws IOException {
        RawClient.Reply reply = client.send("GET", "/fail/database");
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.header("retry-after")).isEqualTo("1");
        assertThat(reply.body()).isEqualTo("{\"detail\":\"The database is not available. Try again.\"}");
    }

    @Test
    void answersDeliberateErrorsWithTheirHeaders() throws IOException {
        RawClient.Reply reply = client.send("GET", "/fail/known");
        assertThat(reply.status()).isEqualTo(409);
        assertThat(reply.header("x-extra")).isEqualTo("1");
        assertThat(reply.body()).isEqualTo("{\"detail\":\"Taken\"}");
    }

    @Test
    void answersNoContentWithoutBodyAndType() throws IOException {
        RawClient.Reply reply = client.send("DELETE", "/v2/items/a", KEY);
        assertThat(reply.status()).isEqualTo(204);
        assertThat(reply.headers()).doesNotContainKey("content-type");
        assertThat(client.send("GET", "/").status()).isEqualTo(200);
    }

    @Test
    void keepsHarmlessRequestIdsAndReplacesOthers() throws IOException {
        assertThat(client.send("GET", "/", "X-Request-Id: abc-1:2/3").header("x-request-id"))
                .isEqualTo("abc-1:2/3");
        assertThat(client.send("GET", "/", "X-Request-Id: a b").header("x-request-id"))
                .hasSize(32);
        assertThat(client.send("GET", "/", "X-Request-Id: " + "a".repeat(129)).header("x-request-id"))
                .hasSize(32);
    }

    @Test
    void writesLargeAnswersWhole() throws IOException {
        assertThat(client.send("GET", "/big?kib=3000").body()).hasSize(3000 * 1024 + 2);
    }

    @Test
    void answersPreflights() throws IOException {
        String[] asked = {
            "Origin: http://localhost:3000",
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: x-api-key, content-type"
        };
        RawClient.Reply reply = client.send("OPTIONS", "/v2/items", asked);
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo("OK");
        assertThat(reply.headers())
                .containsEntry("access-control-allow-origin", "http://localhost:3000")
                .containsEntry("access-control-allow-methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")
                .containsEntry("access-control-allow-headers", "x-api-key, content-type")
                .containsEntry("access-control-allow-credentials", "true")
                .containsEntry("access-control-max-age", "600")
                .containsEntry("vary", "Origin");
        asked[0] = "Origin: https://agno.com";
        RawClient.Reply refused = client.send("OPTIONS", "/v2/items", asked);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body()).isEqualTo("{\"detail\":\"Disallowed CORS origin\"}");
        assertThat(refused.headers()).doesNotContainKey("access-control-allow-origin");
    }

    @Test
    void marksAnswersForBrowsers() throws IOException {
        RawClient.Reply reply = client.send("GET", "/nothing", "Origin: http://localhost");
        assertThat(reply.headers()).containsEntry("access-control-allow-origin", "http://localhost");
        RawClient.Reply other = client.send("GET", "/", "Origin: http://evil.test");
        assertThat(other.status()).isEqualTo(200);
        assertThat(other.headers())
                .containsEntry("access-control-allow-credentials", "true")
                .doesNotContainKey("access-control-allow-origin");
    }

    @Test
    void allowsOneLabelForAStar() {
        Cors cors = new Cors(List.of("https://*.example.org", "https://one.test"));
        assertThat(cors.allows("https://a.example.org")).isTrue();
        assertThat(cors.allows("https://one.test")).isTrue();
        for (String wrong : List.of(
                "https://a.b.example.org",
                "https://example.org",
                "http://a.example.org",
                "https://a.example.org.evil.test",
                "https://a.example.org:8443",
                "https://aXexample.org",
                "null")) {
            assertThat(cors.allows(wrong)).as(wrong).isFalse();
        }
        assertThatThrownBy(() -> new Cors(List.of("*"))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET / HTTP/1.0          | 505
            hello                   | 400
            GET /                   | 400
            GET / HTTP/3.0          | 400
            """)
    void answersOtherProtocolsInTheOneShape(String line, int status) throws IOException {
        client.write(line + "\r\n\r\n");
        RawClient.Reply reply = client.read();
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.header("content-type")).isEqualTo("application/json");
        assertThat(reply.body()).startsWith("{\"detail\":\"");
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void answersWhatHelidonRefusesInTheOneShape() throws IOException {
        String chunkedAndLength =
                "POST /v2/items HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n";
        for (String head : List.of(
                "GET / HTTP/1.1\r\n\r\n",
                chunkedAndLength,
                "GET / HTTP/1.1\r\nHost: x\r\nbroken\r\n\r\n",
                "POST /v2/items HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                "POST /v2/items HTTP/1.1\r\nHost: x\r\nX-API-Key: secret\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")) {
            try (RawClient other = new RawClient(server.port())) {
                other.write(head);
                RawClient.Reply reply = other.read();
                assertThat(reply.status()).as(head).isEqualTo(400);
                assertThat(reply.body()).as(head).startsWith("{\"detail\":\"").endsWith("\"}");
                assertThat(other.isClosed()).as(head).isTrue();
            }
        }
    }

    @Test
    void bindsAndSpeaksHttp2() throws Exception {
        try (HttpClient http2 =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v2/items"))
                    .header("X-API-Key", "secret")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"b\"}"))
                    .build();
            http2.send(HttpRequest.newBuilder(request.uri()).build(), HttpResponse.BodyHandlers.ofString());
            HttpResponse<String> reply = http2.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(reply.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(reply.statusCode()).isEqualTo(201);
            assertThat(reply.body()).isEqualTo("{\"name\":\"b\",\"active\":false,\"config\":null}");
        }
    }
}
