package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.TestTool;
import dev.agentsgateway.tool.ToolSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Busy sessions, background runs, clients that go, and cancellation, on two replicas. */
class StartOptionsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private final TestTool slow = TestTool.of("slow", ToolSpec.SideEffect.NONE, false, _ -> {
        try {
            Thread.sleep(30_000);
            return "\"slept\"";
        } catch (InterruptedException e) {
            return "\"interrupted\"";
        }
    });
    private final TestGateway gateway = TestGateway.start(
            Map.of("CLIENT_GRACE_SECONDS", "2", "STREAM_HEARTBEAT_SECONDS", "1"), slow, TestTool.guarded("book"));
    private final TestGateway other = gateway.replica();

    @BeforeEach
    void createAgent() {
        gateway.createAgent("a1", "You talk.");
    }

    @AfterEach
    void stop() {
        other.close();
        gateway.close();
    }

    private static TestGateway.Answer chat(TestGateway replica, TestGateway.BodyChange change) {
        return replica.chat("a1", "Go", change);
    }

    private String background(TestGateway replica) {
        TestGateway.Answer answer = chat(replica, body -> body.put("background", true));
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
        assertThat(answer.header("Location"))
                .contains("/v2/runs/" + answer.json().get("run_id").asText());
        assertThat(answer.header("X-Run-Id"))
                .contains(answer.json().get("run_id").asText());
        return answer.json().get("run_id").asText();
    }

    private JsonNode view(String run) {
        return gateway.get("/v2/runs/" + run).json();
    }

    private JsonNode await(String run, String status) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(40).toNanos();
        JsonNode view = view(run);
        while (!view.get("status").asText().equals(status)) {
            assertThat(System.nanoTime()).as(view.toString()).isLessThan(deadline);
            Thread.sleep(20);
            view = view(run);
        }
        return view;
    }

    private RecordedRequest asked() {
        return gateway.model().takeRequest(Duration.ofSeconds(10));
    }

    private static void closedSoon(RecordedRequest request, Instant cancelled) {
        RecordedRequest.Outcome outcome = request.outcome(Duration.ofSeconds(5));
        assertThat(outcome.closedEarly()).isTrue();
        assertThat(Duration.between(cancelled, outcome.at())).isLessThan(SECOND);
    }

    private TestGateway.Answer cancel(TestGateway replica, String run) {
        return replica.post("/v2/runs/" + run + "/cancel", Json.object());
    }

    @Test
    void aBusySessionMayRefuseOnAnyReplicaAndAPausedOneIsFree() throws Exception {
        gateway.model().reply(Reply.text("One").stall());
        String first = background(gateway);
        asked();
        for (TestGateway replica : List.of(gateway, other)) {
            TestGateway.Answer refused = chat(replica, body -> body.put("on_busy", "reject"));
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.json().get("detail").asText()).isEqualTo("Session s1 is busy with another run");
            assertThat(refused.header("Retry-After")).isPresent();
        }
        assertThat(cancel(other, first).status()).isEqualTo(200);
        gateway.model().reply(Reply.toolCall("book", "{}"));
        TestGateway.BodyChange rejecting = body -> body.put("stream", false).put("on_busy", "reject");
        assertThat(chat(other, rejecting).json().get("status").asText()).isEqualTo("PAUSED");
        gateway.model().reply(Reply.text("Free"));
        assertThat(chat(gateway, rejecting).json().get("content").asText()).isEqualTo("Free");
    }

    @Test
    void ofManyThatDoNotWaitOneRuns() throws Exception {
        gateway.model().otherwise(_ -> Reply.text("One").thenPause(Duration.ofMillis(1500)));
        List<Callable<TestGateway.Answer>> chats = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            TestGateway replica = i % 2 == 0 ? gateway : other;
            chats.add(() -> chat(replica, body -> body.put("stream", false).put("on_busy", "reject")));
        }
        List<Integer> statuses = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<TestGateway.Answer> answer : threads.invokeAll(chats)) {
                statuses.add(answer.get().status());
            }
        }
        assertThat(statuses).containsOnly(200, 409).containsOnlyOnce(200);
    }

    @Test
    void anInterruptEndsWhatWasThereBeforeOnBothReplicas() throws Exception {
        gateway.model().reply(Reply.text("One").stall());
        String running = background(gateway);
        RecordedRequest upstream = asked();
        String queued = background(other);
        gateway.model().otherwise(_ -> Reply.text("Last"));
        Instant now = Instant.now();
        JsonNode last = chat(other, body -> body.put("stream", false).put("on_busy", "interrupt"))
                .json();
        assertThat(last.get("content").asText()).isEqualTo("Last");
        assertThat(Duration.between(now, Instant.now())).isLessThan(Duration.ofSeconds(3));
        closedSoon(upstream, now);
        await(running, "cancelled");
        await(queued, "cancelled");
        assertThat(gateway.model().requests()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cancellingClosesTheUpstreamFromEitherReplica(boolean stream) throws Exception {
        for (TestGateway replica : List.of(gateway, other)) {
            gateway.model()
                    .reply(
                            stream
                                    ? Reply.text("Half of it").stall()
                                    : Reply.of().stall());
            String run;
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<TestGateway.Answer> answer =
                        threads.submit(() -> chat(gateway, body -> body.put("stream", stream)));
                RecordedRequest upstream = asked();
                run = gateway.get("/v2/runs?status=running")
                        .json()
                        .at("/runs/0/run_id")
                        .asText();
                if (stream) {
                    while (view(run).get("content").isNull()) {
                        Thread.sleep(10);
                    }
                }
                Instant now = Instant.now();
                TestGateway.Answer cancelled = cancel(replica, run);
                assertThat(cancelled.status()).as(cancelled.body()).isEqualTo(200);
                assertThat(cancelled.json().get("status").asText()).isEqualTo("cancelled");
                closedSoon(upstream, now);
                if (stream) {
                    assertThat(answer.get().eventNames()).endsWith("RunCancelled");
                    assertThat(cancelled.json().at("/usage/output_tokens").asInt())
                            .isPositive();
                } else {
                    assertThat(answer.get().json().get("status").asText()).isEqualTo("CANCELLED");
                }
            }
            assertThat(cancel(gateway, run).status()).isEqualTo(409);
        }
        int booked = gateway.database()
                .with(handle -> handle.createQuery("SELECT count(*) FROM token_usage")
                        .mapTo(Integer.class)
                        .one());
        assertThat(booked).isEqualTo(stream ? 2 : 0);
        gateway.model().reply(Reply.text("Next"));
        assertThat(chat(other, body -> body.put("stream", false))
                        .json()
                        .get("content")
                        .asText())
                .isEqualTo("Next");
    }

    @Test
    void queuedPausedAndToolCallingRunsAreCancelledAndTheSessionStaysUsable() throws Exception {
        gateway.model().reply(Reply.toolCall("slow", "{}"));
        String calling = background(gateway);
        while (slow.calls().isEmpty()) {
            Thread.sleep(10);
        }
        String queued = background(other);
        Instant now = Instant.now();
        assertThat(cancel(gateway, queued).json().get("status").asText()).isEqualTo("cancelled");
        assertThat(cancel(other, calling).json().get("status").asText()).isEqualTo("cancelled");
        assertThat(Duration.between(now, Instant.now())).isLessThan(Duration.ofSeconds(2));
        assertThat(view(calling).get("messages").toString()).contains("The call was cancelled.");
        gateway.model().reply(Reply.toolCall("book", "{}"));
        String paused = chat(gateway, body -> body.put("stream", false))
                .json()
                .get("run_id")
                .asText();
        try (EventClient events = EventClient.resume(gateway, paused, null)) {
            assertThat(cancel(other, paused).json().get("status").asText()).isEqualTo("cancelled");
            assertThat(events.status()).isEqualTo(200);
        }
        assertThat(other.get("/v2/runs/" + paused + "/events").eventNames()).endsWith("RunCancelled");
        gateway.model().reply(Reply.text("Well"));
        assertThat(chat(other, body -> body.put("stream", false))
                        .json()
                        .get("content")
                        .asText())
                .isEqualTo("Well");
    }

    @Test
    void aBackgroundRunOutlivesEverybodyAndAForegroundOneItsGrace() throws Exception {
        gateway.model()
                .otherwise(_ ->
                        Reply.text("Long").thenPause(Duration.ofSeconds(12)).thenText(" enough"));
        String background = background(gateway);
        String lost;
        try (EventClient client = EventClient.chat(gateway, "a1", "lost", _ -> {})) {
            lost = client.run();
            assertThat(client.next()).isNotNull();
        }
        String resumed;
        try (EventClient client = EventClient.chat(gateway, "a1", "resumed", _ -> {})) {
            resumed = client.run();
            assertThat(client.next()).isNotNull();
        }
        try (EventClient client = EventClient.resume(other, resumed, null)) {
            String last = "";
            for (String frame = client.next(); frame != null; frame = client.next()) {
                last = frame;
            }
            assertThat(last).contains("RunCompleted");
        }
        JsonNode ended = await(lost, "cancelled");
        assertThat(ended.at("/error/message").asText()).contains("did not come back");
        assertThat(await(background, "completed").get("content").asText()).isEqualTo("Long enough");
        await(resumed, "completed");
    }

    @Test
    void anAgentNarrowsTheLimitsButCannotWidenThem() {
        gateway.createAgent(
                "narrow",
                "T.",
                body -> body.putObject("config")
                        .putObject("limits")
                        .put("max_model_turns", 1)
                        .put("max_output_chars", 100_000_000));
        assertThat(gateway.get("/v2/agents/narrow").json().at("/config/limits").toString())
                .isEqualTo("{\"max_model_turns\":1,\"max_output_chars\":100000000}");
        gateway.model().otherwise(_ -> Reply.toolCall("update_session_state", "{\"session_state_updates\":{}}"));
        JsonNode turns =
                gateway.chat("narrow", "Go", body -> body.put("stream", false)).json();
        assertThat(turns.get("error_code").asText()).isEqualTo("limit_model_turns");
        gateway.createAgent(
                "short",
                "T.",
                body -> body.putObject("config")
                        .putObject("limits")
                        .put("timeout_seconds", 1)
                        .put("max_output_chars", 10));
        gateway.model().otherwise(_ -> Reply.text("More than ten."));
        assertThat(gateway.chat("short", "Go", body -> body.put("stream", false))
                        .json()
                        .get("error_code")
                        .asText())
                .isEqualTo("limit_output_size");
        gateway.model().otherwise(_ -> Reply.text("One").stall());
        assertThat(gateway.chat("short", "Go", body -> body.put("stream", false))
                        .json()
                        .get("error_code")
                        .asText())
                .isEqualTo("limit_wall_clock");
        TestGateway.Answer bad = gateway.post(
                "/v2/agents",
                Json.read(
                        "{\"id\":\"bad\",\"name\":\"B\",\"template\":\"T\",\"config\":{\"limits\":{\"timeout_seconds\":0}}}"));
        assertThat(bad.status()).isEqualTo(422);
    }
}
