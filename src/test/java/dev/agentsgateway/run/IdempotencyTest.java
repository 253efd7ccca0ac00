package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.TestTool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The same Idempotency-Key and body get the same run, wherever they are sent (draft-ietf-httpapi-idempotency-key-header). */
class IdempotencyTest {
    private static final TestTool LOOK = TestTool.free("look");
    private static final TestTool BOOK = TestTool.guarded("book");
    private static TestGateway gateway;
    private static TestGateway other;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start(Map.of(), LOOK, BOOK);
        other = gateway.replica();
        gateway.createAgent("a1", "You talk.");
        gateway.createAgent("a2", "You talk.");
    }

    @AfterAll
    static void stop() {
        other.close();
        gateway.close();
    }

    private static TestGateway.Answer chat(
            TestGateway replica, String key, String session, TestGateway.BodyChange more) {
        return chat(replica, gateway.apiKey(), "a1", key, session, more);
    }

    private static TestGateway.Answer chat(
            TestGateway replica, String apiKey, String agent, String key, String session, TestGateway.BodyChange more) {
        String body = TestGateway.chatBody("Go", json -> {
                    json.put("session_id", session);
                    more.apply(json);
                })
                .toString();
        Map<String, String> headers = new HashMap<>(Map.of("X-API-Key", apiKey));
        if (key != null) {
            headers.put("Idempotency-Key", key);
        }
        return replica.send("POST", "/v2/agents/" + agent + "/chat", body, headers);
    }

    private static String run(TestGateway.Answer answer) {
        assertThat(answer.status()).as(answer.body()).isIn(200, 202);
        return answer.header("X-Run-Id").orElseThrow();
    }

    private static int runs(String session) {
        return gateway.database()
                .with(handle -> handle.createQuery("""
                                SELECT count(*) FROM ai.runs r JOIN ai.sessions s ON s.id = r.session
                                WHERE s.session_id = :session
                                """)
                        .bind("session", session)
                        .mapTo(Integer.class)
                        .one());
    }

    private static void everyTime(String session, boolean stream, Consumer<TestGateway.Answer> check) throws Exception {
        List<Callable<TestGateway.Answer>> chats = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            TestGateway replica = i % 2 == 0 ? gateway : other;
            chats.add(() -> chat(replica, "\"key " + session + "\"", session, body -> body.put("stream", stream)));
        }
        Set<String> runs = new HashSet<>();
        Set<String> bodies = new HashSet<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<TestGateway.Answer> chat : threads.invokeAll(chats)) {
                runs.add(run(chat.get()));
                bodies.add(chat.get().body().replaceAll("(?m)^: alive\\n\\n", ""));
                check.accept(chat.get());
            }
        }
        assertThat(runs).hasSize(1);
        assertThat(bodies).hasSize(1);
        assertThat(runs(session)).isEqualTo(1);
    }

    private static Reply slow() {
        return Reply.text("Slow").thenPause(Duration.ofMillis(400)).thenText(" and steady.");
    }

    @Test
    void twentyThreadsOnTwoReplicasGetOneRun() throws Exception {
        gateway.model().otherwise(_ -> slow());
        int asked = gateway.model().requests().size();
        everyTime(
                "json",
                false,
                answer -> assertThat(answer.json().get("content").asText()).isEqualTo("Slow and steady."));
        everyTime(
                "stream",
                true,
                answer ->
                        assertThat(answer.eventNames()).startsWith("RunStarted").endsWith("RunCompleted"));
        assertThat(gateway.model().requests()).hasSize(asked + 2);
    }

    @Test
    void everyKindOfEndIsAnsweredAgainAsItWas() {
        gateway.model()
                .otherwise(request -> request.body().toString().contains("\"role\":\"tool\"")
                        ? Reply.text("Done.")
                        : Reply.text("I look. ").thenToolCall("look", "{\"n\":1}"));
        TestGateway.Answer first = chat(gateway, "with-tools", "tools", body -> body.put("stream", false));
        assertThat(first.json().at("/tools/0/result/did/n").asInt()).isEqualTo(1);
        sameAgain(first, "with-tools", "tools");
        gateway.model().otherwise(_ -> Reply.toolCall("book", "{\"n\":2}"));
        TestGateway.Answer paused = chat(gateway, "paused", "paused", body -> body.put("stream", false));
        assertThat(paused.json().get("status").asText()).isEqualTo("PAUSED");
        sameAgain(paused, "paused", "paused");
        gateway.model().otherwise(_ -> Reply.error(400, "no"));
        TestGateway.Answer failed = chat(gateway, "failed", "failed", body -> body.put("stream", false));
        assertThat(failed.json().get("status").asText()).isEqualTo("ERROR");
        sameAgain(failed, "failed", "failed");
    }

    private static void sameAgain(TestGateway.Answer first, String key, String session) {
        for (TestGateway replica : List.of(gateway, other)) {
            TestGateway.Answer again = chat(replica, key, session, body -> body.put("stream", false));
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(run(again)).isEqualTo(run(first));
        }
        assertThat(runs(session)).isEqualTo(1);
    }

    @Test
    void anotherBodyAgentOrKeyIsNotTheSame() {
        gateway.model().otherwise(_ -> Reply.text("Hi"));
        String first = run(chat(gateway, "k1", "other", body -> body.put("stream", false)));
        TestGateway.Answer changed =
                chat(other, "k1", "other", body -> body.put("stream", false).put("locale", "de"));
        assertThat(changed.status()).isEqualTo(422);
        assertThat(changed.json().at("/detail/0/loc")).isEqualTo(Json.read("[\"header\",\"idempotency-key\"]"));
        assertThat(changed.body()).contains("another body");
        assertThat(chat(gateway, gateway.apiKey(), "a2", "k1", "other", body -> body.put("stream", false))
                        .status())
                .isEqualTo(422);
        String foreign = gateway.createKey("another", body -> body.put("rate_limit", 0));
        assertThat(run(chat(gateway, foreign, "a1", "k1", "other", body -> body.put("stream", false))))
                .isNotEqualTo(first);
        assertThat(run(chat(gateway, "\"k1\"", "other", body -> body.put("stream", false))))
                .isEqualTo(first);
    }

    @Test
    void whatIsNoKeyIsRefused() {
        for (String bad : List.of("\"\"", "\"open", "a b", "a,b", "\"a\\x\"", "x".repeat(256), "\"k\";a=1")) {
            TestGateway.Answer answer = chat(gateway, bad, "bad", body -> body.put("stream", false));
            assertThat(answer.status()).as(bad).isEqualTo(422);
        }
        assertThat(runs("bad")).isZero();
        gateway.model().otherwise(_ -> Reply.text("Hi"));
        for (String good : List.of("x".repeat(255), "\"a \\\"b\\\" \\\\\"", "8e03978e-40d5-43dd-bc93-6894a57f9324")) {
            run(chat(gateway, good, "good", body -> body.put("stream", false)));
        }
        assertThat(runs("good")).isEqualTo(3);
    }

    @Test
    void aRefusedRunLeavesTheKeyFree() {
        gateway.model().reply(Reply.text("Long").thenPause(Duration.ofMillis(700)));
        try (EventClient busy = EventClient.chat(gateway, "a1", "refused", _ -> {})) {
            assertThat(busy.next()).contains("RunStarted");
            TestGateway.BodyChange rejecting = body -> body.put("stream", false).put("on_busy", "reject");
            assertThat(chat(other, "later", "refused", rejecting).status()).isEqualTo(409);
            while (busy.next() != null) {
                // Until it has ended.
            }
            gateway.model().otherwise(_ -> Reply.text("Now"));
            JsonNode now = chat(other, "later", "refused", rejecting).json();
            assertThat(now.get("content").asText()).isEqualTo("Now");
        }
    }

    @Test
    void keysExpireAndRunsMayBeGone() {
        gateway.model().otherwise(_ -> Reply.text("Hi"));
        String first = run(chat(gateway, "old", "old", body -> body.put("stream", false)));
        gateway.database()
                .with(handle -> handle.execute("UPDATE ai.idempotency_keys SET created_at = now() - interval '25 hours'"
                        + " WHERE key = 'old'"));
        String second = run(chat(gateway, "old", "old", body -> body.put("stream", false)));
        assertThat(second).isNotEqualTo(first);
        gateway.database().with(handle -> handle.execute("DELETE FROM ai.sessions WHERE session_id = 'old'"));
        assertThat(chat(gateway, "old", "old", body -> body.put("stream", false))
                        .status())
                .isEqualTo(410);
    }
}
