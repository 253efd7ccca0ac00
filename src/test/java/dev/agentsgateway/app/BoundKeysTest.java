package dev.agentsgateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway.Answer;
import dev.agentsgateway.app.TestGateway.BodyChange;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chats and runs with keys that are bound to a tenant, to users, to both and to nothing. */
class BoundKeysTest {
    private static final BodyChange ACME = body -> body.put("tenant_id", "acme");
    private static final BodyChange USERS =
            body -> body.putArray("user_ids").add("u1").add("u2");

    private static TestGateway gateway;
    private static int number;

    private String agent;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
        gateway.model().otherwise(_ -> Reply.text("Fine."));
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @BeforeEach
    void makeAgent() {
        agent = "agent-" + ++number;
        gateway.createAgent(agent, "You are kind.");
    }

    private static String key(BodyChange... changes) {
        return gateway.createKey("bound", body -> {
            body.put("rate_limit", 0);
            for (BodyChange change : changes) {
                change.apply(body);
            }
        });
    }

    private Answer chat(String key, BodyChange change) {
        ObjectNode body = TestGateway.chatBody("Hello", all -> {
            all.put("stream", false);
            change.apply(all);
        });
        return gateway.send("POST", "/v2/agents/" + agent + "/chat", body.toString(), Map.of("X-API-Key", key));
    }

    private static BodyChange tenant(String id) {
        return body -> body.putObject("tenant_profile")
                .put("tenant_id", id)
                .put("name", "A tenant")
                .put("website", "https://tenant.test");
    }

    private static BodyChange profileOf(String tenant) {
        return body -> body.putObject("user_profile")
                .put("profile_id", "p")
                .put("email", "someone@tenant.test")
                .put("full_name", "Some One")
                .put("role", "clerk")
                .put("tenant_id", tenant);
    }

    private static Answer run(String key, String id) {
        return gateway.send("GET", "/v2/runs/" + id, null, Map.of("X-API-Key", key));
    }

    private static void refused(Answer answer, String whom) {
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.body()).isEqualTo("{\"detail\":\"This API key may not act for " + whom + "\"}");
    }

    private long sessions() {
        return gateway.database()
                .with(handle -> handle.createQuery("SELECT count(*) FROM ai.sessions WHERE owner_id = :agent")
                        .bind("agent", agent)
                        .mapTo(Long.class)
                        .one());
    }

    @Test
    void aTenantsKeyActsForItsTenantAlone() {
        String key = key(ACME);
        refused(chat(key, tenant("other")), "tenant other");
        refused(chat(key, tenant("")), "tenant ");
        refused(chat(key, profileOf("other")), "tenant other");
        assertThat(sessions()).isZero();

        Answer own = chat(key, tenant("acme"));
        assertThat(own.status()).as(own.body()).isEqualTo(200);
        String unnamed = chat(key, body -> body.put("user_id", "anybody").put("session_id", "s2"))
                .json()
                .get("run_id")
                .asText();
        assertThat(run(key, unnamed).json().get("tenant_id").asText())
                .as("the key's own, when the request names none")
                .isEqualTo("acme");
    }

    @Test
    void aUsersKeyActsForItsUsersAlone() {
        String key = key(USERS);
        refused(chat(key, body -> body.put("user_id", "u3")), "user u3");
        refused(chat(key, body -> body.put("user_id", "")), "user ");
        assertThat(sessions()).isZero();
        for (String user : List.of("u1", "u2")) {
            Answer own = chat(key, body -> {
                body.put("user_id", user);
                tenant("any tenant").apply(body);
            });
            assertThat(own.status()).as(own.body()).isEqualTo(200);
            JsonNode run = run(key, own.json().get("run_id").asText()).json();
            assertThat(run.get("user_id").asText()).isEqualTo(user);
            assertThat(run.get("tenant_id").asText()).isEqualTo("any tenant");
        }
    }

    @Test
    void aKeyOfBothActsForUsersOfItsTenant() {
        String key = key(ACME, USERS);
        refused(chat(key, body -> body.put("user_id", "u3")), "user u3");
        refused(chat(key, tenant("other")), "tenant other");
        assertThat(chat(key, tenant("acme")).status()).isEqualTo(200);
        assertThat(sessions()).isEqualTo(1);
    }

    @Test
    void anUnboundKeyActsForEverybody() {
        String key = key(body -> body.putNull("tenant_id").putArray("user_ids"));
        for (String tenant : List.of("acme", "other")) {
            Answer answer = chat(key, body -> {
                tenant(tenant).apply(body);
                profileOf("a third").apply(body);
                body.put("user_id", "of " + tenant);
            });
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(run(key, answer.json().get("run_id").asText())
                            .json()
                            .get("tenant_id")
                            .asText())
                    .isEqualTo(tenant);
        }
    }

    @Test
    void aStreamIsRefusedBeforeItBegins() {
        int asked = gateway.model().requests().size();
        Answer answer = chat(key(USERS), body -> body.put("stream", true).put("user_id", "u3"));
        refused(answer, "user u3");
        assertThat(answer.header("content-type")).hasValue("application/json");
        assertThat(answer.header("x-run-id")).isEmpty();
        assertThat(gateway.model().requests()).hasSize(asked);
        assertThat(chat(key(USERS), body -> body.put("stream", true)).eventNames())
                .endsWith("RunCompleted");
    }

    @Test
    void whatIsWrongIsToldFirstAndScopesBeforeThat() {
        String narrow = key(USERS, body -> body.putArray("scopes").add("agents:read"));
        assertThat(chat(narrow, body -> body.put("user_id", "u3")).body())
                .isEqualTo("{\"detail\":\"Missing required scopes: agents:run\"}");
        assertThat(chat(key(USERS), body -> body.put("user_id", "u3").put("locale", 5))
                        .status())
                .isEqualTo(422);
        agent = "no-such-agent";
        refused(chat(key(USERS), body -> body.put("user_id", "u3")), "user u3");
    }

    @Test
    void aRefusalCarriesTheRateLimit() {
        Answer answer = chat(key(USERS, body -> body.put("rate_limit", 5)), body -> body.put("user_id", "u3"));
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.header("ratelimit").orElseThrow()).startsWith("\"hour\";r=4;");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void runsOfOthersAreNotFound(boolean boundMaker) {
        String maker = boundMaker ? key(ACME) : key();
        String id = chat(maker, tenant("acme")).json().get("run_id").asText();
        for (String reaches : List.of(key(), key(ACME), key(USERS), key(ACME, USERS))) {
            assertThat(run(reaches, id).status()).isEqualTo(200);
        }
        String absent = "00000000-0000-7000-8000-000000000000";
        for (String foreign : List.of(
                key(body -> body.put("tenant_id", "other")),
                key(body -> body.putArray("user_ids").add("u3")),
                key(USERS, body -> body.put("tenant_id", "other")),
                key(ACME, body -> body.putArray("user_ids").add("u3")))) {
            Answer answer = run(foreign, id);
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.body().replace(id, absent))
                    .isEqualTo(run(foreign, absent).body());
        }
    }

    @Test
    void aRunOfNoTenantIsNotATenantsRun() {
        String id = chat(key(), _ -> {}).json().get("run_id").asText();
        assertThat(run(key(ACME), id).status()).isEqualTo(404);
        assertThat(run(key(USERS), id).status()).isEqualTo(200);
    }

    @Test
    void tenantsDoNotMeetInASession() {
        String other = key(body -> body.put("tenant_id", "other"));
        chat(key(ACME), body -> body.put("message", "The code is 4711"));
        chat(key(), body -> body.put("message", "The unbound one is 4712"));
        chat(other, body -> body.put("message", "What is the code?"));
        RecordedRequest last = gateway.model().requests().getLast();
        assertThat(last.body().get("messages")).hasSize(2);
        assertThat(last.body().toString()).doesNotContain("4711").doesNotContain("4712");
        assertThat(sessions()).isEqualTo(3);
        chat(key(ACME, USERS), body -> body.put("message", "And now?"));
        assertThat(gateway.model().requests().getLast().body().toString()).contains("4711");
    }

    @Test
    void tenantsDoNotShareWhatIsRememberedOfAUser() {
        String other = key(body -> body.put("tenant_id", "other"));
        Reply remember = Reply.toolCall("update_user_memory", "{\"task\":\"do\"}");
        gateway.model()
                .reply(
                        remember,
                        Reply.toolCall("add_memory", "{\"memory\":\"Lives in Rome\"}"),
                        Reply.text("done"),
                        Reply.text("done"));
        chat(key(ACME), body -> body.put("user_id", "shared"));
        for (String foreign : List.of(other, key())) {
            int asked = gateway.model().requests().size();
            gateway.model()
                    .reply(remember, Reply.toolCall("clear_memory", "{}"), Reply.text("done"), Reply.text("done"));
            chat(foreign, body -> body.put("user_id", "shared"));
            List<String> seen = gateway.model().requests().stream()
                    .skip(asked)
                    .map(request -> request.body().toString())
                    .toList();
            assertThat(seen).hasSize(4).noneMatch(each -> each.contains("Rome"));
            assertThat(seen.get(2)).contains("Deleted 0 memories.");
        }
        int asked = gateway.model().requests().size();
        gateway.model().reply(remember, Reply.text("done"), Reply.text("done"));
        chat(key(ACME), body -> body.put("user_id", "shared"));
        assertThat(gateway.model().requests().get(asked + 1).body().toString()).contains("Rome");
    }

    @Test
    void aChangedBindingIsSeenByEveryReplicaWithinASecond() throws Exception {
        try (TestGateway replica = gateway.replica()) {
            String key = key();
            int id = idOf(key);
            assertThat(agents(replica, key)).isEqualTo(200);
            assertThat(chatOn(replica, key, "u9").status()).isEqualTo(200);
            bind(id, "{\"user_ids\":[\"u1\"]}");
            assertThat(chat(key, body -> body.put("user_id", "u9")).status())
                    .as("here at once")
                    .isEqualTo(403);
            assertThat(soon(() -> chatOn(replica, key, "u9").status() == 403)).isTrue();
            bind(id, "{\"user_ids\":null}");
            assertThat(soon(() -> chatOn(replica, key, "u9").status() == 200)).isTrue();
        }
    }

    @Test
    void twoChangesAtOnceBothHold() throws Exception {
        int id = idOf(key());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                String tenant = "t" + i;
                String user = "u" + i;
                Future<?> one = threads.submit(() -> bind(id, "{\"tenant_id\":\"" + tenant + "\"}"));
                Future<?> two = threads.submit(() -> bind(id, "{\"user_ids\":[\"" + user + "\"]}"));
                one.get();
                two.get();
                JsonNode key =
                        gateway.admin("GET", "/admin/api-keys/" + id, null).json();
                assertThat(key.get("tenant_id").asText()).isEqualTo(tenant);
                assertThat(key.get("user_ids")).isEqualTo(Json.read("[\"" + user + "\"]"));
            }
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static boolean soon(Condition condition) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(10);
        }
        return true;
    }

    private Answer chatOn(TestGateway replica, String key, String user) {
        ObjectNode body =
                TestGateway.chatBody("Hello", all -> all.put("stream", false).put("user_id", user));
        return replica.send("POST", "/v2/agents/" + agent + "/chat", body.toString(), Map.of("X-API-Key", key));
    }

    private static int agents(TestGateway replica, String key) {
        return replica.send("GET", "/v2/agents", null, Map.of("X-API-Key", key)).status();
    }

    private static void bind(int id, String body) {
        Answer answer = gateway.admin("PATCH", "/admin/api-keys/" + id, Json.read(body));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private static int idOf(String key) {
        return gateway.database()
                .with(handle -> handle.createQuery(
                                "SELECT id FROM api_keys WHERE key_hash = encode(sha256(convert_to(:key, 'UTF8')), 'hex')")
                        .bind("key", key)
                        .mapTo(Integer.class)
                        .one());
    }
}
