package dev.agentsgateway.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code contract/agents-teams.md} 10: history, session state, memory, tools of one turn. */
class ChatSessionTest {
    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static JsonNode chat(String agent, String message, TestGateway.BodyChange change) {
        TestGateway.Answer answer = gateway.chat(agent, message, body -> {
            body.put("stream", false);
            change.apply(body);
        });
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static JsonNode chat(String agent, String message) {
        return chat(agent, message, _ -> {});
    }

    private static List<String> contents(JsonNode request) {
        List<String> contents = new ArrayList<>();
        request.get("messages")
                .forEach(message -> contents.add(message.get("content").asText()));
        return contents;
    }

    private static JsonNode lastAsked() {
        return gateway.model().requests().getLast().body();
    }

    @ParameterizedTest
    @CsvSource({"0,T|q3", "-1,T|q3", "1,T|q2|a2|q3", "3,T|q1|a1|q2|a2|q3"})
    void theModelSeesTheLastRuns(int runs, String expected) {
        String id = "window" + runs;
        gateway.createAgent(id, "T", body -> body.putObject("config").put("num_history_runs", runs));
        for (int i = 1; i <= 3; i++) {
            gateway.model().reply(Reply.text("a" + i));
            chat(id, "q" + i);
        }
        assertThat(String.join("|", contents(lastAsked()))).isEqualTo(expected);
    }

    @Test
    void withoutHistoryNothingIsReplayed() {
        gateway.createAgent("no-history", "T", body -> body.putObject("config").put("enable_history", false));
        chat("no-history", "q1");
        chat("no-history", "q2");
        assertThat(contents(lastAsked())).containsExactly("T", "q2");
    }

    @Test
    void failedRunsAreNotReplayedAndDoNotUseUpTheWindow() {
        gateway.createAgent("failed-run", "T", body -> body.putObject("config").put("num_history_runs", 1));
        gateway.model().reply(Reply.text("a1"), Reply.error(400, "no"), Reply.text("a3"));
        chat("failed-run", "q1");
        assertThat(chat("failed-run", "q2").get("status").asText()).isEqualTo("ERROR");
        chat("failed-run", "q3");
        assertThat(contents(lastAsked())).containsExactly("T", "q1", "a1", "q3");
    }

    @Test
    void sessionsBelongToAgentUserAndId() {
        gateway.createAgent("own-1", "T");
        gateway.createAgent("own-2", "T");
        chat("own-1", "secret");
        chat("own-1", "q", body -> body.put("user_id", "u2"));
        assertThat(contents(lastAsked())).containsExactly("T", "q");
        chat("own-1", "q", body -> body.put("session_id", "s2"));
        assertThat(contents(lastAsked())).containsExactly("T", "q");
        chat("own-2", "q");
        assertThat(contents(lastAsked())).containsExactly("T", "q");
        chat("own-1", "q");
        assertThat(contents(lastAsked())).contains("secret");
    }

    @Test
    void anEmptySessionIdIsASessionForOneRun() {
        gateway.createAgent("sessionless", "T");
        JsonNode first = chat("sessionless", "q1", body -> body.put("session_id", ""));
        assertThat(first.get("session_id").asText())
                .as("the session that it made")
                .isNotEmpty();
        chat("sessionless", "q2", body -> body.put("session_id", ""));
        assertThat(contents(lastAsked())).containsExactly("T", "q2");
        List<String> sessions = gateway.database()
                .with(handle -> handle.createQuery("SELECT session_id FROM ai.sessions WHERE owner_id = 'sessionless'")
                        .mapTo(String.class)
                        .list());
        assertThat(sessions)
                .hasSize(2)
                .doesNotHaveDuplicates()
                .doesNotContain("")
                .contains(first.get("session_id").asText());
    }

    @Test
    void stateIsKeptMergedAndOverruledByTheRequest() {
        gateway.createAgent("state", "T {color} {flag}");
        gateway.model()
                .reply(
                        Reply.toolCall(
                                "update_session_state",
                                "{\"session_state_updates\":{\"color\":\"red\",\"flag\":true,\"timezone\":\"Mars\","
                                        + "\"deep\":{\"a\":1,\"b\":1}}}"),
                        Reply.text("ok"));
        JsonNode first = gateway.chat("state", "q1", _ -> {}).events().getLast().get("session_state");
        assertThat(first.get("timezone").asText()).isEqualTo("Mars");
        assertThat(first.at("/deep/a").asInt()).isEqualTo(1);
        gateway.model()
                .reply(
                        Reply.toolCall(
                                "update_session_state", "{\"session_state_updates\":{\"deep\":{\"b\":2,\"c\":null}}}"),
                        Reply.text("ok"));
        JsonNode second =
                gateway.chat("state", "in {color}", _ -> {}).events().getLast().get("session_state");
        assertThat(second.get("deep").toString()).isEqualTo("{\"a\":1,\"b\":2,\"c\":null}");
        assertThat(second.get("timezone").asText()).isEqualTo("UTC");
        List<RecordedRequest> all = gateway.model().requests();
        JsonNode asked = all.get(all.size() - 2).body();
        assertThat(asked.at("/messages/0/content").asText()).isEqualTo("T red True");
        assertThat(contents(asked)).endsWith("in red");
        chat("state", "other session", body -> body.put("session_id", "s2"));
        assertThat(lastAsked().at("/messages/0/content").asText()).isEqualTo("T {color} {flag}");
    }

    @Test
    void theHistoryToolShowsWhatTheWindowHides() {
        gateway.createAgent("look-back", "T", body -> body.putObject("config").put("num_history_runs", 0));
        gateway.model()
                .reply(
                        Reply.text("a1"),
                        Reply.text("a2"),
                        Reply.toolCall("get_chat_history", "{}"),
                        Reply.text("done"));
        chat("look-back", "q1");
        chat("look-back", "q2");
        chat("look-back", "q3");
        JsonNode shown = Json.read(contents(lastAsked()).getLast());
        assertThat(shown.toString())
                .isEqualTo("[{\"role\":\"user\",\"content\":\"q1\"},{\"role\":\"assistant\",\"content\":\"a1\"},"
                        + "{\"role\":\"user\",\"content\":\"q2\"},{\"role\":\"assistant\",\"content\":\"a2\"}]");
        gateway.model().reply(Reply.toolCall("get_chat_history", "{\"num_chats\":1}"), Reply.text("done"));
        JsonNode answer = chat("look-back", "q4");
        assertThat(answer.at("/tools/0/result/0/content").asText()).isEqualTo("q3");
    }

    private static List<String> memories(String user) {
        return gateway.database()
                .with(handle -> handle.createQuery(
                                "SELECT memory || ' ' || topics::text || ' ' || input FROM ai.memories"
                                        + " WHERE user_id = :user ORDER BY created_at")
                        .bind("user", user)
                        .mapTo(String.class)
                        .list());
    }

    @Test
    void memoryIsWrittenByASecondConversation() {
        gateway.createAgent("memory", "T");
        gateway.model()
                .reply(
                        Reply.toolCall("update_user_memory", "{\"task\":\"Remember the aisle seat\"}")
                                .usage(10, 1),
                        Reply.toolCall("add_memory", "{\"memory\":\"Prefers aisle seats\",\"topics\":[\"travel\"]}")
                                .usage(20, 2),
                        Reply.text("Remembered.").usage(30, 3),
                        Reply.text("Noted.").usage(40, 4));
        JsonNode answer = chat("memory", "I like aisle seats", body -> body.put("user_id", "m1"));
        assertThat(answer.get("content").asText()).isEqualTo("Noted.");
        assertThat(answer.at("/tools/0/result").asText()).isEqualTo("Remembered.");
        assertThat(answer.at("/token_usage/input_tokens").asInt()).isEqualTo(100);
        assertThat(answer.at("/token_usage/output_tokens").asInt()).isEqualTo(10);
        assertThat(memories("m1")).containsExactly("Prefers aisle seats {travel} Remember the aisle seat");
        List<RecordedRequest> all = gateway.model().requests();
        JsonNode inner = all.get(all.size() - 3).body();
        assertThat(inner.get("tools").findValuesAsText("name"))
                .contains("add_memory", "update_memory", "delete_memory", "clear_memory");
        assertThat(contents(inner)).endsWith("Remember the aisle seat");
        Integer booked = gateway.database()
                .with(handle -> handle.createQuery("SELECT total_tokens FROM token_usage WHERE agent_id = 'memory'")
                        .mapTo(Integer.class)
                        .one());
        assertThat(booked).isEqualTo(110);
    }

    @Test
    void memoriesAreChangedAndDeletedOnlyForTheirUser() {
        gateway.createAgent("forget", "T");
        for (String user : List.of("f1", "f2")) {
            gateway.model()
                    .reply(
                            Reply.toolCall("update_user_memory", "{\"task\":\"add\"}"),
                            Reply.toolCall("add_memory", "{\"memory\":\"Lives in Rome\"}"),
                            Reply.text("done"),
                            Reply.text("done"));
            chat("forget", "q", body -> body.put("user_id", user));
        }
        String foreign = gateway.database()
                .with(handle -> handle.createQuery("SELECT id::text FROM ai.memories WHERE user_id = 'f2'")
                        .mapTo(String.class)
                        .one());
        gateway.model()
                .reply(
                        Reply.toolCall("update_user_memory", "{\"task\":\"forget\"}"),
                        Reply.toolCall("delete_memory", "{\"memory_id\":\"" + foreign + "\"}")
                                .thenToolCall("delete_memory", "{\"memory_id\":\"nonsense\"}")
                                .thenToolCall("clear_memory", "{}"),
                        Reply.text("done"),
                        Reply.text("done"));
        chat("forget", "q", body -> body.put("user_id", "f1"));
        List<RecordedRequest> all = gateway.model().requests();
        assertThat(contents(all.get(all.size() - 2).body()))
                .contains("There is no such memory.", "Deleted 1 memories.");
        assertThat(memories("f1")).isEmpty();
        assertThat(memories("f2")).hasSize(1);
    }

    @Test
    void callsOfOneTurnAreAnsweredInOrder() {
        gateway.createAgent("parallel", "T");
        gateway.model()
                .reply(
                        Reply.toolCall("resolve_datetime", "{\"text\":\"2027-01-01\"}")
                                .thenToolCall("no_such_tool", "{}")
                                .thenToolCall("resolve_datetime", "{\"text\":\"2027-01-02\"}"),
                        Reply.text("ok"));
        JsonNode answer = chat("parallel", "q");
        assertThat(answer.get("tools").findValuesAsText("result"))
                .containsExactly("2027-01-01T00:00:00+00:00", "2027-01-02T00:00:00+00:00");
        List<String> contents = contents(lastAsked());
        assertThat(contents.subList(3, 6))
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo("2027-01-01T00:00:00+00:00"),
                        second -> assertThat(second).contains("no tool named"),
                        third -> assertThat(third).isEqualTo("2027-01-02T00:00:00+00:00"));
    }

    /** The inner conversations of two memory calls take half a second each. */
    @Test
    void callsOfOneTurnRunInParallel() {
        gateway.createAgent("slow-tools", "T");
        gateway.model().otherwise(request -> {
            boolean inner = request.body().at("/tools/0/function/name").asText().equals("add_memory");
            boolean answered = request.body().get("messages").size() > 2;
            return inner
                    ? Reply.of().thenPause(Duration.ofMillis(500)).thenText("done")
                    : answered
                            ? Reply.text("ok")
                            : Reply.toolCall("update_user_memory", "{\"task\":\"a\"}")
                                    .thenToolCall("update_user_memory", "{\"task\":\"b\"}");
        });
        try {
            List<JsonNode> events = gateway.chat("slow-tools", "q", _ -> {}).events();
            List<JsonNode> metrics = events.stream()
                    .filter(event -> event.get("event").asText().equals("ToolCallCompleted"))
                    .map(event -> event.at("/tools/0/metrics"))
                    .toList();
            assertThat(metrics).hasSize(2);
            double latestStart = Math.max(
                    metrics.get(0).get("start_time").asDouble(),
                    metrics.get(1).get("start_time").asDouble());
            double earliestEnd = Math.min(
                    metrics.get(0).get("end_time").asDouble(),
                    metrics.get(1).get("end_time").asDouble());
            assertThat(latestStart).isLessThan(earliestEnd);
            assertThat(metrics.get(0).get("duration").asDouble()).isGreaterThanOrEqualTo(0.4);
        } finally {
            gateway.model().otherwise(_ -> Reply.text("ok"));
        }
    }

    /** One run is driven, 200 wait, the rest are refused. */
    @Test
    void aSessionRefusesMoreThanItsQueueHolds() throws Exception {
        gateway.createAgent("full-queue", "T", body -> body.putObject("config").put("enable_history", false));
        gateway.model().reply(Reply.text("slow").thenPause(Duration.ofSeconds(4)));
        List<TestGateway.Answer> answers = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<TestGateway.Answer> chat =
                    () -> gateway.chat("full-queue", "q", body -> body.put("stream", false));
            for (Future<TestGateway.Answer> each : threads.invokeAll(Collections.nCopies(205, chat))) {
                answers.add(each.get());
            }
        }
        List<TestGateway.Answer> refused =
                answers.stream().filter(answer -> answer.status() == 429).toList();
        assertThat(refused).hasSize(4);
        assertThat(refused.getFirst().header("retry-after")).isPresent();
        assertThat(refused.getFirst().body()).isEqualTo("{\"detail\":\"Session s1 has too many waiting requests\"}");
        assertThat(answers)
                .filteredOn(answer -> answer.status() == 200)
                .hasSize(201)
                .allSatisfy(answer ->
                        assertThat(answer.json().get("status").asText()).isEqualTo("COMPLETED"));
    }
}
