package dev.agentsgateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LargeBodiesTest {
    private static final String POST = "POST /v2/items HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    private static final String KEY = "X-API-Key: secret\r\n";
    private static final int LARGE = 800 << 10;

    private final AtomicInteger admissions = new AtomicInteger();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        Duration time = Duration.ofSeconds(8);
        HttpConfig.Limits limits = new HttpConfig.Limits(32 << 20, 1 << 20, 16 << 10, 100, time, time, time, time);
        Guard guard = (access, header) -> {
            admissions.incrementAndGet();
            return TestRoutes.admit(access, header);
        };
        server = new HttpServer(
                HttpConfig.local().with(limits), new TestRoutes().routes(), guard, new Binder(), RequestObserver.NONE);
        server.start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private RawClient client() throws IOException {
        return new RawClient(server.port());
    }

    private static String item(int length) {
        return "{\"name\":\"a\"" + " ".repeat(length - 12) + "}";
    }

    @Test
    void refusesStrangersWithoutReadingTheirLargeBodies() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        long start = System.nanoTime();
        try {
            for (int i = 0; i < 20; i++) {
                clients.add(client().write(POST + "Content-Length: 30000000\r\n\r\n"));
            }
            clients.add(client().write(POST + "Transfer-Encoding: chunked\r\n\r\n"));
            for (RawClient client : clients) {
                RawClient.Reply reply = client.read();
                assertThat(reply.status()).isEqualTo(401);
                assertThat(reply.header("connection")).isEqualTo("close");
                assertThat(client.isClosed()).isTrue();
            }
            assertThat(System.nanoTime() - start).isLessThan(2_000_000_000L);
            assertThat(server.bodyBytes()).isZero();
            assertThat(admissions).hasValue(21);
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void letsAStrangerThatIsStillSendingReadWhy() throws IOException {
        try (RawClient client = client()) {
            RawClient.Reply reply = client.json("POST", "/v2/items", item(10 << 20));
            assertThat(reply.status()).isEqualTo(401);
        }
    }

    @Test
    void admitsOnceWhateverTheLength() throws IOException {
        try (RawClient client = client()) {
            assertThat(client.json("POST", "/v2/items", item(100), "X-API-Key: secret")
                            .status())
                    .isEqualTo(201);
            assertThat(client.json("POST", "/v2/items", item(LARGE), "X-API-Key: secret")
                            .status())
                    .isEqualTo(201);
        }
        assertThat(admissions).hasValue(2);
    }

    @Test
    void refusesMoreThanItsBudgetAndRecovers() throws Exception {
        try (RawClient first = client();
                RawClient second = client();
                RawClient chunked = client();
                RawClient third = client()) {
            first.write(POST + KEY + "Content-Length: " + LARGE + "\r\n\r\n");
            await(LARGE);
            assertBusy(second.write(POST + KEY + "Content-Length: " + LARGE + "\r\n\r\n"));
            chunked.write(POST + KEY + "Transfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 100; i++) {
                chunked.write("1000\r\n" + " ".repeat(4096) + "\r\n");
            }
            assertBusy(chunked);
            assertThat(third.json("POST", "/v2/items", item(64 << 10), "X-API-Key: secret")
                            .status())
                    .as("short bodies do not count")
                    .isEqualTo(201);
            assertThat(first.write(item(LARGE)).read().status()).isEqualTo(201);
            await(0);
            assertThat(third.json("POST", "/v2/items", item(LARGE), "X-API-Key: secret")
                            .status())
                    .isEqualTo(201);
        }
    }

    private static void assertBusy(RawClient client) throws IOException {
        RawClient.Reply reply = client.read();
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.body()).isEqualTo("{\"detail\":\"Too many large requests at once. Try again.\"}");
        assertThat(reply.headers()).containsEntry("retry-after", "1").containsEntry("connection", "close");
    }

    private void await(long bytes) throws InterruptedException {
        for (int i = 0; i < 500 && server.bodyBytes() != bytes; i++) {
            Thread.sleep(5);
        }
        assertThat(server.bodyBytes()).isEqualTo(bytes);
    }
}
