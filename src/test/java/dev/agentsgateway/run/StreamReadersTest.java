package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamReadersTest {
    private static final int TOKENS = 3 * RunLog.KEPT;

    private static Reply manyTokens() {
        Reply reply = Reply.of();
        for (int i = 0; i < TOKENS; i++) {
            reply = reply.thenText("t" + i + " ");
        }
        return reply;
    }

    @Test
    void whoIsFarBehindReadsEverythingInOrderFromTheDatabase() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            fixture.model.reply(manyTokens());
            ActiveRun run = fixture.start("s1", "Go");
            RunEvents quick = fixture.engine.events(run, 0);
            RunEvents late = fixture.engine.events(run, 0);
            List<RunEvent> seen = readAll(quick);
            EngineFixture.outcome(run);
            assertThat(run.log().read(0, Duration.ZERO).missed()).isTrue();
            assertThat(readAll(late)).isEqualTo(seen);
            assertThat(readAll(fixture.engine.events(run, 2000))).isEqualTo(seen.subList(2000, seen.size()));
            List<JsonNode> stored = fixture.storedEvents(run.id());
            assertThat(stored).hasSize(seen.size()).hasSizeGreaterThan(TOKENS);
            assertThat(Json.read(EventJson.write(seen))).containsExactlyElementsOf(stored);
        }
    }

    @Test
    void afterItsEventsWereDroppedALateReaderStillComesToTheEnd() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            fixture.model.reply(manyTokens());
            ActiveRun run = fixture.start("s1", "Go");
            EngineFixture.outcome(run);
            fixture.test.database().with(handle -> handle.execute("DELETE FROM ai.run_segments"));
            RunEvents late = fixture.engine.events(run, 0);
            assertThat(readAll(late).getLast()).isInstanceOf(RunEvent.Completed.class);
        }
    }

    private static List<RunEvent> readAll(RunEvents events) throws InterruptedException {
        List<RunEvent> all = new ArrayList<>();
        int next = 1;
        int gaps = 0;
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!events.ended()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            RunEvents.Batch batch = events.next(Duration.ofMillis(200));
            if (!batch.events().isEmpty()) {
                assertThat(batch.firstSeq()).isGreaterThanOrEqualTo(next);
                gaps += next > 1 && batch.firstSeq() > next ? 1 : 0;
                next = batch.firstSeq() + batch.events().size();
            }
            all.addAll(batch.events());
        }
        assertThat(gaps).isZero();
        return all;
    }

    @Test
    void aRunGoesOnWhenItsClientDropsTheConnection() throws Exception {
        try (TestGateway gateway = TestGateway.start()) {
            gateway.createAgent("a1", "You talk.");
            gateway.model()
                    .reply(Reply.text("One ")
                            .thenPause(Duration.ofMillis(700))
                            .thenText("two ")
                            .thenText("three"));
            String body = TestGateway.chatBody("Hi", _ -> {}).toString();
            try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
                socket.getOutputStream()
                        .write(("POST /v2/agents/a1/chat HTTP/1.1\r\nHost: x\r\nX-API-Key: " + gateway.apiKey()
                                        + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                                        + "\r\n\r\n" + body)
                                .getBytes(StandardCharsets.UTF_8));
                InputStream in = socket.getInputStream();
                StringBuilder got = new StringBuilder();
                while (!got.toString().contains("One ")) {
                    int c = in.read();
                    assertThat(c).isNotNegative();
                    got.append((char) c);
                }
            }
            String id = gateway.database()
                    .with(handle -> handle.createQuery("SELECT id FROM ai.runs")
                            .mapTo(String.class)
                            .one());
            long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
            JsonNode run = gateway.get("/v2/runs/" + id).json();
            while (run.get("status").asText().equals("running")) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.sleep(20);
                run = gateway.get("/v2/runs/" + id).json();
            }
            assertThat(run.get("status").asText()).isEqualTo("completed");
            assertThat(run.get("content").asText()).isEqualTo("One two three");
        }
    }
}
