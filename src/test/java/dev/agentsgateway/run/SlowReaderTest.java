package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Clients that do not take what they asked for, over real sockets: the answer is larger than what the system buffers. */
class SlowReaderTest {
    /** Each character is six bytes on the wire. */
    private static final String PIECE = "\u00e9".repeat(2000);

    private static final int PIECES = 450;

    private static String stalled(TestGateway gateway, String run, long milliseconds) throws Exception {
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(8192);
            socket.setSoTimeout(30_000);
            socket.connect(new InetSocketAddress("127.0.0.1", gateway.port()));
            socket.getOutputStream()
                    .write(("GET /v2/runs/" + run + "/events HTTP/1.1\r\nHost: x\r\nX-API-Key: " + gateway.apiKey()
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            Thread.sleep(milliseconds);
            StringBuilder got = new StringBuilder();
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[65536];
            try {
                while (got.length() < 20_000_000) {
                    int n = in.read(buffer);
                    if (n < 0
                            || got.append(new String(buffer, 0, n, StandardCharsets.US_ASCII))
                                    .substring(Math.max(0, got.length() - 5))
                                    .equals("0\r\n\r\n")) {
                        break;
                    }
                }
            } catch (IOException e) {
                got.append("\n[cut]");
            }
            return got.toString();
        }
    }

    /** The complete frames of a chunked body. */
    private static List<String> frames(String answer) {
        StringBuilder body = new StringBuilder();
        int at = answer.indexOf("\r\n\r\n") + 4;
        while (at < answer.length()) {
            int line = answer.indexOf("\r\n", at);
            if (line < 0) {
                break;
            }
            int length;
            try {
                length = Integer.parseInt(answer.substring(at, line).strip(), 16);
            } catch (NumberFormatException e) {
                break;
            }
            body.append(answer, line + 2, Math.min(answer.length(), line + 2 + length));
            at = line + 2 + length + 2;
        }
        List<String> frames = new ArrayList<>();
        int from = 0;
        for (int end = body.indexOf("\n\n"); end >= 0; end = body.indexOf("\n\n", from)) {
            frames.add(body.substring(from, end + 2));
            from = end + 2;
        }
        return frames;
    }

    @Test
    void isCutAndGoesOnWhereItWas() throws Exception {
        try (TestGateway gateway = TestGateway.start(Map.of("WRITE_TIMEOUT_SECONDS", "4"))) {
            gateway.createAgent("a1", "You talk.");
            Reply reply = Reply.of();
            for (int i = 0; i < PIECES; i++) {
                reply = reply.thenText(PIECE);
            }
            gateway.model().reply(reply);
            String run;
            List<String> whole;
            try (EventClient chat = EventClient.chat(gateway, "a1", "s1", _ -> {})) {
                run = chat.run();
                whole = chat.rest();
            }
            assertThat(whole).hasSizeGreaterThan(PIECES);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<String> deaf = threads.submit(() -> stalled(gateway, run, 7000));
                Future<String> slow = threads.submit(() -> stalled(gateway, run, 3000));
                List<String> heard = frames(deaf.get());
                assertThat(heard).hasSizeLessThan(whole.size());
                assertThat(deaf.get()).doesNotEndWith("0\r\n\r\n");
                assertGoesOn(gateway, run, heard, whole);
                List<String> taken = frames(slow.get());
                assertThat(slow.get()).endsWith("0\r\n\r\n");
                String told = taken.removeLast();
                assertThat(told).startsWith("event: error\ndata: ");
                JsonNode error = Json.read(told.substring("event: error\ndata: ".length()));
                assertThat(error.get("code").asText()).isEqualTo("client_too_slow");
                assertThat(error.get("resumable").asBoolean()).isTrue();
                assertThat(error.get("last_event_id").asText()).isEqualTo(EventClient.id(taken.getLast()));
                assertGoesOn(gateway, run, taken, whole);
            }
        }
    }

    private static void assertGoesOn(TestGateway gateway, String run, List<String> had, List<String> whole) {
        List<String> all = new ArrayList<>(had);
        try (EventClient rest =
                EventClient.resume(gateway, run, had.isEmpty() ? null : EventClient.id(had.getLast()))) {
            all.addAll(rest.rest());
        }
        assertThat(all.equals(whole)).isTrue();
    }
}
