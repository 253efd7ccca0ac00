package dev.agentsgateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
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
        assertThat(client.send("GET", "/").status()).as("the same connection again").isEqualTo(200);
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
}
