package dev.agentsgateway.agent;

import static dev.agentsgateway.agent.BookingDesk.confirmation;
import static dev.agentsgateway.agent.BookingDesk.path;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.app.TestGateway.Answer;
import dev.agentsgateway.common.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Direct calls of toolkits that wait for a person's yes (agents-teams.md, 14). */
class ToolkitConfirmationTest {
    private static BookingDesk desk;
    private static TestGateway gateway;
    private static TestGateway other;

    @BeforeAll
    static void start() {
        desk = new BookingDesk();
        gateway = desk.gateway;
        other = gateway.replica();
    }

    @AfterAll
    static void stop() {
        other.close();
        desk.close();
    }

    @BeforeEach
    void noFailures() {
        desk.failures.set(0);
    }

    @Test
    void aGuardedCallWaitsAndIsExecutedOnceWithTheLaidOverArguments() {
        int calls = desk.book.calls().size();
        Answer first = desk.run("book", "n=1&zip=00734&skip_confirmation=true");
        String id = first.json().get("execution_id").asText();
        assertThat(first.json())
                .isEqualTo(Json.read("{\"execution_id\":\"" + id + "\",\"toolkit_name\":\"BookingToolkit\","
                        + "\"method_name\":\"book\",\"confirmed\":null,\"confirmation_note\":null,"
                        + "\"args\":{\"n\":1,\"zip\":\"00734\"}}"));
        assertThat(desk.book.calls()).hasSize(calls);
        ObjectNode body = confirmation(first.json(), true);
        body.putObject("args").put("n", "two");
        Answer misfit = desk.confirm(body);
        assertThat(misfit.status()).isEqualTo(422);
        assertThat(misfit.json().at("/detail/0/loc")).isEqualTo(Json.read("[\"body\",\"args\",\"n\"]"));
        body.putObject("args").put("n", 2);
        Answer done = other.post("/v2/agents/a1/toolkit/confirm", body);
        assertThat(done.json())
                .isEqualTo(Json.read("{\"status\":\"status\",\"message\":\"[toolkit/confirm] Method book executed"
                        + " successfully\",\"result\":{\"did\":{\"n\":2,\"zip\":\"00734\"}}}"));
        Answer again = desk.confirm(body);
        assertThat(again.status()).isEqualTo(410);
        assertThat(again.json().get("detail").asText()).isEqualTo("Execution " + id + " was already confirmed.");
        assertThat(desk.book.calls()).hasSize(calls + 1);
        assertThat(desk.book.calls().getLast().key()).isEqualTo(id);
    }

    @Test
    void aDeniedCallIsNotExecuted() {
        int calls = desk.book.calls().size();
        ObjectNode body = confirmation(desk.held("book", "n=1"), false).put("confirmation_note", "Too late");
        assertThat(desk.confirm(body).json())
                .isEqualTo(Json.read("{\"status\":\"cancelled\",\"message\":\"[toolkit/confirm] Method book was not"
                        + " executed: it was denied\",\"result\":null}"));
        assertThat(desk.confirm(body.put("confirmed", true)).status()).isEqualTo(410);
        assertThat(desk.book.calls()).hasSize(calls);
    }

    @Test
    void withoutAWordConfirmingIsConfirming() {
        ObjectNode body = confirmation(desk.held("book", "n=5"), null);
        assertThat(desk.confirm(body).json().at("/result/did/n").asInt()).isEqualTo(5);
    }

    @Test
    void whatDoesNotMatchDoesNotExist() {
        JsonNode held = desk.held("book", "n=1");
        String id = held.get("execution_id").asText();
        ObjectNode good = confirmation(held, true);
        List<Answer> answers = List.of(
                gateway.post("/v2/agents/careful/toolkit/confirm", good),
                desk.confirm(good.deepCopy().put("toolkit_name", "DateTimeToolkit")),
                desk.confirm(good.deepCopy().put("method_name", "look")),
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
        assertThat(desk.confirm(good.deepCopy()
                                .put("execution_id", UUID.randomUUID().toString()))
                        .status())
                .isEqualTo(404);
        assertThat(desk.confirm(good.deepCopy().put("execution_id", "none")).status())
                .isEqualTo(404);
        assertThat(desk.confirm(good).status()).isEqualTo(200);
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
        assertThat(desk.book.calls().getLast().context().tenantId()).isEqualTo("t1");
        Map<String, String> bound = Map.of(
                "X-API-Key",
                gateway.createKey("u", key -> key.putArray("user_ids").add("u2")));
        Answer refused = gateway.send("GET", path("a1", "BookingToolkit", "look", ""), null, bound);
        assertThat(refused.status()).isEqualTo(403);
    }

    @Test
    void ofManyConfirmationsAtTwoReplicasOneExecutes() throws Exception {
        int calls = desk.book.calls().size();
        ObjectNode body = confirmation(desk.held("book", "n=1"), true);
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
        assertThat(desk.book.calls()).hasSize(calls + 1);
    }

    @Test
    void anExpiredCallIsGone() {
        JsonNode held = desk.held("book", "n=1");
        String id = held.get("execution_id").asText();
        gateway.database()
                .with(handle -> handle.execute("UPDATE ai.held_calls SET expires_at = now() WHERE id = ?::uuid", id));
        Answer answer = desk.confirm(confirmation(held, true));
        assertThat(answer.status()).isEqualTo(410);
        assertThat(answer.json().get("detail").asText())
                .isEqualTo("Execution " + id + " has expired. Please initiate a new execution.");
        assertThat(gateway.database()
                        .<Integer>with(handle -> handle.createQuery(
                                        "SELECT extract(epoch FROM expires_at - created_at) FROM ai.held_calls"
                                                + " WHERE id = ?::uuid")
                                .bind(
                                        0,
                                        desk.held("book", "")
                                                .get("execution_id")
                                                .asText())
                                .mapTo(Integer.class)
                                .one()))
                .isEqualTo(600);
        // A day later nobody remembers it.
        gateway.database()
                .with(handle -> handle.execute(
                        "UPDATE ai.held_calls SET expires_at = now() - interval '25 hours' WHERE id = ?::uuid", id));
        desk.held("book", "n=1");
        assertThat(desk.confirm(confirmation(held, true)).status()).isEqualTo(404);
    }

    @Test
    void aFailedCallIsTriedAgainOnlyWhereThatIsHarmless() {
        desk.failures.set(1);
        ObjectNode move = confirmation(desk.held("move", "n=1"), true);
        move.putObject("args").put("n", 2);
        Answer failed = desk.confirm(move);
        assertThat(failed.status()).isEqualTo(500);
        assertThat(failed.json().get("detail").asText())
                .isEqualTo("Failed to confirm toolkit method: The calendar is away.");
        move.remove("args");
        assertThat(desk.confirm(move).status()).isEqualTo(200);
        assertThat(desk.move.arguments().getLast()).isEqualTo(Json.object().put("n", 1));

        ObjectNode fall = confirmation(desk.held("fall", ""), true);
        assertThat(desk.confirm(fall).json().get("detail").asText())
                .isEqualTo("Failed to confirm toolkit method: The tool failed because of an internal error.");
        assertThat(desk.confirm(fall).status()).isEqualTo(410);
        assertThat(desk.fall.calls()).hasSize(1);
    }

    @Test
    void aCallWhoseProcessDiedIsReportedAndNotRepeated() {
        JsonNode held = desk.held("book", "n=1");
        int calls = desk.book.calls().size();
        gateway.database()
                .with(handle -> handle.execute(
                        "UPDATE ai.held_calls SET decision = 'confirmed', decided_at = now() WHERE id = ?::uuid",
                        held.get("execution_id").asText()));
        Answer answer = desk.confirm(confirmation(held, true));
        assertThat(answer.status()).isEqualTo(410);
        assertThat(answer.json().get("detail").asText())
                .endsWith(
                        "was already confirmed. Its outcome is not known; it may be in progress. It was not repeated.");
        assertThat(desk.book.calls()).hasSize(calls);
    }

    @Test
    void whatOnlyTheAgentGuardsMayBeSkippedWhereNothingChanges() {
        assertThat(desk.run("careful", "BookingToolkit", "look", "").json().has("execution_id"))
                .isTrue();
        assertThat(desk.run("careful", "BookingToolkit", "look", "skip_confirmation=true")
                        .json()
                        .get("status")
                        .asText())
                .isEqualTo("success");
        assertThat(desk.run("careful", "BookingToolkit", "move", "skip_confirmation=true")
                        .json()
                        .has("execution_id"))
                .isTrue();
    }
}
