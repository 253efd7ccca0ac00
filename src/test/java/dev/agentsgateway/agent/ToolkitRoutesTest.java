package dev.agentsgateway.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.app.TestGateway.Answer;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.TestTool;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolSpec;
import dev.agentsgateway.tool.ToolSpec.SideEffect;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Direct calls of toolkits (agents-teams.md, 14) and the routes of caches (A10, A11). */
class ToolkitRoutesTest {
    private static final String SCHEMA = """
            {"type":"object","properties":{"n":{"type":"integer"},"price":{"type":"number"},"zip":{"type":"string"},
             "loud":{"type":"boolean"},"attendees":{"type":"array","items":{"type":"string"}},
             "numbers":{"type":"array","items":{"type":"integer"}},"more":{"type":"object"},
             "either":{"type":["integer","string"]},"maybe":{"anyOf":[{"type":"integer"},{"type":"null"}]},
             "open":{}}}""";

    private static final AtomicInteger FAILURES = new AtomicInteger();
    private static final CountDownLatch RELEASE = new CountDownLatch(1);

    private static final TestTool LOOK = tool("look", SideEffect.NONE, false);
    private static final TestTool BOOK = tool("book", SideEffect.ONCE, true);
    private static final TestTool MOVE = TestTool.of(spec("move", SideEffect.IDEMPOTENT, true), input -> {
                if (FAILURES.getAndDecrement() > 0) {
                    throw new ToolException("The calendar is away.");
                }
                return "{\"moved\":true}";
            })
            .in("BookingToolkit");
    private static final TestTool FALL = TestTool.of(spec("fall", SideEffect.ONCE, true), _ -> {
                throw new IllegalStateException("secret cause");
            })
            .in("BookingToolkit");
    private static final TestTool ANSWER = TestTool.of(
                    spec("answer", SideEffect.NONE, false),
                    input -> input.arguments().path("open").asText(null))
            .in("BookingToolkit");
    private static final TestTool SLEEP = TestTool.of(spec("sleep", SideEffect.NONE, false), _ -> {
                try {
                    RELEASE.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return null;
            })
            .in("BookingToolkit");
    private static final TestTool HIDDEN = TestTool.free("hidden");

    private static TestGateway gateway;
    private static TestGateway other;

    private static ToolSpec spec(String name, SideEffect effect, boolean confirm) {
        return new ToolSpec(name, "For a test.", Json.read(SCHEMA), effect, confirm);
    }

    private static TestTool tool(String name, SideEffect effect, boolean confirm) {
        return TestTool.of(spec(name, effect, confirm), input -> "{\"did\":" + input.arguments() + "}")
                .in("BookingToolkit");
    }

    @BeforeAll
    static void start() {
        gateway = TestGateway.start(
                Map.of("CONFIRMATION_TIMEOUT_SECONDS", "600", "TOOL_TIMEOUT_SECONDS", "1"),
                LOOK,
                BOOK,
                MOVE,
                FALL,
                ANSWER,
                SLEEP,
                HIDDEN);
        other = gateway.replica();
        gateway.createAgent("a1", "You book.");
        gateway.createAgent(
                "careful",
                "You book.",
                body -> body.putObject("config")
                        .putArray("confirm_tools")
                        .add("look")
                        .add("move"));
    }

    @AfterAll
    static void stop() {
        RELEASE.countDown();
        other.close();
        gateway.close();
    }

    @BeforeEach
    void noFailures() {
        FAILURES.set(0);
    }

    private static Answer run(String method, String arguments) {
        return run("a1", "BookingToolkit", method, arguments);
    }

    private static Answer run(String agent, String toolkit, String method, String arguments) {
        return gateway.get(path(agent, toolkit, method, arguments));
    }

    private static String path(String agent, String toolkit, String method, String arguments) {
        return "/v2/agents/" + agent + "/toolkit/run?toolkit_name=" + toolkit + "&method_name=" + method
                + "&user_id=u1&session_id=s1" + (arguments.isEmpty() ? "" : "&" + arguments);
    }

    private static JsonNode did(String arguments) {
        Answer answer = run("look", arguments);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().at("/result/did");
    }

    private static ObjectNode confirmation(JsonNode held, Boolean confirmed) {
        return Json.object()
                .put("execution_id", held.get("execution_id").asText())
                .put("toolkit_name", held.get("toolkit_name").asText())
                .put("method_name", held.get("method_name").asText())
                .put("confirmed", confirmed);
    }

    private static Answer confirm(JsonNode body) {
        return gateway.post("/v2/agents/a1/toolkit/confirm", body);
    }

    private static JsonNode held(String method, String arguments) {
        Answer answer = run(method, arguments);
        assertThat(answer.json().has("execution_id")).as(answer.body()).isTrue();
        return answer.json();
    }

    @Test
    void aCallIsExecutedAndAnsweredAsTheReferenceDoes() {
        Answer answer = run("look", "n=7");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json())
                .isEqualTo(Json.read("{\"status\":\"success\",\"message\":\"[toolkit/run] Method look executed"
                        + " successfully\",\"result\":{\"did\":{\"n\":7}}}"));
        assertThat(answer.header("cache-control")).hasValue("no-store");
        ToolInput input = LOOK.calls().getLast();
        assertThat(input.context().agentId()).isEqualTo("a1");
        assertThat(input.context().userId()).isEqualTo("u1");
        assertThat(input.context().sessionId()).isEqualTo("s1");
        assertThat(input.context().runId()).isNull();
        assertThat(gateway.get("/metrics").body()).contains("look");
    }

    @Test
    void theBuiltInToolkitIsReachable() {
        Answer answer = run("a1", "DateTimeToolkit", "resolve_datetime", "text=2027-03-05");
        assertThat(answer.json().at("/result/result").asText()).startsWith("2027-03-05T");
        assertThat(run("a1", "DateTimeToolkit", "resolve_datetime", "text=gibberish")
                        .json()
                        .get("result")
                        .isNull())
                .isTrue();
    }

    @Test
    void theSchemaSaysWhatATextMeans() {
        assertThat(did("zip=00734&n=007&price=-1.5&loud=TRUE&either=12&maybe=3"))
                .isEqualTo(Json.read(
                        "{\"zip\":\"00734\",\"n\":7,\"price\":-1.5,\"loud\":true,\"either\":\"12\",\"maybe\":3}"));
        assertThat(did("attendees=a%40x.org&numbers=1&numbers=2&more=%7B%22a%22%3A1%7D"))
                .isEqualTo(Json.read("{\"attendees\":[\"a@x.org\"],\"numbers\":[1,2],\"more\":{\"a\":1}}"));
        assertThat(did("zip=true&open=false&n=9007199254740993"))
                .isEqualTo(Json.read("{\"zip\":\"true\",\"open\":false,\"n\":9007199254740993}"));
        assertThat(did("open=1&organizer_email=o%40x.org&model=gpt-5.4")).isEqualTo(Json.read("{\"open\":\"1\"}"));
    }

    @Test
    void whatDoesNotFitIs422AndNamesTheField() {
        int calls = LOOK.calls().size();
        Map<String, String> wrong = Map.of(
                "n=seven", "[\"query\",\"n\"]",
                "n=1&n=2", "[\"query\",\"n\"]",
                "numbers=1&numbers=x", "[\"query\",\"numbers\",1]",
                "unheard_of=1", "[\"query\",\"unheard_of\"]");
        wrong.forEach((arguments, where) -> {
            Answer answer = run("look", arguments);
            assertThat(answer.status()).as(arguments).isEqualTo(422);
            assertThat(answer.json().at("/detail/0/loc")).as(arguments).isEqualTo(Json.read(where));
        });
        assertThat(run("a1", "BookingToolkit", "look", "model=nonsense").status())
                .isEqualTo(422);
        assertThat(gateway.get("/v2/agents/a1/toolkit/run?toolkit_name=BookingToolkit")
                        .status())
                .isEqualTo(422);
        assertThat(LOOK.calls()).hasSize(calls);
    }

    @Test
    void nothingButRegisteredMethodsIsReachable() {
        assertThat(run("nobody", "BookingToolkit", "look", "")
                        .json()
                        .get("detail")
                        .asText())
                .isEqualTo("Agent nobody not found");
        assertThat(run("a1", "Function", "hidden", "").json().get("detail").asText())
                .isEqualTo("Toolkit 'Function' not found in agent tools. Available:"
                        + " ['BookingToolkit', 'DateTimeToolkit']");
        for (String method : List.of("hidden", "spec", "toString", "_token", "update_session_state")) {
            Answer answer = run(method, "");
            assertThat(answer.status()).as(method).isEqualTo(404);
            assertThat(answer.json().get("detail").asText())
                    .isEqualTo("Method '" + method + "' not found in toolkit 'BookingToolkit'. Available methods:"
                            + " ['answer', 'book', 'fall', 'look', 'move', 'sleep']");
        }
        assertThat(HIDDEN.calls()).isEmpty();
    }

    @Test
    void anyAnswerIsAnObjectOrNull() {
        assertThat(run("answer", "").json().get("result").isNull()).isTrue();
        assertThat(run("answer", "open=%7B%22a%22%3A1%7D").json().get("result")).isEqualTo(Json.read("{\"a\":1}"));
        assertThat(run("answer", "open=some+text").json().get("result"))
                .isEqualTo(Json.read("{\"result\":\"some text\"}"));
        assertThat(run("answer", "open=%5B1%5D").json().get("result")).isEqualTo(Json.read("{\"result\":[1]}"));
    }

    @Test
    void aSlowMethodIsGivenUp() {
        Answer answer = run("sleep", "");
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.json().get("detail").asText())
                .isEqualTo("Failed to execute toolkit method: The tool did not answer within 1 seconds.");
    }

    @Test
    void aGuardedCallWaitsAndIsExecutedOnceWithTheLaidOverArguments() {
        int calls = BOOK.calls().size();
        Answer first = run("book", "n=1&zip=00734&skip_confirmation=true");
        String id = first.json().get("execution_id").asText();
        assertThat(first.json())
                .isEqualTo(Json.read("{\"execution_id\":\"" + id + "\",\"toolkit_name\":\"BookingToolkit\","
                        + "\"method_name\":\"book\",\"confirmed\":null,\"confirmation_note\":null,"
                        + "\"args\":{\"n\":1,\"zip\":\"00734\"}}"));
        assertThat(BOOK.calls()).hasSize(calls);
        ObjectNode body = confirmation(first.json(), true);
        body.putObject("args").put("n", "two");
        Answer misfit = confirm(body);
        assertThat(misfit.status()).isEqualTo(422);
        assertThat(misfit.json().at("/detail/0/loc")).isEqualTo(Json.read("[\"body\",\"args\",\"n\"]"));
        body.putObject("args").put("n", 2);
        Answer done = other.post("/v2/agents/a1/toolkit/confirm", body);
        assertThat(done.json())
                .isEqualTo(Json.read("{\"status\":\"status\",\"message\":\"[toolkit/confirm] Method book executed"
                        + " successfully\",\"result\":{\"did\":{\"n\":2,\"zip\":\"00734\"}}}"));
        Answer again = confirm(body);
        assertThat(again.status()).isEqualTo(410);
        assertThat(again.json().get("detail").asText()).isEqualTo("Execution " + id + " was already confirmed.");
        assertThat(BOOK.calls()).hasSize(calls + 1);
        assertThat(BOOK.calls().getLast().key()).isEqualTo(id);
    }

    @Test
    void aDeniedCallIsNotExecuted() {
        int calls = BOOK.calls().size();
        ObjectNode body = confirmation(held("book", "n=1"), false).put("confirmation_note", "Too late");
        assertThat(confirm(body).json())
                .isEqualTo(Json.read("{\"status\":\"cancelled\",\"message\":\"[toolkit/confirm] Method book was not"
                        + " executed: it was denied\",\"result\":null}"));
        assertThat(confirm(body.put("confirmed", true)).status()).isEqualTo(410);
        assertThat(BOOK.calls()).hasSize(calls);
    }

    @Test
    void withoutAWordConfirmingIsConfirming() {
        ObjectNode body = confirmation(held("book", "n=5"), null);
        assertThat(confirm(body).json().at("/result/did/n").asInt()).isEqualTo(5);
    }

    @Test
    void whatDoesNotMatchDoesNotExist() {
        JsonNode held = held("book", "n=1");
        String id = held.get("execution_id").asText();
        ObjectNode good = confirmation(held, true);
        List<Answer> answers = List.of(
                gateway.post("/v2/agents/careful/toolkit/confirm", good),
                confirm(good.deepCopy().put("toolkit_name", "DateTimeToolkit")),
                confirm(good.deepCopy().put("method_name", "look")),
                gateway.send(
                        "POST",
                        "/v2/agents/a1/toolkit/confirm",
                        good.toString(),
                        Map.of("X-API-Key", gateway.createKey("t", body -> body.put("tenant_id", "t1")))),
                gateway.send(
                        "POST",
                        "/v2/agents/a1/toolkit/confirm",
                        good.toString(),
                        Map.of(
                                "X-API-Key",
                                gateway.createKey(
                                        "u", body -> body.putArray("user_ids").add("u2")))));
        for (Answer answer : answers) {
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.json().get("detail").asText())
                    .isEqualTo(
                            "Execution " + id + " not found in cache. It may have expired or been already executed.");
        }
        assertThat(confirm(good.deepCopy().put("execution_id", UUID.randomUUID().toString()))
                        .status())
                .isEqualTo(404);
        assertThat(confirm(good.deepCopy().put("execution_id", "none")).status())
                .isEqualTo(404);
        assertThat(confirm(good).status()).isEqualTo(200);
    }

    @Test
    void aTenantsCallStaysTheTenants() {
        Map<String, String> tenant = Map.of("X-API-Key", gateway.createKey("t", body -> body.put("tenant_id", "t1")));
        JsonNode held = gateway.send("GET", path("a1", "BookingToolkit", "book", "n=1"), null, tenant)
                .json();
        Map<String, String> foreign = Map.of("X-API-Key", gateway.createKey("t", body -> body.put("tenant_id", "t2")));
        String body = confirmation(held, true).toString();
        assertThat(gateway.send("POST", "/v2/agents/a1/toolkit/confirm", body, foreign)
                        .status())
                .isEqualTo(404);
        assertThat(gateway.send("POST", "/v2/agents/a1/toolkit/confirm", body, tenant)
                        .status())
                .isEqualTo(200);
        assertThat(BOOK.calls().getLast().context().tenantId()).isEqualTo("t1");
        Map<String, String> bound = Map.of(
                "X-API-Key",
                gateway.createKey("u", key -> key.putArray("user_ids").add("u2")));
        Answer refused = gateway.send("GET", path("a1", "BookingToolkit", "look", ""), null, bound);
        assertThat(refused.status()).isEqualTo(403);
    }

    @Test
    void ofManyConfirmationsAtTwoReplicasOneExecutes() throws Exception {
        int calls = BOOK.calls().size();
        ObjectNode body = confirmation(held("book", "n=1"), true);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                TestGateway at = i % 2 == 0 ? gateway : other;
                answers.add(threads.submit(
                        () -> at.post("/v2/agents/a1/toolkit/confirm", body).status()));
            }
            List<Integer> codes = new ArrayList<>();
            for (Future<Integer> answer : answers) {
                codes.add(answer.get(20, TimeUnit.SECONDS));
            }
            assertThat(codes).containsOnly(200, 410).containsOnlyOnce(200);
        }
        assertThat(BOOK.calls()).hasSize(calls + 1);
    }

    @Test
    void anExpiredCallIsGone() {
        JsonNode held = held("book", "n=1");
        String id = held.get("execution_id").asText();
        gateway.database()
                .with(handle -> handle.execute("UPDATE ai.held_calls SET expires_at = now() WHERE id = ?::uuid", id));
        Answer answer = confirm(confirmation(held, true));
        assertThat(answer.status()).isEqualTo(410);
        assertThat(answer.json().get("detail").asText())
                .isEqualTo("Execution " + id + " has expired. Please initiate a new execution.");
        assertThat(gateway.database()
                        .<Integer>with(handle -> handle.createQuery(
                                        "SELECT extract(epoch FROM expires_at - created_at) FROM ai.held_calls"
                                                + " WHERE id = ?::uuid")
                                .bind(0, held("book", "").get("execution_id").asText())
                                .mapTo(Integer.class)
                                .one()))
                .isEqualTo(600);
        // A day later nobody remembers it.
        gateway.database()
                .with(handle -> handle.execute(
                        "UPDATE ai.held_calls SET expires_at = now() - interval '25 hours' WHERE id = ?::uuid", id));
        held("book", "n=1");
        assertThat(confirm(confirmation(held, true)).status()).isEqualTo(404);
    }

    @Test
    void aFailedCallIsTriedAgainOnlyWhereThatIsHarmless() {
        FAILURES.set(1);
        ObjectNode move = confirmation(held("move", "n=1"), true);
        move.putObject("args").put("n", 2);
        Answer failed = confirm(move);
        assertThat(failed.status()).isEqualTo(500);
        assertThat(failed.json().get("detail").asText())
                .isEqualTo("Failed to confirm toolkit method: The calendar is away.");
        move.remove("args");
        assertThat(confirm(move).status()).isEqualTo(200);
        assertThat(MOVE.arguments().getLast()).isEqualTo(Json.object().put("n", 1));

        ObjectNode fall = confirmation(held("fall", ""), true);
        assertThat(confirm(fall).json().get("detail").asText())
                .isEqualTo("Failed to confirm toolkit method: The tool failed because of an internal error.");
        assertThat(confirm(fall).status()).isEqualTo(410);
        assertThat(FALL.calls()).hasSize(1);
    }

    @Test
    void aCallWhoseProcessDiedIsReportedAndNotRepeated() {
        JsonNode held = held("book", "n=1");
        int calls = BOOK.calls().size();
        gateway.database()
                .with(handle -> handle.execute(
                        "UPDATE ai.held_calls SET decision = 'confirmed', decided_at = now() WHERE id = ?::uuid",
                        held.get("execution_id").asText()));
        Answer answer = confirm(confirmation(held, true));
        assertThat(answer.status()).isEqualTo(410);
        assertThat(answer.json().get("detail").asText())
                .endsWith(
                        "was already confirmed. Its outcome is not known; it may be in progress. It was not repeated.");
        assertThat(BOOK.calls()).hasSize(calls);
    }

    @Test
    void whatOnlyTheAgentGuardsMayBeSkippedWhereNothingChanges() {
        assertThat(run("careful", "BookingToolkit", "look", "").json().has("execution_id"))
                .isTrue();
        assertThat(run("careful", "BookingToolkit", "look", "skip_confirmation=true")
                        .json()
                        .get("status")
                        .asText())
                .isEqualTo("success");
        assertThat(run("careful", "BookingToolkit", "move", "skip_confirmation=true")
                        .json()
                        .has("execution_id"))
                .isTrue();
    }

    @Test
    void nothingIsCachedAndNothingIsLostByClearing() {
        JsonNode held = held("book", "n=1");
        assertThat(gateway.delete("/v2/agents/*/cache").json())
                .isEqualTo(Json.read("{\"status\":\"success\",\"message\":\"All caches cleared\"}"));
        assertThat(gateway.delete("/v2/agents/nobody/cache?user_id=u1&session_id=s1")
                        .json())
                .isEqualTo(
                        Json.read("{\"status\":\"success\",\"message\":\"Cleared 0 cache entries for agent nobody\"}"));
        assertThat(gateway.get("/v2/agents/a1/cache/info").json())
                .isEqualTo(Json.read("{\"agent_id\":\"a1\",\"agent_cache_count\":0,\"agent_cache_keys\":[]}"));
        assertThat(gateway.get("/v2/agents/%2A/cache/info").json())
                .isEqualTo(Json.read("{\"agent_cache_count\":0,\"run_cache_count\":0,\"agent_cache_keys\":[],"
                        + "\"run_cache_keys\":[]}"));
        assertThat(confirm(confirmation(held, true)).status()).isEqualTo(200);
    }
}
