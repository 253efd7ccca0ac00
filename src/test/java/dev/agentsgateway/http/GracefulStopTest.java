package dev.agentsgateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GracefulStopTest {
    private final TestRoutes routes = new TestRoutes();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = new HttpServer(
                HttpConfig.local(), routes.routes(), TestRoutes::admit, new Binder(), RequestObserver.NONE);
        server.start();
    }

    @Test
    void letsRunningRequestsFinishAndRefusesNewOnes() throws Exception {
        int port = server.port();
        try (RawClient running = new RawClient(port);
                RawClient open = new RawClient(server.port())) {
            open.send("GET", "/");
            running.write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
            routes.entered.take();
            Thread stopping = Thread.startVirtualThread(() -> server.stop(Duration.ofSeconds(20)));
            Thread.sleep(100);
            RawClient.Reply refused = open.send("GET", "/");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("connection")).isEqualTo("close");
            assertThat(refused.header("retry-after")).isNotNull();
            assertThat(open.isClosed()).isTrue();
            assertThatThrownBy(() -> {
                        try (RawClient late = new RawClient(server.port())) {
                            late.send("GET", "/");
                        }
                    })
                    .isInstanceOf(IOException.class);
            routes.gate.add("go");
            assertThat(running.read().body()).isEqualTo("{\"let\":\"go\"}");
            stopping.join();
        }
        assertThatThrownBy(() -> new RawClient(port)).isInstanceOf(IOException.class);
    }

    @Test
    void interruptsWhatDoesNotFinishInTime() throws Exception {
        try (RawClient running = new RawClient(server.port())) {
            running.write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
            routes.entered.take();
            long start = System.nanoTime();
            server.stop(Duration.ofMillis(200));
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(200), Duration.ofSeconds(5));
        }
    }
}
