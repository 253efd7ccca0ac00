package dev.agentsgateway.approval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.approval.StoredCalls.Call;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApprovalRoutesTest {
    private static ApprovalServer server;
    private static StoredCalls calls;

    @BeforeAll
    static void start() throws IOException {
        server = new ApprovalServer();
        calls = server.calls;
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void forget() {
        server.forget();
    }

    private String jobId(UUID requirement) {
        return calls.column(requirement, "run_id") + ":" + calls.column(requirement, "call_id");
    }

    private static List<String> callIds(ApprovalServer.Reply reply) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        List<String> ids = new ArrayList<>();
        reply.json().forEach(each -> ids.add(each.get("job_id").asText().substring(37)));
        return ids;
    }

    @Test
    void showsWhatTheReferenceShowsFirst() {
        UUID id = calls.waiting(Call.of("call-9").tenant("t1"));
        JsonNode one = server.get("/v2/approvals").json().get(0);
        List<String> names = new ArrayList<>();
        one.fieldNames().forEachRemaining(names::add);
        assertThat(names)
                .startsWith("job_id", "worker_name", "tool_name", "tool_args", "risk_level", "reason", "timestamp");
        assertThat(one.get("job_id").asText()).isEqualTo(jobId(id));
        assertThat(one.get("worker_name").asText()).isEmpty();
        assertThat(one.get("tool_name").asText()).isEqualTo("delete_rows");
        assertThat(one.get("tool_args")).isEqualTo(Json.object().put("n", 3));
        assertThat(one.get("risk_level").asText()).isEqualTo("medium");
        assertThat(one.get("reason").asText()).isEqualTo("Tool requires human confirmation before execution");
        assertThat(one.get("timestamp").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{6})?");
        assertThat(one.get("id").asText()).isEqualTo(id.toString());
        assertThat(one.get("agent_id").asText()).isEqualTo("a1");
        assertThat(one.get("team_id").isNull()).isTrue();
        assertThat(one.get("user_id").asText()).isEqualTo("u1");
        assertThat(one.get("tenant_id").asText()).isEqualTo("t1");
        assertThat(one.get("status").asText()).isEqualTo("pending");
        assertThat(one.get("decided_at").isNull()).isTrue();
        assertThat(server.get("/v2/approvals/" + jobId(id)).json()).isEqualTo(one);
        assertThat(server.get("/v2/approvals/" + id).json()).isEqualTo(one);
    }

    @Test
    void tellsATeamFromAnAgent() {
        UUID id = calls.waiting(Call.of("c").team("t-7"));
        JsonNode one = server.get("/v2/approvals/" + id).json();
        assertThat(one.get("team_id").asText()).isEqualTo("t-7");
        assertThat(one.get("agent_id").isNull()).isTrue();
    }

    @Test
    void listsThePendingOnesInTheOrderInWhichTheyCame() {
        UUID run = calls.run(Call.of("x"));
        calls.add(run, 4, Call.of("a"), Duration.ofHours(1));
        calls.add(run, 3, Call.of("b"), Duration.ofHours(1));
        UUID expired = calls.add(run, 5, Call.of("c"), Duration.ofHours(1));
        calls.waiting(Call.of("d"));
        calls.expire(expired);
        assertThat(callIds(server.get("/v2/approvals"))).containsExactly("a", "b", "d");
        assertThat(callIds(server.get("/v2/approvals?status=expired"))).containsExactly("c");
        assertThat(callIds(server.get("/v2/approvals?status=all"))).containsExactly("d", "c", "b", "a");
        assertThat(callIds(server.get("/v2/approvals?run_id=" + run))).containsExactly("a", "b");
    }

    @Test
    void callsOfOnePauseComeInTheOrderOfTheirResults() {
        UUID run = calls.run(Call.of("x"));
        UUID second = calls.add(run, 5, Call.of("second"), Duration.ofHours(1));
        UUID first = calls.add(run, 4, Call.of("first"), Duration.ofHours(1));
        calls.update(second, "created_at = '2026-01-01T00:00:00Z'");
        calls.update(first, "created_at = '2026-01-01T00:00:00Z'");
        assertThat(callIds(server.get("/v2/approvals"))).containsExactly("first", "second");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pending", "all"})
    void pagesWithoutGapsOrRepeats(String status) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            calls.waiting(Call.of("c" + i));
            all.add("c" + i);
        }
        if (status.equals("all")) {
            Collections.reverse(all);
        }
        List<String> seen = new ArrayList<>();
        String after = "";
        for (int page = 0; page < 3; page++) {
            JsonNode got =
                    server.get("/v2/approvals?limit=3&status=" + status + after).json();
            got.forEach(each -> seen.add(each.get("job_id").asText().substring(37)));
            after = "&after=" + got.get(got.size() - 1).get("id").asText();
        }
        assertThat(seen).isEqualTo(all);
        assertThat(server.get("/v2/approvals?status=" + status + after).body()).isEqualTo("[]");
    }

    @Test
    void refusesAPageAfterNothing() {
        ApprovalServer.Reply reply = server.get("/v2/approvals?after=" + UUID.randomUUID());
        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().at("/detail/0/loc")).isEqualTo(Json.read("[\"query\",\"after\"]"));
    }

    @Test
    void decidesOnceWithEditedArguments() {
        UUID id = calls.waiting(Call.of("call-1"));
        String job = jobId(id);
        ApprovalServer.Reply reply = server.post(
                "/v2/approvals/" + job + "/decide",
                "{\"approved\":true,\"reason\":\"fewer\",\"modified_args\":{\"n\":1}}");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body())
                .isEqualTo("{\"job_id\":\"" + job + "\",\"status\":\"approved\",\"message\":\"Tool call approved\"}");
        assertThat(Json.read(calls.column(id, "decided_arguments")))
                .isEqualTo(Json.object().put("n", 1));
        assertThat(Json.read(calls.column(id, "arguments")))
                .isEqualTo(Json.object().put("n", 3));

        ApprovalServer.Reply again = server.post("/v2/approvals/" + job + "/deny", null);
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.detail())
                .startsWith("Approval for job " + job + " was already approved at ")
                .endsWith(" (api, API key 7)");
        assertThat(calls.column(id, "decision")).isEqualTo("approved");

        assertThat(server.get("/v2/approvals").body()).isEqualTo("[]");
        ApprovalServer.Reply gone = server.get("/v2/approvals/" + job);
        assertThat(gone.status()).isEqualTo(404);
        assertThat(gone.detail()).isEqualTo("No pending approval for job " + job);
        JsonNode kept = server.get("/v2/approvals/" + job + "?status=all").json();
        assertThat(kept.get("status").asText()).isEqualTo("approved");
        assertThat(kept.get("decided_by_key").asInt()).isEqualTo(7);
        assertThat(kept.get("decided_via").asText()).isEqualTo("api");
        assertThat(kept.get("decided_reason").asText()).isEqualTo("fewer");
        assertThat(kept.get("decided_args")).isEqualTo(Json.object().put("n", 1));
        assertThat(kept.get("decided_at").asText())
                .isGreaterThanOrEqualTo(kept.get("timestamp").asText());
        assertThat(server.get("/v2/approvals?status=approved").json().get(0)).isEqualTo(kept);
    }

    @Test
    void decidesWithoutABody() {
        UUID yes = calls.waiting(Call.of("yes"));
        UUID no = calls.waiting(Call.of("no"));
        assertThat(server.post("/v2/approvals/" + jobId(yes) + "/approve", null).body())
                .isEqualTo("{\"job_id\":\"" + jobId(yes)
                        + "\",\"status\":\"approved\",\"message\":\"Tool call approved\"}");
        assertThat(server.post("/v2/approvals/" + no + "/deny", null).body())
                .isEqualTo("{\"job_id\":\"" + no + "\",\"status\":\"denied\",\"message\":\"Tool call denied\"}");
        assertThat(calls.column(yes, "note")).isEqualTo("Approved via API");
        assertThat(calls.column(no, "note")).isEqualTo("Denied via API");
        assertThat(calls.column(yes, "decided_arguments")).isNull();
        assertThat(callIds(server.get("/v2/approvals?status=denied"))).containsExactly("no");
    }

    @Test
    void explicitNullKeepsTheStoredArguments() {
        UUID id = calls.waiting(Call.of("c"));
        assertThat(server.post("/v2/approvals/" + id + "/decide", "{\"approved\":true,\"modified_args\":null}")
                        .status())
                .isEqualTo(200);
        assertThat(calls.column(id, "decided_arguments")).isNull();
        assertThat(calls.column(id, "note")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"approved\":\"perhaps\"}",
                "{\"approved\":true,\"modified_args\":[1]}",
                "{\"approved\":true,\"modified_args\":\"{}\"}",
                "{\"approved\":true,\"reason\":1}"
            })
    void refusesWhatIsNoDecision(String body) {
        UUID id = calls.waiting(Call.of("c"));
        assertThat(server.post("/v2/approvals/" + id + "/decide", body).status())
                .isEqualTo(422);
        assertThat(calls.column(id, "decision")).isNull();
    }

    @Test
    void expiredIsGone() {
        UUID passed = calls.waiting(Call.of("passed"));
        UUID swept = calls.waiting(Call.of("swept"));
        calls.expire(passed);
        calls.expire(swept);
        calls.update(swept, "decision = 'expired', decided_at = now()");
        for (UUID id : List.of(passed, swept)) {
            ApprovalServer.Reply reply = server.post("/v2/approvals/" + id + "/decide", "{\"approved\":true}");
            assertThat(reply.status()).isEqualTo(410);
            assertThat(reply.detail()).startsWith("Approval for job " + id + " expired at 20");
        }
        assertThat(calls.column(passed, "decision")).isNull();
    }

    @Test
    void whatEndedWithItsRunIsDecided() {
        UUID id = calls.waiting(Call.of("c"));
        calls.update(id, "decision = 'cancelled', decided_at = now()");
        ApprovalServer.Reply reply = server.post("/v2/approvals/" + id + "/approve", null);
        assertThat(reply.status()).isEqualTo(409);
        assertThat(reply.detail()).isEqualTo("Approval for job " + id + " was cancelled: its run has ended");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plugins", "nothing", "0193", "00000000-0000-7000-8000-000000000000:call-1", "unknown"})
    void unknownJobsAreNotFound(String job) {
        for (ApprovalServer.Reply reply : List.of(
                server.get("/v2/approvals/" + job),
                server.get("/v2/approvals/" + job + "/notifications"),
                server.post("/v2/approvals/" + job + "/approve", null),
                server.post("/v2/approvals/" + job + "/decide", "{\"approved\":true}"))) {
            assertThat(reply.status()).isEqualTo(404);
            assertThat(reply.detail()).isEqualTo("No pending approval for job " + job);
        }
    }

    @Test
    void foreignJobsAnswerLikeUnknownOnes() {
        UUID id = calls.waiting(Call.of("c").tenant("t1").user("u1"));
        UUID free = calls.waiting(Call.of("free").user("u2"));
        String job = jobId(id);
        for (String key : List.of("t2:", "t1:u2", ":u2")) {
            for (ApprovalServer.Reply reply : List.of(
                    server.get("/v2/approvals/" + job, key),
                    server.get("/v2/approvals/" + job + "?status=all", key),
                    server.get("/v2/approvals/" + job + "/notifications", key),
                    server.post("/v2/approvals/" + job + "/approve", null, key),
                    server.post("/v2/approvals/" + job + "/deny", null, key),
                    server.post("/v2/approvals/" + job + "/decide", "{\"approved\":true}", key))) {
                assertThat(reply.status()).isEqualTo(404);
                assertThat(reply.body()).isEqualTo("{\"detail\":\"No pending approval for job " + job + "\"}");
            }
            assertThat(server.get("/v2/approvals?after=" + id, key).status()).isEqualTo(422);
        }
        assertThat(calls.column(id, "decision")).isNull();
        assertThat(callIds(server.get("/v2/approvals?status=all", "t1:"))).containsExactly("c");
        assertThat(callIds(server.get("/v2/approvals", "t2:"))).isEmpty();
        assertThat(callIds(server.get("/v2/approvals", ":u2"))).containsExactly("free");
        assertThat(callIds(server.get("/v2/approvals", "t1:u1,u2"))).containsExactly("c");
        assertThat(callIds(server.get("/v2/approvals?user_id=u2"))).containsExactly("free");
        assertThat(callIds(server.get("/v2/approvals?user_id=u2", "t1:"))).isEmpty();
        assertThat(server.post("/v2/approvals/" + job + "/approve", null, "t1:u1")
                        .status())
                .isEqualTo(200);
        assertThat(calls.column(free, "decision")).isNull();
    }

    @Test
    void ofManyThatDecideAtOnceOneDoes() throws Exception {
        UUID id = calls.waiting(Call.of("c"));
        List<Callable<Integer>> tries = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            String word = i % 2 == 0 ? "approve" : "deny";
            tries.add(
                    () -> server.post("/v2/approvals/" + id + "/" + word, null).status());
        }
        List<Integer> statuses = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Integer> each : threads.invokeAll(tries)) {
                statuses.add(each.get());
            }
        }
        assertThat(statuses).containsOnly(200, 409);
        assertThat(Collections.frequency(statuses, 200)).isEqualTo(1);
    }

    @Test
    void aCallIdThatCameTwiceMeansTheOneThatWaits() {
        UUID run = calls.run(Call.of("call_0"));
        UUID early = calls.add(run, 2, Call.of("call_0"), Duration.ofHours(1));
        calls.update(early, "decision = 'denied', decided_at = now(), decided_via = 'api'");
        UUID late = calls.add(run, 5, Call.of("call_0"), Duration.ofHours(1));
        assertThat(server.get("/v2/approvals/" + run + ":call_0")
                        .json()
                        .get("id")
                        .asText())
                .isEqualTo(late.toString());
        calls.update(late, "seq = 1");
        assertThat(server.get("/v2/approvals/" + run + ":call_0")
                        .json()
                        .get("id")
                        .asText())
                .isEqualTo(late.toString());
    }

    @Test
    void oddCallIdsCanBeAddressed() {
        UUID id = calls.waiting(Call.of("a b:c?ü%"));
        String job = URLEncoder.encode(jobId(id), StandardCharsets.UTF_8).replace("+", "%20");
        assertThat(server.get("/v2/approvals/" + job).json().get("id").asText()).isEqualTo(id.toString());
        UUID slashed = calls.waiting(Call.of("a/b"));
        assertThat(server.post("/v2/approvals/" + slashed + "/approve", null).status())
                .isEqualTo(200);
    }

    @Test
    void namesTheChannels() {
        assertThat(server.get("/v2/approvals/plugins/list").body())
                .isEqualTo("[\"webhook\",\"telegram\",\"slack\",\"discord\",\"whatsapp\"]");
        assertThat(server.get("/v2/approvals/plugins").status()).isEqualTo(404);
    }
}
