package dev.agentsgateway.approval.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.app.TestGateway.Answer;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.TestTool;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Runs of a real gateway that pause in a chat and are decided on at the doors of approvals. */
class DecidedRunsTest {
    private static final AtomicInteger SESSIONS = new AtomicInteger();
    private static final TestTool BOOK = TestTool.guarded("book");
    private static Receiver webhook;
    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        webhook = new Receiver();
        gateway = TestGateway.start(
                Map.of("CONFIRMATION_TIMEOUT_SECONDS", "60", "APPROVAL_WEBHOOK_URL", webhook.url() + "/hook"), BOOK);
        gateway.createAgent("a1", "You book.");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        webhook.close();
    }

    @BeforeEach
    void healthyReceiver() {
        webhook.otherwise = Receiver.Reply.status(200);
    }

    private static JsonNode pause(Reply reply) {
        return pause(gateway, reply);
    }

    private static JsonNode pause(TestGateway at, Reply reply) {
        gateway.model().reply(reply);
        String session = "s-" + SESSIONS.incrementAndGet();
        JsonNode paused = at.chat(
                        "a1", "Book it", body -> body.put("stream", false).put("session_id", session))
                .json();
        assertThat(paused.get("status").asText()).as(paused.toString()).isEqualTo("PAUSED");
        return paused;
    }

    private static Reply booking(int n) {
        return Reply.toolCall("book", "{\"n\":" + n + "}");
    }

    private static String job(JsonNode paused, int call) {
        return paused.get("run_id").asText() + ":"
                + paused.at("/tools/" + call + "/tool_call_id").asText();
    }

    private static Answer decide(String job, String body) {
        return gateway.post("/v2/approvals/" + job + "/decide", Json.read(body));
    }

    private static JsonNode run(JsonNode paused) {
        return gateway.get("/v2/runs/" + paused.get("run_id").asText()).json();
    }

    private static JsonNode ended(JsonNode paused, String status) {
        until(() -> run(paused).get("status").asText().equals(status));
        return run(paused);
    }

    private static void until(Supplier<Boolean> condition) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!condition.get()) {
            assertThat(System.nanoTime()).as("patience").isLessThan(deadline);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static List<String> toolMessages() {
        List<String> contents = new ArrayList<>();
        gateway.model().requests().getLast().body().get("messages").forEach(message -> {
            if (message.get("role").asText().equals("tool")) {
                contents.add(message.get("content").asText());
            }
        });
        return contents;
    }

    private static JsonNode approval(JsonNode paused, String status) {
        JsonNode all = gateway.get("/v2/approvals?status=" + status + "&run_id="
                        + paused.get("run_id").asText())
                .json();
        return all.isEmpty() ? null : all.get(0);
    }

    /** The webhook's message of an approval, as soon as it has come. */
    private static JsonNode told(String job) {
        until(() -> webhook.requests.stream()
                .anyMatch(each -> each.json().get("job_id").asText().equals(job)));
        return webhook.requests.stream()
                .map(Receiver.Received::json)
                .filter(each -> each.get("job_id").asText().equals(job))
                .findFirst()
                .orElseThrow();
    }

    private static Answer click(String link, String decision) {
        return gateway.send(
                "POST",
                URI.create(link).getPath(),
                "decision=" + decision,
                Map.of("Content-Type", "application/x-www-form-urlencoded"));
    }

    private static ObjectNode commit(JsonNode paused) {
        ObjectNode body = Json.object()
                .put("run_id", paused.get("run_id").asText())
                .put("stream", false)
                .put("user_id", "u1")
                .put("session_id", paused.get("session_id").asText());
        body.putArray("updated_tools");
        return body;
    }

    @Test
    void anApprovedRunCompletesByItselfAndCanBeReadAndFollowed() {
        JsonNode paused = pause(booking(1));
        gateway.model().reply(Reply.text("Booked."));
        Answer answer = gateway.post("/v2/approvals/" + job(paused, 0) + "/approve", Json.object());
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(ended(paused, "completed").get("content").asText()).isEqualTo("Booked.");
        assertThat(BOOK.arguments().getLast()).isEqualTo(Json.object().put("n", 1));
        assertThat(toolMessages()).containsExactly("{\"did\":{\"n\":1}}");
        Answer events = gateway.get("/v2/runs/" + paused.get("run_id").asText() + "/events");
        assertThat(events.eventNames())
                .containsSubsequence(
                        "RunStarted",
                        "RunPaused",
                        "RunContinued",
                        "ToolCallStarted",
                        "ToolCallCompleted",
                        "RunCompleted");
        assertThat(events.events().getLast().get("content").asText()).isEqualTo("Booked.");
        JsonNode decided = approval(paused, "approved");
        assertThat(decided.get("decided_via").asText()).isEqualTo("api");
        assertThat(decided.get("decided_by_key").isInt()).isTrue();
        assertThat(decided.get("decided_at").asText()).isNotEmpty();
        assertThat(approval(paused, "pending")).isNull();
    }

    @Test
    void theModelIsToldWhyACallWasDenied() {
        JsonNode paused = pause(booking(1));
        int calls = BOOK.calls().size();
        gateway.model().reply(Reply.text("A pity."));
        decide(job(paused, 0), "{\"approved\":false,\"reason\":\"No budget\"}");
        assertThat(ended(paused, "completed").get("content").asText()).isEqualTo("A pity.");
        assertThat(toolMessages()).containsExactly("No budget");
        assertThat(BOOK.calls()).hasSize(calls);
    }

    @Test
    void editedArgumentsAreExecutedExactly() {
        JsonNode paused = pause(booking(1));
        gateway.model().reply(Reply.text("Done."));
        assertThat(decide(job(paused, 0), "{\"approved\":true,\"modified_args\":{\"n\":42,\"why\":\"because\"}}")
                        .status())
                .isEqualTo(200);
        ended(paused, "completed");
        assertThat(BOOK.arguments().getLast()).isEqualTo(Json.read("{\"n\":42,\"why\":\"because\"}"));
        JsonNode decided = approval(paused, "approved");
        assertThat(decided.get("decided_args")).isEqualTo(Json.read("{\"n\":42,\"why\":\"because\"}"));
        assertThat(decided.get("tool_args")).isEqualTo(Json.read("{\"n\":1}"));
    }

    @Test
    void editedArgumentsThatDoNotFitChangeNothingAtAnyDoor() {
        JsonNode paused = pause(booking(1));
        int calls = BOOK.calls().size();
        Answer decided = decide(job(paused, 0), "{\"approved\":true,\"modified_args\":{\"n\":\"two\"}}");
        assertThat(decided.status()).isEqualTo(422);
        assertThat(decided.json().at("/detail/0/loc")).isEqualTo(Json.read("[\"body\",\"modified_args\",\"n\"]"));
        ObjectNode body = commit(paused);
        body.withArray("updated_tools")
                .addObject()
                .put("tool_call_id", paused.at("/tools/0/tool_call_id").asText())
                .put("confirmed", true)
                .putObject("tool_args")
                .put("n", 1.5);
        Answer committed = gateway.post("/v2/agents/a1/chat/commit", body);
        assertThat(committed.status()).isEqualTo(422);
        assertThat(committed.json().at("/detail/0/loc"))
                .isEqualTo(Json.read("[\"body\",\"updated_tools\",0,\"tool_args\",\"n\"]"));
        assertThat(run(paused).get("status").asText()).isEqualTo("paused");
        assertThat(approval(paused, "pending").get("decided_args").isNull()).isTrue();
        assertThat(BOOK.calls()).hasSize(calls);
        gateway.model().reply(Reply.text("Done."));
        assertThat(decide(job(paused, 0), "{\"approved\":true,\"modified_args\":{\"n\":2}}")
                        .status())
                .isEqualTo(200);
        ended(paused, "completed");
    }

    @Test
    void threeCallsAreDecidedThroughThreeDoors() {
        JsonNode paused = pause(booking(1).thenToolCall("book", "{\"n\":2}").thenToolCall("book", "{\"n\":3}"));
        decide(job(paused, 0), "{\"approved\":true}");
        assertThat(click(told(job(paused, 1)).get("approve_url").asText(), "approve")
                        .status())
                .isEqualTo(200);
        assertThat(run(paused).get("status").asText()).isEqualTo("paused");
        gateway.model().reply(Reply.text("Two of three."));
        Answer done = gateway.post("/v2/agents/a1/chat/commit", commit(paused));
        assertThat(done.json().get("status").asText()).as(done.body()).isEqualTo("completed");
        assertThat(toolMessages())
                .containsExactly(
                        "{\"did\":{\"n\":1}}", "{\"did\":{\"n\":2}}", "Function call was rejected by the user");
        List<String> doors = new ArrayList<>();
        gateway.get("/v2/approvals?status=all&run_id=" + paused.get("run_id").asText())
                .json()
                .forEach(each -> doors.add(each.get("decided_via").asText()));
        assertThat(doors).containsExactlyInAnyOrder("api", "page", "commit");
    }

    @Test
    void ofManyDecisionsAtTwoReplicasOneIsTaken() throws Exception {
        JsonNode paused = pause(booking(1));
        int calls = BOOK.calls().size();
        gateway.model().reply(Reply.text("Done."));
        List<Integer> codes = new ArrayList<>();
        try (TestGateway other = gateway.replica();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                TestGateway at = i % 2 == 0 ? gateway : other;
                answers.add(threads.submit(() -> at.post("/v2/approvals/" + job(paused, 0) + "/approve", Json.object())
                        .status()));
            }
            for (Future<Integer> answer : answers) {
                codes.add(answer.get(20, TimeUnit.SECONDS));
            }
            ended(paused, "completed");
        }
        assertThat(codes).containsOnly(200, 409).containsOnlyOnce(200);
        assertThat(BOOK.calls()).hasSize(calls + 1);
    }

    @Test
    void whatNobodyDecidesInTimeFails() {
        JsonNode paused = pause(booking(1));
        int calls = BOOK.calls().size();
        gateway.database()
                .with(handle -> handle.execute(
                        "UPDATE ai.requirements SET expires_at = now() - interval '1 second' WHERE run_id = ?::uuid",
                        paused.get("run_id").asText()));
        assertThat(decide(job(paused, 0), "{\"approved\":true}").status()).isEqualTo(410);
        assertThat(ended(paused, "failed").at("/error/code").asText()).isEqualTo("confirmation_expired");
        assertThat(decide(job(paused, 0), "{\"approved\":true}").status()).isEqualTo(410);
        assertThat(BOOK.calls()).hasSize(calls);
    }

    @Test
    void aPauseOutlivesItsProcess() {
        JsonNode paused;
        try (TestGateway first = gateway.replica()) {
            paused = pause(first, booking(7));
        }
        gateway.model().reply(Reply.text("Done here."));
        assertThat(decide(job(paused, 0), "{\"approved\":true}").status()).isEqualTo(200);
        assertThat(ended(paused, "completed").get("content").asText()).isEqualTo("Done here.");
        assertThat(BOOK.arguments().getLast()).isEqualTo(Json.object().put("n", 7));
    }

    @Test
    void theLinkOfANotificationShowsAndOnlyItsFormDecides() {
        JsonNode paused = pause(booking(1));
        JsonNode message = told(job(paused, 0));
        assertThat(message.get("tool_args")).isEqualTo(Json.read("{\"n\":1}"));
        String link = message.get("approve_url").asText();
        assertThat(link).startsWith("http://localhost:" + gateway.port() + "/approvals/");
        URI address = URI.create(link);
        for (int i = 0; i < 3; i++) {
            Answer page = gateway.send("GET", address.getRawPath() + "?" + address.getRawQuery(), null, Map.of());
            assertThat(page.status()).isEqualTo(200);
            assertThat(page.body()).contains("book");
        }
        assertThat(run(paused).get("status").asText()).isEqualTo("paused");
        assertThat(approval(paused, "pending")).isNotNull();
        gateway.model().reply(Reply.text("Clicked."));
        assertThat(click(link, "approve").status()).isEqualTo(200);
        assertThat(ended(paused, "completed").get("content").asText()).isEqualTo("Clicked.");
        assertThat(approval(paused, "approved").get("decided_via").asText()).isEqualTo("page");
        assertThat(click(link, "deny").status()).isEqualTo(409);
    }

    @Test
    void whatWasCommittedWaitsNoMoreAndNobodyIsToldOfIt() {
        webhook.otherwise = Receiver.Reply.status(503);
        JsonNode paused = pause(booking(1));
        String job = job(paused, 0);
        told(job);
        assertThat(approval(paused, "pending")).isNotNull();
        gateway.model().reply(Reply.text("Committed."));
        ObjectNode body = commit(paused);
        body.withArray("updated_tools")
                .addObject()
                .put("tool_call_id", paused.at("/tools/0/tool_call_id").asText())
                .put("confirmed", true);
        assertThat(gateway.post("/v2/agents/a1/chat/commit", body).status()).isEqualTo(200);
        assertThat(approval(paused, "pending")).isNull();
        assertThat(gateway.get("/v2/approvals/" + job).status()).isEqualTo(404);
        until(() -> gateway.get("/v2/approvals/" + job + "/notifications")
                .json()
                .at("/0/state")
                .asText()
                .equals("dropped"));
        assertThat(approval(paused, "approved").get("decided_via").asText()).isEqualTo("commit");
    }
}
