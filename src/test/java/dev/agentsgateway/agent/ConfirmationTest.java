package dev.agentsgateway.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.TestTool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pause and commit over HTTP (agents-teams.md, 12.4, 13 and 23.2). */
class ConfirmationTest {
    private static final String ELAPSED =
            "Confirmation time window has elapsed. The run is no longer available for resumption.";
    private final TestTool book = TestTool.guarded("book");
    private final TestTool look = TestTool.free("look");
    private final TestGateway gateway = TestGateway.start(Map.of("CONFIRMATION_TIMEOUT_SECONDS", "60"), book, look);

    @BeforeEach
    void createAgent() {
        gateway.createAgent("a1", "You book.");
    }

    @AfterEach
    void close() {
        gateway.close();
    }

    private JsonNode pause(Reply... replies) {
        gateway.model().reply(replies);
        JsonNode paused =
                gateway.chat("a1", "Book it", body -> body.put("stream", false)).json();
        assertThat(paused.get("status").asText()).as(paused.toString()).isEqualTo("PAUSED");
        return paused;
    }

    private static ObjectNode commit(JsonNode paused, Consumer<ArrayNode> tools) {
        ObjectNode body = Json.object()
                .put("run_id", paused.get("run_id").asText())
                .put("stream", false)
                .put("model", "gpt-5.4")
                .put("user_id", "u1")
                .put("session_id", "s1");
        tools.accept(body.putArray("updated_tools"));
        return body;
    }

    private static void decide(ArrayNode tools, JsonNode paused, int tool, boolean confirmed) {
        tools.addObject()
                .put(
                        "tool_call_id",
                        paused.at("/tools/" + tool + "/tool_call_id").asText())
                .put("confirmed", confirmed);
    }

    private TestGateway.Answer send(ObjectNode body) {
        return gateway.post("/v2/agents/a1/chat/commit", body);
    }

    private String status(JsonNode paused) {
        return gateway.get("/v2/runs/" + paused.get("run_id").asText())
                .json()
                .get("status")
                .asText();
    }

    private List<String> toolMessages(RecordedRequest request) {
        List<String> contents = new ArrayList<>();
        request.body().get("messages").forEach(message -> {
            if (message.get("role").asText().equals("tool")) {
                contents.add(message.get("content").asText());
            }
        });
        return contents;
    }

    @Test
    void aPausedChatIsAnsweredAsTheReferenceDoesAndContinuesWithEditedArguments() {
        JsonNode paused = pause(Reply.toolCall("book", "{\"n\":1}"));
        assertThat(paused.get("content").asText()).isEqualTo("I have tools to execute, but I need confirmation.");
        assertThat(paused.at("/tools/0/requires_confirmation").asBoolean()).isTrue();
        assertThat(paused.at("/tools/0/result").isNull()).isTrue();
        assertThat(paused.at("/tools/0/tool_args")).isEqualTo(Json.read("{\"n\":1}"));
        assertThat(status(paused)).isEqualTo("paused");
        assertThat(book.calls()).isEmpty();
        gateway.model().reply(Reply.text("Done."));
        ObjectNode body = commit(
                paused,
                tools -> tools.addObject()
                        .put("id", paused.at("/tools/0/tool_call_id").asText())
                        .put("confirmed", true)
                        .putObject("tool_args")
                        .put("n", 2));
        JsonNode done = send(body).json();
        assertThat(done.get("content").asText()).isEqualTo("Done.");
        assertThat(done.get("status").asText()).isEqualTo("completed");
        assertThat(done.get("run_id").isNull()).isTrue();
        assertThat(done.get("tools").isNull()).isTrue();
        // The paused part included.
        assertThat(done.at("/token_usage/input_tokens").asInt()).isEqualTo(22);
        assertThat(book.arguments()).containsExactly(Json.object().put("n", 2));
        assertThat(toolMessages(gateway.model().requests().getLast())).containsExactly("{\"did\":{\"n\":2}}");
        assertThat(status(paused)).isEqualTo("completed");
        // Once.
        assertThat(send(body).status()).isEqualTo(410);
        assertThat(send(body).json().get("detail").asText()).isEqualTo(ELAPSED);
        assertThat(book.calls()).hasSize(1);
    }

    @Test
    void theStreamOfAPauseEndsWithRunPausedAndThatOfACommitBeginsWithRunContinued() {
        gateway.model()
                .reply(Reply.text("Let me see. ").thenToolCall("look", "{}").thenToolCall("book", "{\"n\":1}"));
        TestGateway.Answer paused = gateway.chat("a1", "Book it", _ -> {});
        assertThat(paused.eventNames())
                .startsWith("RunStarted", "ModelRequestStarted", "RunContent")
                .containsSubsequence("ToolCallStarted", "ToolCallCompleted", "RunContentCompleted", "RunPaused")
                .endsWith("RunPaused")
                .doesNotContain("RunCompleted");
        JsonNode last = paused.events().getLast();
        assertThat(last.get("content").asText()).isEqualTo("Let me see. ");
        assertThat(last.get("tools")).hasSize(2);
        JsonNode requirement = last.at("/requirements/0");
        assertThat(last.get("requirements")).hasSize(1);
        assertThat(requirement.at("/tool_execution/tool_name").asText()).isEqualTo("book");
        assertThat(requirement.at("/tool_execution").size()).isEqualTo(20);
        assertThat(requirement.at("/tool_execution/requires_confirmation").asBoolean())
                .isTrue();
        assertThat(UUID.fromString(requirement.get("id").asText())).isNotNull();
        gateway.model().reply(Reply.text("Done."));
        ObjectNode body = commit(last, tools -> decide(tools, last, 1, true)).put("stream", true);
        TestGateway.Answer continued = send(body);
        assertThat(continued.eventNames())
                .startsWith("RunContinued", "ToolCallStarted", "ToolCallCompleted", "ModelRequestStarted")
                .endsWith("RunContentCompleted", "RunCompleted");
        JsonNode executed = continued.events().get(2).at("/tools/0");
        assertThat(executed.get("requires_confirmation").asBoolean()).isTrue();
        assertThat(executed.get("confirmed").asBoolean()).isTrue();
        assertThat(continued.events().getLast().get("content").asText()).isEqualTo("Let me see. Done.");
        assertThat(toolMessages(gateway.model().requests().getLast()))
                .containsExactly("{\"did\":{}}", "{\"did\":{\"n\":1}}");
        assertThat(look.calls()).hasSize(1);
    }

    @Test
    void ofThreeCallsTheConfirmedAreExecutedAndTheOthersAreRefused() {
        JsonNode paused = pause(Reply.toolCall("book", "{\"n\":1}")
                .thenToolCall("book", "{\"n\":2}")
                .thenToolCall("book", "{\"n\":3}"));
        gateway.model().reply(Reply.text("Partly."));
        JsonNode done = send(commit(paused, tools -> {
                    decide(tools, paused, 1, true);
                    tools.addObject()
                            .put(
                                    "tool_call_id",
                                    paused.at("/tools/0/tool_call_id").asText())
                            .put("confirmed", false)
                            .put("confirmation_note", "Too expensive");
                    tools.addObject().put("tool_call_id", "unknown").put("confirmed", true);
                }))
                .json();
        assertThat(done.get("status").asText()).isEqualTo("completed");
        assertThat(book.arguments()).containsExactly(Json.object().put("n", 2));
        assertThat(toolMessages(gateway.model().requests().getLast()))
                .containsExactly("Too expensive", "{\"did\":{\"n\":2}}", "Function call was rejected by the user");
    }

    @Test
    void aRunMayPauseAgainAndAgain() {
        JsonNode paused = pause(Reply.toolCall("book", "{\"n\":1}"));
        for (int n = 2; n <= 4; n++) {
            JsonNode before = paused;
            gateway.model().reply(Reply.toolCall("book", "{\"n\":" + n + "}"));
            int waiting = before.get("tools").size() - 1;
            if (waiting > 0) {
                // The commit before, sent again: it is not about the call that waits now.
                assertThat(send(commit(before, tools -> decide(tools, before, waiting - 1, true)))
                                .status())
                        .isEqualTo(410);
            }
            paused = send(commit(before, tools -> decide(tools, before, waiting, true)))
                    .json();
            assertThat(paused.get("status").asText()).as(paused.toString()).isEqualTo("PAUSED");
            assertThat(paused.get("run_id")).isEqualTo(before.get("run_id"));
            assertThat(paused.get("tools")).hasSize(n);
        }
        JsonNode last = paused;
        gateway.model().reply(Reply.text("All four."));
        assertThat(send(commit(last, tools -> decide(tools, last, 3, true)))
                        .json()
                        .get("content")
                        .asText())
                .isEqualTo("All four.");
        assertThat(book.arguments()).hasSize(4);
    }

    @Test
    void whoseCallsAreAllDeniedIsCancelledAndTheModelIsNotAsked() {
        JsonNode paused = pause(Reply.toolCall("book", "{\"n\":1}"));
        JsonNode denied =
                send(commit(paused, tools -> decide(tools, paused, 0, false))).json();
        assertThat(denied.get("content").asText()).isEqualTo("Tool execution cancelled by user.");
        assertThat(denied.get("status").asText()).isEqualTo("cancelled");
        assertThat(denied.get("run_id").isNull()).isTrue();
        assertThat(denied.get("token_usage").isNull()).isTrue();
        await(paused, "cancelled");
        assertThat(gateway.model().requests()).hasSize(1);
        assertThat(send(commit(paused, tools -> decide(tools, paused, 0, true))).status())
                .isEqualTo(410);
        // The session goes on without it.
        gateway.model().reply(Reply.text("Hello."));
        assertThat(gateway.chat("a1", "Hi", body -> body.put("stream", false))
                        .json()
                        .get("content")
                        .asText())
                .isEqualTo("Hello.");
        assertThat(toolMessages(gateway.model().requests().getLast())).isEmpty();
    }

    private void await(JsonNode paused, String wanted) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!status(paused).equals(wanted)) {
            assertThat(System.nanoTime()).as(status(paused)).isLessThan(deadline);
        }
    }

    @Test
    void aDecisionIsNotGuessed() {
        JsonNode paused = pause(Reply.toolCall("book", "{\"n\":1}"));
        String id = paused.at("/tools/0/tool_call_id").asText();
        for (String tool : List.of(
                "{\"confirmed\":\"true\"}",
                "{\"confirmed\":true,\"tool_args\":\"{}\"}",
                "{\"confirmed\":true,\"tool_args\":{\"m\":1}}")) {
            ObjectNode named = ((ObjectNode) Json.read(tool)).put("tool_call_id", id);
            assertThat(send(commit(paused, tools -> tools.add(named))).status())
                    .as(tool)
                    .isEqualTo(422);
        }
        assertThat(status(paused)).isEqualTo("paused");
    }

    @Test
    void whoIsNotMeantChangesNothing() {
        JsonNode paused = pause(Reply.toolCall("book", "{\"n\":1}"));
        gateway.createAgent("a2", "Another.");
        Consumer<ArrayNode> yes = tools -> decide(tools, paused, 0, true);
        Consumer<ArrayNode> no = tools -> decide(tools, paused, 0, false);
        assertThat(send(commit(paused, yes).put("user_id", "u2")).status()).isEqualTo(410);
        assertThat(send(commit(paused, yes).put("session_id", "s2")).status()).isEqualTo(410);
        assertThat(send(commit(paused, yes).put("run_id", "no-uuid")).status()).isEqualTo(410);
        assertThat(send(commit(paused, yes).put("run_id", UUID.randomUUID().toString()))
                        .status())
                .isEqualTo(410);
        assertThat(gateway.post("/v2/agents/a2/chat/commit", commit(paused, yes))
                        .status())
                .isEqualTo(410);
        TestGateway.Answer otherModel = send(commit(paused, yes).put("model", "claude-sonnet-4-6"));
        assertThat(otherModel.status()).isEqualTo(404);
        assertThat(otherModel.json().get("detail").asText()).isEqualTo("Agent a1 not found in cache");
        // Denying what is not there is answered alike, whatever it is.
        for (ObjectNode body : List.of(
                commit(paused, no).put("user_id", "u2"),
                commit(paused, no).put("run_id", UUID.randomUUID().toString()))) {
            TestGateway.Answer answer = gateway.post("/v2/agents/no-agent/chat/commit", body);
            assertThat(answer.json().get("status").asText()).isEqualTo("cancelled");
        }
        assertThat(status(paused)).isEqualTo("paused");
        assertThat(book.calls()).isEmpty();
    }

    @Test
    void ofManyCommitsAtOnceOneIsTaken() throws Exception {
        JsonNode paused = pause(Reply.toolCall("book", "{\"n\":1}"));
        gateway.model().otherwise(_ -> Reply.text("Done."));
        try (TestGateway other = gateway.replica();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                TestGateway at = i % 2 == 0 ? gateway : other;
                answers.add(threads.submit(() -> at.post(
                                "/v2/agents/a1/chat/commit", commit(paused, tools -> decide(tools, paused, 0, true)))
                        .status()));
            }
            List<Integer> codes = new ArrayList<>();
            for (Future<Integer> answer : answers) {
                codes.add(answer.get());
            }
            assertThat(codes).containsOnly(200, 410).containsOnlyOnce(200);
        }
        assertThat(book.calls()).hasSize(1);
    }

    @Test
    void aPauseSurvivesItsProcessAndDoesNotBlockItsSession() {
        JsonNode paused = pause(Reply.toolCall("book", "{\"n\":1}"));
        gateway.model().reply(Reply.text("Meanwhile."));
        assertThat(gateway.chat("a1", "And?", body -> body.put("stream", false))
                        .json()
                        .get("content")
                        .asText())
                .isEqualTo("Meanwhile.");
        try (TestGateway other = gateway.replica()) {
            gateway.model().reply(Reply.text("Done there."));
            JsonNode done = other.post(
                            "/v2/agents/a1/chat/commit", commit(paused, tools -> decide(tools, paused, 0, true)))
                    .json();
            assertThat(done.get("content").asText()).isEqualTo("Done there.");
        }
        gateway.model().reply(Reply.text("Third."));
        gateway.chat("a1", "Then?", _ -> {});
        List<String> said = new ArrayList<>();
        gateway.model()
                .requests()
                .getLast()
                .body()
                .get("messages")
                .forEach(message -> said.add(message.path("content").asText()));
        // The run that waited has its own place in the session.
        assertThat(said).containsSubsequence("Book it", "Done there.", "And?", "Meanwhile.", "Then?");
    }

    @Test
    void whatNobodyConfirmsInTimeFailsAndIsGone() {
        JsonNode paused = pause(Reply.toolCall("book", "{\"n\":1}"));
        gateway.database()
                .with(handle -> handle.execute("UPDATE ai.requirements SET expires_at = now() - interval '1 second'"));
        assertThat(send(commit(paused, tools -> decide(tools, paused, 0, true))).status())
                .isEqualTo(410);
        await(paused, "failed");
        JsonNode run = gateway.get("/v2/runs/" + paused.get("run_id").asText()).json();
        assertThat(run.at("/error/code").asText()).isEqualTo("confirmation_expired");
        assertThat(run.at("/usage/input_tokens").asInt()).isEqualTo(11);
        assertThat(book.calls()).isEmpty();
        assertThat(gateway.database()
                        .<Integer>with(handle -> handle.createQuery("SELECT prompt_tokens FROM token_usage")
                                .mapTo(Integer.class)
                                .one()))
                .isEqualTo(11);
    }

    @Test
    void aCancellationThatMeetsAPauseEndsIt() {
        JsonNode paused = pause(Reply.toolCall("book", "{\"n\":1}"));
        gateway.database().with(handle -> handle.execute("UPDATE ai.runs SET cancel_requested = true"));
        await(paused, "cancelled");
        assertThat(gateway.get("/v2/approvals").body()).isEqualTo("[]");
        assertThat(book.calls()).isEmpty();
    }

    @Test
    void anIdThatNoEventOfTheRunCanHaveIsRefused() {
        JsonNode paused = pause(Reply.toolCall("book", "{\"n\":1}"));
        String events = "/v2/runs/" + paused.get("run_id").asText() + "/events?after=";
        assertThat(gateway.get(events + 900_000_000).status()).isEqualTo(422);
        assertThat(gateway.get(events + "1").eventNames()).endsWith("RunPaused");
    }

    @Test
    void anAgentMayNameToolsThatWait() {
        gateway.createAgent(
                "careful",
                "You look.",
                body -> body.putObject("config").putArray("confirm_tools").add("look"));
        gateway.model().reply(Reply.toolCall("look", "{}"));
        JsonNode paused = gateway.chat("careful", "Look", body -> body.put("stream", false))
                .json();
        assertThat(paused.get("status").asText()).isEqualTo("PAUSED");
        assertThat(look.calls()).isEmpty();
        assertThat(gateway.get("/v2/agents/careful")
                        .json()
                        .at("/config/confirm_tools/0")
                        .asText())
                .isEqualTo("look");
    }

    @Test
    void callsThatCannotBeExecutedDoNotWait() {
        gateway.model().reply(Reply.toolCall("book", "no json").thenToolCall("nothing", "{}"), Reply.text("Sorry."));
        JsonNode done =
                gateway.chat("a1", "Book it", body -> body.put("stream", false)).json();
        assertThat(done.get("status").asText()).isEqualTo("COMPLETED");
        assertThat(book.calls()).isEmpty();
    }
}
