package dev.agentsgateway.mcp;

import static dev.agentsgateway.mcp.FakeTools.readOnly;
import static dev.agentsgateway.mcp.FakeTools.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.app.TestGateway.Answer;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Agents with MCP servers over HTTP (agents-teams.md, 5 and 11.4). */
class McpChatTest {
    private final FakeMcpServer server = new FakeMcpServer();
    private final TestGateway gateway =
            TestGateway.start(Map.of("OUTBOUND_ALLOW_PRIVATE", "true", "DB_POOL_SIZE", "4"));

    @AfterEach
    void close() {
        gateway.close();
        server.close();
        assertThat(server.complaints).isEmpty();
    }

    private void agent(String id, Consumer<ObjectNode> more) {
        gateway.createAgent(id, "You help.", body -> {
            ObjectNode entry = body.putObject("config")
                    .putObject("worker_config")
                    .putArray("mcp_servers")
                    .addObject()
                    .put("name", "box")
                    .put("type", "http")
                    .put("url", server.url());
            more.accept(entry);
        });
    }

    private Answer chat(boolean stream) {
        return gateway.chat("a1", "Go", body -> body.put("stream", stream));
    }

    private List<String> offeredToTheModel() {
        return gateway.model().requests().getLast().body().get("tools").findValuesAsText("name");
    }

    @Test
    void toolsAreOfferedToTheModelAndCalled() {
        server.tools.with(
                "weather", arguments -> text("Rain in " + arguments.path("text").asText()));
        agent("a1", _ -> {});
        gateway.model().reply(Reply.toolCall("weather", "{\"text\":\"Bergen\"}"), Reply.text("Take an umbrella."));
        JsonNode answer = chat(false).json();
        assertThat(answer.get("content").asText()).isEqualTo("Take an umbrella.");
        assertThat(answer.at("/tools/0/result").asText()).isEqualTo("Rain in Bergen");
        assertThat(offeredToTheModel()).contains("weather", "resolve_datetime");
        gateway.model().reply(Reply.text("Hi."));
        assertThat(chat(true).eventNames()).contains("RunCompleted");
        assertThat(server.tools.initialized).hasValue(1);
    }

    @Test
    void aServerThatCannotBeReachedIsToldAsTheReferenceTellsIt() {
        agent("a1", _ -> {});
        for (boolean away : new boolean[] {false, true}) {
            if (away) {
                server.stop();
            }
            Answer plain = chat(false);
            assertThat(plain.status()).isEqualTo(503);
            assertThat(plain.body()).isEqualTo("{\"detail\":\"MCP tool server unavailable\"}");
            Answer streamed = chat(true);
            assertThat(streamed.status()).isEqualTo(200);
            assertThat(streamed.body())
                    .isEqualTo(
                            "event: error\ndata: {\"status\":\"error\",\"error\":\"MCP tool server unavailable\"}\n\n");
        }
        assertThat(gateway.model().requests()).isEmpty();
        assertThat(gateway.get("/v2/runs").json().get("runs")).isEmpty();
        server.start();
        server.tools.with("weather", _ -> text("Sun"));
        gateway.model().reply(Reply.text("Hi."));
        assertThat(chat(false).json().get("status").asText()).isEqualTo("COMPLETED");
    }

    @Test
    void aServerThatHasGoneIsMissedAlthoughItsToolsAreKnown() throws Exception {
        server.tools.with("weather", _ -> text("Sun"));
        agent("a1", _ -> {});
        gateway.model().reply(Reply.text("Hi."));
        assertThat(chat(false).status()).isEqualTo(200);
        Thread.sleep(1100);
        server.stop();
        assertThat(chat(false).status()).isEqualTo(503);
        server.start();
        gateway.model().reply(Reply.text("Hi."));
        assertThat(chat(false).status()).isEqualTo(200);
    }

    @Test
    void aRequestThatIsRepeatedHasItsRunThoughTheServerHasGone() throws Exception {
        server.tools.with("weather", _ -> text("Sun"));
        agent("a1", _ -> {});
        gateway.model().reply(Reply.text("Hi."));
        String body =
                TestGateway.chatBody("Go", chat -> chat.put("stream", false)).toString();
        Map<String, String> headers = Map.of("X-API-Key", gateway.apiKey(), "Idempotency-Key", "k-1");
        Answer first = gateway.send("POST", "/v2/agents/a1/chat", body, headers);
        server.stop();
        Thread.sleep(1100);
        assertThat(chat(false).status()).isEqualTo(503);
        assertThat(gateway.send("POST", "/v2/agents/a1/chat", body, headers).body())
                .isEqualTo(first.body());
        server.start();
    }

    @Test
    void waitingForAServerHoldsNoDatabaseConnection() throws Exception {
        server.tools.with("weather", _ -> text("Sun"));
        server.tools.greeting = new CountDownLatch(1);
        agent("a1", _ -> {});
        gateway.model().otherwise(_ -> Reply.text("Hi."));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> chats = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                String session = "s" + i;
                chats.add(threads.submit(() -> gateway.chat(
                        "a1", "Go", body -> body.put("stream", false).put("session_id", session))));
            }
            Servers.await(() -> server.tools.initialized.get() == 1);
            for (int i = 0; i < 20; i++) {
                long begun = System.nanoTime();
                assertThat(gateway.get("/v2/agents/a1").status()).isEqualTo(200);
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
            }
            server.tools.greeting.countDown();
            for (Future<Answer> chat : chats) {
                assertThat(chat.get().status()).isEqualTo(200);
            }
        }
        assertThat(server.tools.initialized).hasValue(1);
        assertThat(server.tools.listed).hasValue(1);
    }

    @Test
    void oneFailingToolFailsItsCallOnly() {
        server.tools
                .with("sleep", _ -> {
                    Thread.sleep(20_000);
                    return text("late");
                })
                .with("huge", _ -> text("x".repeat(10 << 20)))
                .with("weather", _ -> text("Sun"));
        agent("a1", entry -> entry.put("timeout_seconds", 1));
        gateway.model()
                .reply(
                        Reply.toolCall("sleep", "{}").thenToolCall("huge", "{}").thenToolCall("weather", "{}"),
                        Reply.text("Sunny."));
        JsonNode answer = chat(false).json();
        assertThat(answer.get("content").asText()).isEqualTo("Sunny.");
        assertThat(answer.at("/tools/0/result").asText()).contains("no answer within 1 seconds");
        assertThat(answer.at("/tools/1/result").asText()).contains("longer than 4 MiB");
        assertThat(answer.at("/tools/2/result").asText()).isEqualTo("Sun");
    }

    @Test
    void aServerMayBeRestartedBetweenCalls() {
        server.tools.with(readOnly("weather"), _ -> text("Sun"));
        agent("a1", _ -> {});
        gateway.model().otherwise(request -> {
            long results = request.body().get("messages").findValuesAsText("role").stream()
                    .filter("tool"::equals)
                    .count();
            server.restart();
            return results < 3 ? Reply.toolCall("weather", "{}") : Reply.text("Sunny.");
        });
        JsonNode answer = chat(false).json();
        assertThat(answer.get("content").asText()).isEqualTo("Sunny.");
        assertThat(answer.get("tools").findValuesAsText("result")).containsExactly("Sun", "Sun", "Sun");
        assertThat(server.tools.initialized).hasValue(4);
    }

    @Test
    void aPauseIsCommittedWithWhateverHasBecomeOfTheServer() {
        server.tools.with(
                "book", arguments -> text("Booked " + arguments.path("text").asText()));
        agent("a1", entry -> entry.putArray("confirm_tools").add("book"));
        for (boolean away : new boolean[] {false, true}) {
            gateway.model().reply(Reply.toolCall("book", "{\"text\":\"12F\"}"), Reply.text("Done."));
            JsonNode paused = chat(false).json();
            assertThat(paused.get("status").asText()).isEqualTo("PAUSED");
            assertThat(paused.at("/tools/0/tool_name").asText()).isEqualTo("book");
            if (away) {
                server.stop();
            }
            try (TestGateway other = gateway.replica()) {
                JsonNode answer =
                        other.post("/v2/agents/a1/chat/commit", commit(paused)).json();
                assertThat(answer.get("content").asText()).as(answer.toString()).isEqualTo("Done.");
                assertThat(lastToolResult()).contains(away ? "cannot be reached" : "Booked 12F");
            }
        }
        assertThat(server.tools.calls("book")).isEqualTo(1);
    }

    private String lastToolResult() {
        JsonNode messages = gateway.model().requests().getLast().body().get("messages");
        return messages.get(messages.size() - 1).path("content").asText();
    }

    private static ObjectNode commit(JsonNode paused) {
        ObjectNode body = Json.object()
                .put("run_id", paused.get("run_id").asText())
                .put("stream", false)
                .put("model", "gpt-5.4")
                .put("user_id", "u1")
                .put("session_id", "s1");
        body.putArray("updated_tools")
                .addObject()
                .put("tool_call_id", paused.at("/tools/0/tool_call_id").asText())
                .put("confirmed", true);
        return body;
    }

    @Test
    void stdioThatIsNotAllowedIsSaidAndNotRun() {
        agent("a1", entry -> entry.put("type", "stdio").put("command", "cat"));
        gateway.model().reply(Reply.text("Hi."), Reply.text("Hi."));
        for (boolean stream : new boolean[] {true, false}) {
            assertThat(chat(stream).header("X-Mcp-Servers-Left-Out"))
                    .contains("box: stdio servers are not allowed here (MCP_STDIO_COMMANDS)");
        }
    }

    @Test
    void secretsOfTheConfigurationAreNowhere() {
        server.tools.with("weather", _ -> text("Sun"));
        agent("a1", entry -> {
            entry.putObject("headers").put("X-Secret", "canary-1");
            entry.putObject("env").put("KEY", "canary-2");
            entry.putObject("oauth")
                    .put("token_url", server.url() + "?canary-3")
                    .put("client_id", "c")
                    .put("client_secret", "canary-4");
        });
        StringBuilder seen = new StringBuilder();
        seen.append(chat(false).body()).append(chat(true).body());
        for (String path : List.of("/v2/agents", "/v2/agents/a1", "/v2/runs", "/v2/sessions")) {
            seen.append(gateway.get(path).body());
        }
        ObjectNode batch = Json.object();
        batch.putArray("agent_ids").add("a1");
        seen.append(gateway.post("/v2/agents/batch", batch).body());
        assertThat(seen.toString()).contains("a1").doesNotContain("canary");
    }
}
