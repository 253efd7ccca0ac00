package dev.agentsgateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.db.TestDatabase;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ApiKeyGuardTest {
    private static final TestClock CLOCK = new TestClock("2026-03-04T05:15:00Z");
    private static TestDatabase test;
    private static TestGateway gateway;

    @BeforeAll
    static void start() throws IOException {
        test = TestDatabase.create();
        gateway = new TestGateway(test.database(), CLOCK, false, TestGateway.ADMIN_SECRET);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        test.close();
    }

    private static ApiKeys.Created create(List<String> scopes, int limit, Integer days) {
        return gateway.keys().create("test", "team-a", scopes, limit, days);
    }

    @Test
    void asksForAKey() {
        for (TestGateway.Reply reply : List.of(
                gateway.send("GET", "/v2/whoami", null),
                gateway.send("GET", "/v2/whoami", null, "X-API-Key", ""),
                gateway.send("GET", "/v2/whoami", null, "X-Admin-Secret", TestGateway.ADMIN_SECRET))) {
            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.body()).isEqualTo("{\"detail\":\"Missing API key. Include X-API-Key header.\"}");
            assertThat(reply.header("WWW-Authenticate")).isEqualTo("ApiKey");
        }
    }

    @Test
    void refusesUnknownKeys() {
        TestGateway.Reply reply = gateway.whoami("agw_" + "x".repeat(43));
        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.body()).isEqualTo("{\"detail\":\"Invalid or expired API key\"}");
        assertThat(reply.header("WWW-Authenticate")).isEqualTo("ApiKey");
    }

    @Test
    void admitsAKeyWithItsOwnerAndScopes() {
        ApiKeys.Created created = create(List.of("read"), 0, null);
        assertThat(created.secret()).matches("agw_[A-Za-z0-9_-]{43}");
        assertThat(created.toString()).doesNotContain(created.secret());
        TestGateway.Reply reply = gateway.whoami(created.secret());
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body())
                .isEqualTo("{\"key_id\":" + created.key().id() + ",\"owner_id\":\"team-a\",\"scopes\":[\"read\"],"
                        + "\"reach\":{\"tenant_id\":null,\"user_ids\":[]}}");
        assertThat(reply.header("RateLimit")).isNull();
        assertThat(reply.header("RateLimit-Policy")).isNull();
    }

    @Test
    void refusesInactiveKeysAtOnceAndAdmitsThemAgain() {
        ApiKeys.Created created = create(null, 0, null);
        assertThat(gateway.whoami(created.secret()).status()).isEqualTo(200);
        String path = "/admin/api-keys/" + created.key().id();
        gateway.admin("DELETE", path, null);
        assertThat(gateway.whoami(created.secret()).status()).isEqualTo(401);
        gateway.admin("PATCH", path, "{\"is_active\":true}");
        assertThat(gateway.whoami(created.secret()).status()).isEqualTo(200);
        gateway.admin("DELETE", path + "?permanent=true", null);
        assertThat(gateway.whoami(created.secret()).status()).isEqualTo(401);
    }

    @Test
    void checksExpiryAtEveryRequest() {
        ApiKeys.Created created = create(null, 0, 1);
        assertThat(gateway.whoami(created.secret()).status()).isEqualTo(200);
        CLOCK.advance(Duration.ofDays(1));
        assertThat(gateway.whoami(created.secret()).status())
                .as("to the moment")
                .isEqualTo(200);
        CLOCK.advance(Duration.ofNanos(1000));
        TestGateway.Reply reply = gateway.whoami(created.secret());
        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.body()).isEqualTo("{\"detail\":\"Invalid or expired API key\"}");
    }

    @Test
    void enforcesScopes() {
        TestGateway.Reply reply =
                gateway.whoami(create(List.of("write", "teams"), 0, null).secret());
        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.body()).isEqualTo("{\"detail\":\"Missing required scopes: agents:read\"}");
        assertThat(gateway.whoami(create(List.of("agents"), 0, null).secret()).status())
                .isEqualTo(200);
        assertThat(gateway.whoami(create(List.of(), 0, null).secret()).status()).isEqualTo(200);
    }

    @Test
    void aDamagedListOfScopesDoesNotWidenAKey() {
        ApiKeys.Created created = create(List.of("write"), 0, null);
        test.database()
                .<Integer>with(handle -> handle.execute(
                        "update public.api_keys set scopes = 'write' where id = ?",
                        created.key().id()));
        assertThat(gateway.whoami(created.secret()).status()).isEqualTo(403);
        assertThat(gateway.admin("GET", "/admin/api-keys/" + created.key().id(), null)
                        .json()
                        .get("scopes"))
                .isEmpty();
    }

    @Test
    void limitsRates() {
        ApiKeys.Created created = create(null, 2, null);
        TestGateway.Reply first = gateway.whoami(created.secret());
        long reset = Long.parseLong(first.header("RateLimit").replaceAll(".*t=", ""));
        assertThat(reset).isBetween(1L, 3600L);
        assertThat(first.header("RateLimit")).isEqualTo("\"hour\";r=1;t=" + reset);
        assertThat(first.header("RateLimit-Policy")).isEqualTo("\"hour\";q=2;w=3600");
        assertThat(first.header("Retry-After")).isNull();
        assertThat(gateway.whoami(created.secret()).header("RateLimit")).isEqualTo("\"hour\";r=0;t=" + reset);
        TestGateway.Reply third = gateway.whoami(created.secret());
        assertThat(third.status()).isEqualTo(429);
        assertThat(third.body()).isEqualTo("{\"detail\":\"Rate limit exceeded. Try again in " + reset + " seconds.\"}");
        assertThat(third.header("Retry-After")).isEqualTo(String.valueOf(reset));
        assertThat(third.header("RateLimit")).isEqualTo("\"hour\";r=0;t=" + reset);

        gateway.admin("PATCH", "/admin/api-keys/" + created.key().id(), "{\"rate_limit\":3}");
        assertThat(gateway.whoami(created.secret()).status()).as("one more").isEqualTo(200);
        assertThat(gateway.whoami(created.secret()).status()).isEqualTo(429);
        gateway.admin("PATCH", "/admin/api-keys/" + created.key().id(), "{\"rate_limit\":0}");
        assertThat(gateway.whoami(created.secret()).header("RateLimit")).isNull();
    }

    @Test
    void everyAnswerToALimitedKeyCarriesItsLimit() {
        TestGateway.Reply reply =
                gateway.whoami(create(List.of("write"), 10, null).secret());
        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.header("RateLimit-Policy")).isEqualTo("\"hour\";q=10;w=3600");
    }

    @Test
    void guardsAdminRoutes() throws IOException {
        for (TestGateway.Reply reply : List.of(
                gateway.send("GET", "/admin/api-keys", null),
                gateway.send("GET", "/admin/api-keys", null, "X-Admin-Secret", ""),
                gateway.send(
                        "GET",
                        "/admin/api-keys",
                        null,
                        "X-API-Key",
                        create(null, 0, null).secret()))) {
            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.body()).isEqualTo("{\"detail\":\"Missing admin secret. Include X-Admin-Secret header.\"}");
            assertThat(reply.header("WWW-Authenticate")).isEqualTo("AdminSecret");
        }
        TestGateway.Reply wrong = gateway.send("GET", "/admin/api-keys", null, "X-Admin-Secret", "wrong");
        assertThat(wrong.status()).isEqualTo(401);
        assertThat(wrong.body()).isEqualTo("{\"detail\":\"Invalid admin secret\"}");
        assertThat(wrong.header("WWW-Authenticate")).isEqualTo("AdminSecret");
        assertThat(gateway.admin("GET", "/admin/api-keys", null).status()).isEqualTo(200);
        assertThat(raw("X-Admin-Secret: s\u00e9cret\u00ff"))
                .startsWith("HTTP/1.1 401 ")
                .contains("{\"detail\":\"Invalid admin secret\"}");
        assertThat(raw("X-API-Key: agw_\u00e9")).startsWith("HTTP/1.1 401 ");
    }

    @Test
    void admitsBeforeItValidates() {
        assertThat(gateway.send("POST", "/admin/api-keys", "{}").status()).isEqualTo(401);
        assertThat(gateway.send("POST", "/admin/api-keys", "{").status()).isEqualTo(422);
    }

    @Test
    void publicRoutesNeedNothing() {
        for (String path : List.of("/", "/health", "/status", "/version", "/health/live", "/health/ready", "/docs")) {
            assertThat(gateway.send("GET", path, null).status()).as(path).isEqualTo(200);
        }
    }

    @Test
    void withoutASecretTheAdminRoutesAreClosed() throws IOException {
        for (String secret : new String[] {null, ""}) {
            try (TestGateway closed = new TestGateway(test.database(), CLOCK, false, secret)) {
                TestGateway.Reply reply = closed.admin("GET", "/admin/api-keys", null);
                assertThat(reply.status()).isEqualTo(503);
                assertThat(reply.body())
                        .isEqualTo("{\"detail\":\"Admin authentication not configured."
                                + " Set ADMIN_SECRET environment variable.\"}");
            }
        }
    }

    @Test
    void switchedOffItAdmitsEverybody() throws IOException {
        try (TestGateway open = new TestGateway(test.database(), CLOCK, true, null)) {
            assertThat(open.send("GET", "/v2/whoami", null).body())
                    .isEqualTo("{\"key_id\":null,\"owner_id\":null,\"scopes\":[],"
                            + "\"reach\":{\"tenant_id\":null,\"user_ids\":[]}}");
            assertThat(open.send("GET", "/admin/api-keys", null).status()).isEqualTo(200);
        }
    }

    private static String raw(String header) throws IOException {
        String path = header.startsWith("X-API") ? "/v2/whoami" : "/admin/api-keys";
        try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header + "\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            socket.setSoTimeout(5000);
            StringBuilder reply = new StringBuilder();
            for (int c = 0; c >= 0 && reply.indexOf("}") < 0; ) {
                c = socket.getInputStream().read();
                reply.append((char) c);
            }
            return reply.toString();
        }
    }
}
