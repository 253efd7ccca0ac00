package dev.agentsgateway.agent;

import static dev.agentsgateway.agent.WholeChats.chat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.model.Usage;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows of {@code token_usage} that chats leave. Every test uses an agent of its own. */
class ChatUsageTest {
    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private record Row(
            String sessionId, String userId, String model, int prompt, int completion, int total, boolean estimated) {}

    private static List<Row> rows(String agent) {
        return gateway.database()
                .with(handle -> handle.createQuery("""
                        SELECT session_id, user_id, model, prompt_tokens, completion_tokens, total_tokens, is_estimated
                        FROM token_usage WHERE agent_id = :agent ORDER BY id
                        """)
                        .bind("agent", agent)
                        .map((row, _) -> new Row(
                                row.getString(1),
                                row.getString(2),
                                row.getString(3),
                                row.getInt(4),
                                row.getInt(5),
                                row.getInt(6),
                                row.getBoolean(7)))
                        .list());
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-5.4", "claude-sonnet-4-6", "gemini-2.5-pro"})
    void oneRowForEachChatStreamedOrNot(String model) {
        String id = "usage-" + model.replace('.', '-');
        gateway.createAgent(id, "A template.");
        Usage usage = new Usage(90, 20, 30, 0, 5, false);
        for (boolean stream : new boolean[] {true, false}) {
            gateway.model().reply(Reply.text("A", "nswer").usage(usage));
            gateway.chat(id, "Hi", body -> body.put("model", model).put("stream", stream));
        }
        Row row = new Row("s1", "u1", model, 90, 20, 110, false);
        assertThat(rows(id)).containsExactly(row, row);
    }

    @Test
    void toolTurnsAreAddedOnce() {
        gateway.createAgent("turns", "A template.");
        gateway.model()
                .reply(
                        Reply.toolCall("resolve_datetime", "{\"text\":\"2027-03-05\"}")
                                .usage(10, 1),
                        Reply.text("x").usage(20, 2));
        JsonNode answer = chat(gateway, "turns", _ -> {}).json();
        assertThat(answer.at("/token_usage/total_tokens").asInt()).isEqualTo(33);
        assertThat(rows("turns")).containsExactly(new Row("s1", "u1", "gpt-5.4", 30, 3, 33, false));
    }

    @Test
    void whatTheVendorDoesNotCountIsEstimatedAndSaysSo() {
        gateway.createAgent("estimate", "x".repeat(40));
        for (boolean stream : new boolean[] {true, false}) {
            gateway.model().reply(Reply.text("y".repeat(20)).withoutUsage());
            gateway.chat(
                    "estimate",
                    "z".repeat(20),
                    body -> body.put("stream", stream).put("session_id", "e" + stream));
        }
        assertThat(rows("estimate"))
                .containsExactly(
                        new Row("etrue", "u1", "gpt-5.4", 15, 5, 20, true),
                        new Row("efalse", "u1", "gpt-5.4", 15, 5, 20, true));
        gateway.model().reply(Reply.text("y".repeat(20)).withoutUsage());
        JsonNode usage = chat(gateway, "estimate", body -> body.put("session_id", "flag"))
                .json()
                .get("token_usage");
        assertThat(usage.get("is_estimated").asBoolean()).isTrue();
    }

    @Test
    void aRefusedCallCostsNothing() {
        gateway.createAgent("refused", "A template.");
        gateway.model().reply(Reply.error(400, "no"));
        chat(gateway, "refused", _ -> {});
        assertThat(rows("refused")).isEmpty();
    }
}
