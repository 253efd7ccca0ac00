package dev.agentsgateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ClientLimitsTest {
    private static final String POST = "POST /v2/items HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    private static final int MAX_BODY = 64 << 10;
    private static final TestRoutes ROUTES = new TestRoutes();
    private static HttpServer server;

    @BeforeAll
    static void start() throws IOException {
        HttpConfig.Limits limits = new HttpConfig.Limits(
                MAX_BODY,
                16 << 10,
                100,
                Duration.ofMillis(400),
                Duration.ofMillis(500),
                Duration.ofMillis(600),
                Duration.ofMillis(900));
        server = new HttpServer(
                HttpConfig.local().with(limits),
                ROUTES.routes(),
                TestRoutes::admit,
                new Binder(),
                RequestObserver.NONE);
        server.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static RawClient client() throws IOException {
        return new RawClient(server.port());
    }

    @Test
    void closesWhoeverSaysNothing() throws IOException {
        try (RawClient client = client()) {
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void closesWhoeverTricklesHeaders() throws Exception {
        try (RawClient client = client()) {
            client.write("GET / HTTP/1.1\r\nHost: x\r\n");
            assertThat(trickle(client, "X-A: b\r\n")).isLessThan(4000);
        }
    }

    @Test
    void closesIdleConnections() throws IOException {
        try (RawClient client = client()) {
            assertThat(client.send("GET", "/").status()).isEqualTo(200);
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void answers408ToATrickledBody() throws Exception {
        try (RawClient client = client()) {
            client.write(POST + "Content-Length: 1000\r\n\r\n");
            CompletableFuture<Long> trickling = CompletableFuture.supplyAsync(() -> trickle(client, " "));
            RawClient.Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(408);
            assertThat(reply.body()).isEqualTo("{\"detail\":\"Request Timeout\"}");
            assertThat(trickling.get(8, TimeUnit.SECONDS)).isLessThan(4000);
        }
    }

    /** Sends a text every 50 ms until the connection fails; milliseconds until then. */
    private static long trickle(RawClient client, String text) {
        long start = System.nanoTime();
        try {
            for (int i = 0; i < 120; i++) {
                client.write(text);
                Thread.sleep(50);
            }
        } catch (IOException | InterruptedException e) {
            return Duration.ofNanos(System.nanoTime() - start).toMillis();
        }
        return Long.MAX_VALUE;
    }

    @Test
    void closesWhoeverDoesNotReadItsAnswer() throws Exception {
        try (Socket slow = new Socket()) {
            slow.setReceiveBufferSize(4096);
            slow.connect(new InetSocketAddress("127.0.0.1", server.port()));
            slow.getOutputStream()
                    .write("GET /big?kib=40000 HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            await(() -> server.activeRequests() == 1);
            await(() -> server.activeRequests() == 0);
        }
    }

    @Test
    void endsAStreamThatNobodyReads() throws Exception {
        try (Socket slow = new Socket()) {
            slow.setReceiveBufferSize(4096);
            slow.connect(new InetSocketAddress("127.0.0.1", server.port()));
            slow.getOutputStream().write("GET /events HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            Throwable end = null;
            String frame = "x".repeat(100_000);
            for (int i = 0; i < 300 && end == null; i++) {
                ROUTES.frames.add(frame);
                end = ROUTES.streamEnds.poll(20, TimeUnit.MILLISECONDS);
            }
            ROUTES.frames.clear();
            assertThat(end).isInstanceOf(EventSink.ClientGoneException.class);
        }
    }

    @Test
    void refusesBodiesThatAreTooLong() throws IOException {
        for (int size : new int[] {MAX_BODY + 1, 10 << 20}) {
            try (RawClient client = client()) {
                RawClient.Reply reply;
                try {
                    reply = client.send("POST", "/v2/items", new byte[size], "Content-Type: application/json");
                } catch (java.net.SocketException e) {
                    // whoever announces far more than can be thrown away is refused at once and may be reset meanwhile
                    assertThat(size).isGreaterThan(2 * MAX_BODY);
                    continue;
                }
                assertThat(reply.status()).isEqualTo(413);
                assertThat(reply.body()).startsWith("{\"detail\":\"");
                assertThat(reply.header("connection")).isEqualTo("close");
            }
        }
        try (RawClient client = client()) {
            client.write(POST + "Content-Length: 50000000000\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(413);
        }
    }

    @Test
    void refusesChunkedBodiesThatAreTooLong() throws IOException {
        try (RawClient client = client()) {
            client.write(POST + "X-API-Key: secret\r\nTransfer-Encoding: chunked\r\n\r\n");
            String chunk = "1000\r\n" + "x".repeat(4096) + "\r\n";
            for (int i = 0; i < 17; i++) {
                client.write(chunk);
            }
            client.write("0\r\n\r\n");
            RawClient.Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(413);
            assertThat(reply.body()).isEqualTo("{\"detail\":\"The request body is larger than 65536 bytes.\"}");
        }
        try (RawClient client = client()) {
            client.write(POST + "X-API-Key: secret\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n");
            assertThat(client.read().status())
                    .as("one chunk that would fill the memory")
                    .isEqualTo(413);
        }
    }

    @Test
    void acceptsABodyOfExactlyTheLimit() throws IOException {
        String body = "{\"name\":\"a\"" + " ".repeat(MAX_BODY - 12) + "}";
        try (RawClient client = client()) {
            assertThat(client.json("POST", "/v2/items", body, "X-API-Key: secret")
                            .status())
                    .isEqualTo(201);
        }
    }

    @Test
    void refusesDeepNesting() throws IOException {
        try (RawClient client = client()) {
            String deep = "{\"name\":\"a\",\"config\":" + "[".repeat(20_000) + "]".repeat(20_000) + "}";
            RawClient.Reply reply = client.json("POST", "/v2/items", deep);
            assertThat(reply.status()).isEqualTo(422);
            assertThat(reply.body()).contains("json_invalid");
        }
    }

    @Test
    void refusesLargeHeadersAndTargets() throws IOException {
        try (RawClient client = client()) {
            RawClient.Reply reply = client.send("GET", "/", "X-Big: " + "a".repeat(20_000));
            assertThat(reply.status()).isEqualTo(431);
            assertThat(reply.body()).isEqualTo("{\"detail\":\"Request Header Fields Too Large\"}");
        }
        try (RawClient client = client()) {
            RawClient.Reply reply = client.send("GET", "/" + "a".repeat(9000));
            assertThat(reply.status()).isEqualTo(414);
            assertThat(reply.body()).startsWith("{\"detail\":\"");
        }
    }

    @Test
    void survivesJunk() throws IOException {
        byte[] junk = new byte[10 << 20];
        new java.util.Random(7).nextBytes(junk);
        try (RawClient client = client()) {
            client.write(junk);
            client.isClosed();
        } catch (IOException e) {
            assertThat(e).as("cut while still sending").isInstanceOf(java.net.SocketException.class);
        }
        try (RawClient client = client()) {
            assertThat(client.send("GET", "/").status()).isEqualTo(200);
        }
    }

    @Test
    void saysClearlyThatThePortIsInUse() {
        HttpConfig same = new HttpConfig(
                "127.0.0.1", server.port(), HttpConfig.Limits.DEFAULT, java.util.List.of(), false, "t", "1");
        HttpServer second =
                new HttpServer(same, ROUTES.routes(), TestRoutes::admit, new Binder(), RequestObserver.NONE);
        assertThatThrownBy(second::start)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("127.0.0.1:" + server.port())
                .hasMessageContaining("in use");
    }

    private static void await(java.util.function.BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 500 && !condition.getAsBoolean(); i++) {
            Thread.sleep(10);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }
}
