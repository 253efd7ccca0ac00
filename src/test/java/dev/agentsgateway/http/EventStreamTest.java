package dev.agentsgateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventStreamTest {
    private final TestRoutes routes = new TestRoutes();
    private HttpServer server;
    private RawClient client;

    @BeforeEach
    void start() throws IOException {
        server = new HttpServer(
                HttpConfig.local(), routes.routes(), TestRoutes::admit, new Binder(), RequestObserver.NONE);
        server.start();
        client = new RawClient(server.port());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
    }

    private void request() throws IOException {
        client.write("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
    }

    @Test
    void sendsEachFrameAsOneChunkAtOnce() throws Exception {
        request();
        routes.frames.add("{\"a\": 1}");
        RawClient.Reply head = client.head();
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.headers())
                .containsEntry("content-type", "text/event-stream; charset=utf-8")
                .containsEntry("cache-control", "no-cache")
                .containsEntry("x-accel-buffering", "no")
                .containsEntry("transfer-encoding", "chunked")
                .containsEntry("x-run", "r1")
                .containsKey("x-request-id");
        assertThat(client.chunk()).asString(StandardCharsets.UTF_8).isEqualTo("event: message\ndata: {\"a\": 1}\n\n");
        // the next frame is only made after the first has arrived, so nothing can have been held back
        for (int i = 0; i < 50; i++) {
            routes.frames.add("f" + i);
            assertThat(client.chunk())
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("event: message\ndata: f" + i + "\n\n");
        }
        routes.frames.add("");
        assertThat(client.chunk()).isNull();
        assertThat(client.send("GET", "/").status())
                .as("the connection lives on")
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Connection: close\r\n"})
    void endsTheBodyWithTheLastChunk(String connection) throws Exception {
        routes.frames.addAll(java.util.List.of("1", "2", ""));
        client.write("GET /events HTTP/1.1\r\nHost: x\r\n" + connection + "\r\n");
        client.head();
        String body = "";
        long start = System.nanoTime();
        for (int b = client.in.read(); b >= 0; b = client.in.read()) {
            body += (char) b;
            if (connection.isEmpty() && body.endsWith("\r\n0\r\n\r\n")) {
                break;
            }
        }
        assertThat(body).startsWith("18\r\nevent: message\n").endsWith("data: 2\n\n\r\n0\r\n\r\n");
        assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
        assertThat(routes.streamEnds.take()).hasMessage("normal");
    }

    @Test
    void endsAStreamWithoutEventsWhenTheClientCloses() throws Exception {
        routes.frames.add("");
        RawClient.Reply reply = client.send("GET", "/events", "Connection: close");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEmpty();
        assertThat(client.isClosed()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1000})
    void answersJsonWholeAndThenCloses(int kib) throws Exception {
        RawClient.Reply reply = client.send("GET", "/big?kib=" + kib, "Connection: close");
        assertThat(reply.header("connection")).isEqualTo("close");
        assertThat(reply.body()).hasSize(2 + kib * 1024);
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void cutsTheStreamWhenItsProducerFails() throws Exception {
        request();
        routes.frames.add("1");
        client.head();
        client.chunk();
        routes.frames.add("!");
        assertThatThrownBy(client::chunk).as("no terminating chunk").isInstanceOf(EOFException.class);
    }

    @Test
    void answersAnErrorWhenTheProducerFailsBeforeItsFirstFrame() throws Exception {
        routes.frames.add("!");
        request();
        assertThat(client.read().status()).isEqualTo(500);
    }

    @Test
    void tellsTheProducerThatTheClientHasGone() throws Exception {
        request();
        routes.frames.add("1");
        client.head();
        client.socket.setSoLinger(true, 0);
        client.close();
        Throwable end = null;
        for (int i = 0; i < 100 && end == null; i++) {
            routes.frames.add("more");
            end = routes.streamEnds.poll(20, TimeUnit.MILLISECONDS);
        }
        assertThat(end).isInstanceOf(EventSink.ClientGoneException.class);
    }

    @Test
    void framesEvents() {
        assertThat(Sse.frame("message", "7", "{}".getBytes(StandardCharsets.UTF_8)))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("event: message\nid: 7\ndata: {}\n\n");
        assertThat(Sse.comment("still here")).asString(StandardCharsets.UTF_8).isEqualTo(": still here\n\n");
        assertThatThrownBy(() -> Sse.frame("a\nb", null, new byte[0])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Sse.frame("a", null, new byte[] {'\r'})).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void writesJsonAsPythonDoes() {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("text", "é€😀 \"q\" / \\ \n\t\u0001\u007f");
        value.put("list", java.util.List.of(1, 2.5, true));
        value.put("none", null);
        value.put("empty", Map.of());
        assertThat(PythonJson.write(value))
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("{\"text\": \"\\u00e9\\u20ac\\ud83d\\ude00 \\\"q\\\" / \\\\ \\n\\t\\u0001\u007f\", "
                        + "\"list\": [1, 2.5, true], \"none\": null, \"empty\": {}}");
    }
}
