package dev.agentsgateway.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
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
import org.junit.jupiter.params.provider.ValueSource;

/** {@code contract/agents-teams.md} A1 to A5, over real HTTP. Every test uses agents of its own. */
class AgentRoutesTest {
    private static final String TEMPLATE = "You are a travel desk.";
    private static final String DEFAULTS = "{\"enable_memory\":true,\"enable_history\":true,\"num_history_runs\":3,"
            + "\"enable_reasoning\":false,\"reasoning_min_steps\":1,\"reasoning_max_steps\":10}";

    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static ObjectNode body(String id, String name) {
        return Json.object().put("id", id).put("name", name).put("template", TEMPLATE);
    }

    private static void create(String id, String name) {
        TestGateway.Answer answer = gateway.post("/v2/agents", body(id, name));
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    }

    private static JsonNode agent(String id) {
        return gateway.get("/v2/agents/" + id).json();
    }

    private static String promptOf(String agent) {
        return gateway.database()
                .with(handle -> handle.createQuery("SELECT prompt_service_id FROM agent_info WHERE id = :id")
                        .bind("id", agent)
                        .mapTo(String.class)
                        .one());
    }

    private static JsonNode storedConfig(String agent) {
        String config = gateway.database()
                .with(handle -> handle.createQuery("SELECT config FROM agent_info WHERE id = :id")
                        .bind("id", agent)
                        .mapTo(String.class)
                        .one());
        return Json.read(config);
    }

    private static void sql(String statement, String value, String agent) {
        gateway.database()
                .with(handle -> handle.createUpdate(statement)
                        .bind("value", value)
                        .bind("id", agent)
                        .execute());
    }

    private static List<String> ids(JsonNode agents) {
        List<String> ids = new ArrayList<>();
        agents.forEach(agent -> ids.add(agent.get("id").asText()));
        return ids;
    }

    private static void assertDetail(TestGateway.Answer answer, int status, String detail) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(Json.object().put("detail", detail).toString());
    }

    private static void assertProblem(TestGateway.Answer answer, String type, Object... place) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(422);
        assertThat(answer.json().at("/detail/0/type").asText())
                .as(answer.body())
                .isEqualTo(type);
        assertThat(answer.json().at("/detail/0/loc")).isEqualTo(Json.MAPPER.valueToTree(place));
    }

    @Test
    void createEchoesAndReadsBack() {
        ObjectNode body =
                body("full-desk", "Full Desk").put("description", "Büro").put("system_message", "ignored");
        body.putArray("tags").add("trips");
        TestGateway.Answer created = gateway.post("/v2/agents", body);
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.header("content-type")).hasValue("application/json");
        assertThat(created.body())
                .isEqualTo("{\"id\":\"full-desk\",\"name\":\"Full Desk\",\"description\":\"Büro\",\"version\":\"2.0\","
                        + "\"message\":\"Agent Full Desk created successfully\",\"tags\":[\"trips\"]}");
        assertThat(gateway.get("/v2/agents/full-desk").body())
                .isEqualTo("{\"id\":\"full-desk\",\"name\":\"Full Desk\",\"description\":\"Büro\",\"version\":\"2.0\","
                        + "\"template\":\"You are a travel desk.\",\"tags\":[\"trips\"],\"config\":" + DEFAULTS + "}");
        assertThat(promptOf("full-desk")).isEqualTo("full_desk");
    }

    @Test
    void tagsAreEchoedAsSent() {
        assertThat(gateway.post("/v2/agents", body("no-tags", "No Tags"))
                        .json()
                        .get("tags")
                        .isNull())
                .isTrue();
        ObjectNode empty = body("empty-tags", "Empty Tags");
        empty.putArray("tags");
        assertThat(gateway.post("/v2/agents", empty).json().get("tags").toString())
                .isEqualTo("[]");
        assertThat(agent("no-tags").get("tags").toString()).isEqualTo("[]");
        ObjectNode prompt = Json.object();
        prompt.putArray("tags").add("of the prompt");
        gateway.put("/v2/prompts/no_tags", prompt);
        assertThat(agent("no-tags").get("tags").toString()).isEqualTo("[\"of the prompt\"]");
    }

    @Test
    void checksInTheReferencesOrder() {
        create("order", "Order");
        ObjectNode bad = Json.object().put("name", "n".repeat(256)).put("description", "d".repeat(1001));
        TestGateway.Answer invalid = gateway.post("/v2/agents", bad);
        assertProblem(invalid, "missing", "body", "id");
        assertThat(invalid.json().get("detail").findValuesAsText("type"))
                .containsExactly("missing", "string_too_long", "missing", "string_too_long");
        assertThat(invalid.json().at("/detail/1").toString())
                .contains("\"msg\":\"String should have at most 255 characters\"", "\"ctx\":{\"max_length\":255}");
        assertDetail(gateway.post("/v2/agents", body("order", "x")), 409, "Agent order already exists");
        String rule = "Agent ID can only contain letters, numbers, underscores, and hyphens";
        for (String id : List.of("", "_-_", "a b", "a/b", "a.b", "a\u0301")) {
            assertDetail(gateway.post("/v2/agents", body(id, "x")), 422, rule);
        }
        create("büro-1_ß", "Unicode letters");
        assertProblem(gateway.post("/v2/agents", body("i".repeat(256), "x")), "string_too_long", "body", "id");
        assertProblem(gateway.post("/v2/agents/batch", Json.object()), "missing", "body", "agent_ids");
        assertProblem(
                gateway.post("/v2/agents/batch", Json.object().put("agent_ids", "a")),
                "list_type",
                "body",
                "agent_ids");
    }

    @Test
    void nameAndTemplateMayBeEmpty() {
        assertThat(gateway.post("/v2/agents", body("nameless", "").put("template", ""))
                        .status())
                .isEqualTo(201);
        assertThat(agent("nameless").get("template").asText()).isEmpty();
        assertThat(promptOf("nameless")).isEqualTo("nameless");
        gateway.model().reply(Reply.text("ok"));
        assertThat(gateway.chat("nameless", "Hi", body -> body.put("stream", false))
                        .json()
                        .get("status")
                        .asText())
                .isEqualTo("COMPLETED");
    }

    @Test
    void listsByName() {
        create("zz-2", "List Beta");
        create("zz-1", "List Beta");
        create("zz-3", "List Alpha");
        assertThat(ids(gateway.get("/v2/agents").json()))
                .containsSubsequence("zz-3", "zz-1", "zz-2", "qa-testing-agent");
    }

    @Test
    void batchSkipsTheUnknownAndCollapsesDuplicates() {
        create("batch-b", "Batch B");
        create("batch-a", "Batch A");
        create("batch-gone", "Batch Gone");
        gateway.delete("/v2/agents/batch-gone");
        ObjectNode body = Json.object();
        body.putArray("agent_ids")
                .add("batch-b")
                .add("nobody")
                .add("batch-a")
                .add("batch-b")
                .add("batch-gone");
        JsonNode agents = gateway.post("/v2/agents/batch", body).json();
        assertThat(ids(agents)).containsExactly("batch-a", "batch-b");
        assertThat(agents.get(0)).isEqualTo(agent("batch-a"));
        body.putArray("agent_ids");
        assertThat(gateway.post("/v2/agents/batch", body).body()).isEqualTo("[]");
        body.putArray("agent_ids").add("nobody");
        assertThat(gateway.post("/v2/agents/batch", body).body()).isEqualTo("[]");
        create("batch", "An agent may be called batch");
        assertThat(agent("batch").get("id").asText()).isEqualTo("batch");
    }

    @Test
    void whatIsMissingOrDeletedIsNotFound() {
        create("short-lived", "Short Lived");
        TestGateway.Answer deleted = gateway.delete("/v2/agents/short-lived");
        assertThat(deleted.body())
                .isEqualTo("{\"id\":\"short-lived\",\"message\":\"Agent short-lived deleted successfully\"}");
        String detail = "Agent short-lived not found";
        assertDetail(gateway.delete("/v2/agents/short-lived"), 404, detail);
        assertDetail(gateway.get("/v2/agents/short-lived"), 404, detail);
        assertDetail(gateway.patch("/v2/agents/short-lived", Json.object()), 404, detail);
        assertDetail(gateway.chat("short-lived", "Hi", _ -> {}), 404, detail);
        assertThat(gateway.get("/v2/prompts/short_lived").status()).isEqualTo(404);
        assertThat(gateway.put("/v2/agents/short-lived", Json.object()).status())
                .isEqualTo(405);
    }

    @Test
    void aDeletedIdCanBeUsedAgain() {
        create("phoenix", "Phoenix");
        gateway.delete("/v2/agents/phoenix");
        ObjectNode again = body("phoenix", "Phoenix the Second").put("template", "Risen from the ashes.");
        again.putObject("config").put("num_history_runs", 1);
        assertThat(gateway.post("/v2/agents", again).status()).isEqualTo(201);
        assertThat(promptOf("phoenix")).isEqualTo("phoenix");
        JsonNode agent = agent("phoenix");
        assertThat(agent.get("name").asText()).isEqualTo("Phoenix the Second");
        assertThat(agent.get("template").asText()).isEqualTo("Risen from the ashes.");
        assertThat(agent.at("/config/num_history_runs").asInt()).isEqualTo(1);
        JsonNode prompt = gateway.get("/v2/prompts/phoenix").json();
        assertThat(prompt.get("version").asInt()).isEqualTo(2);
        assertThat(prompt.get("name").asText()).isEqualTo("Phoenix the Second");
    }

    @Test
    void agentsOfTheSameNameKeepTheirPrompts() {
        gateway.post("/v2/agents", body("twin-a", "Twin").put("template", "I am the first."));
        gateway.post("/v2/agents", body("twin-b", "Twin").put("template", "I am the second."));
        gateway.post("/v2/agents", body("twin-c", "twin!").put("template", "I am the third."));
        assertThat(agent("twin-a").get("template").asText()).isEqualTo("I am the first.");
        assertThat(agent("twin-b").get("template").asText()).isEqualTo("I am the second.");
        assertThat(agent("twin-c").get("template").asText()).isEqualTo("I am the third.");
        gateway.delete("/v2/agents/twin-a");
        gateway.post("/v2/agents", body("twin-d", "Twin").put("template", "I am the fourth."));
        gateway.post("/v2/agents", body("twin-a", "Twin").put("template", "I am the first again."));
        assertThat(agent("twin-b").get("template").asText()).isEqualTo("I am the second.");
        assertThat(agent("twin-d").get("template").asText()).isEqualTo("I am the fourth.");
        assertThat(agent("twin-a").get("template").asText()).isEqualTo("I am the first again.");
        assertThat(List.of(promptOf("twin-a"), promptOf("twin-b"), promptOf("twin-c"), promptOf("twin-d")))
                .doesNotHaveDuplicates();
    }

    @Test
    void aPromptThatWasNeverAnAgentsIsNotOverwritten() {
        gateway.post(
                "/v2/prompts",
                Json.object().put("id", "library").put("name", "L").put("template", "From the library."));
        create("librarian", "Library");
        assertThat(gateway.get("/v2/prompts/library").json().get("template").asText())
                .isEqualTo("From the library.");
        assertThat(promptOf("librarian")).isEqualTo("library_librarian");
    }

    @Test
    void twentyCreatesOfOneIdMakeOneAgentAndOnePrompt() throws Exception {
        List<Integer> statuses = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Integer> create = () ->
                    gateway.post("/v2/agents", body("contested", "Contested")).status();
            for (Future<Integer> each : threads.invokeAll(Collections.nCopies(20, create))) {
                statuses.add(each.get());
            }
        }
        assertThat(statuses).filteredOn(status -> status == 201).hasSize(1);
        assertThat(statuses).filteredOn(status -> status == 409).hasSize(19);
        List<String> prompts = gateway.database()
                .with(handle -> handle.createQuery("SELECT id FROM prompts.prompts WHERE id LIKE 'contested%'")
                        .mapTo(String.class)
                        .list());
        assertThat(prompts).containsExactly("contested");
    }

    @Test
    void aChangedPromptIsSeenAtOnce() {
        create("fresh", "Fresh");
        gateway.put("/v2/prompts/fresh", Json.object().put("template", "Changed a moment ago."));
        assertThat(agent("fresh").get("template").asText()).isEqualTo("Changed a moment ago.");
        gateway.model().reply(Reply.text("ok"));
        gateway.chat("fresh", "Hi", body -> body.put("stream", false));
        assertThat(gateway.model()
                        .requests()
                        .getLast()
                        .body()
                        .at("/messages/0/content")
                        .asText())
                .isEqualTo("Changed a moment ago.");
    }

    @Test
    void configurationsAreReadWithDefaultsAndLeniency() {
        ObjectNode body = body("configured", "Configured");
        body.putObject("config")
                .put("enable_memory", "off")
                .put("num_history_runs", 7.0)
                .put("surplus", 1);
        gateway.post("/v2/agents", body);
        assertThat(agent("configured").get("config").toString())
                .isEqualTo(DEFAULTS.replace("_memory\":true", "_memory\":false").replace("runs\":3", "runs\":7"));
        ObjectNode wrong = body("wrong", "Wrong");
        wrong.putObject("config").put("num_history_runs", 1.5).putNull("enable_history");
        TestGateway.Answer answer = gateway.post("/v2/agents", wrong);
        assertProblem(answer, "bool_type", "body", "config", "enable_history");
        assertThat(answer.json().at("/detail/1/type").asText()).isEqualTo("int_from_float");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not json",
                "[]",
                "{\"enable_memory\":5}",
                "{\"num_history_runs\":1.5,\"enable_memory\":false}",
                "{\"enable_history\":\"perhaps\",\"enable_memory\":false}",
                "{\"model\":\"nobody-knows-it\",\"enable_memory\":false}",
                "{\"worker_config\":[],\"enable_memory\":false}",
                "",
            })
    void badStoredConfigurationsMeanAllDefaults(String stored) {
        if (gateway.get("/v2/agents/bad-config").status() == 404) {
            create("bad-config", "Bad Config");
        }
        sql("UPDATE agent_info SET config = :value WHERE id = :id", stored, "bad-config");
        assertThat(agent("bad-config").get("config").toString()).isEqualTo(DEFAULTS);
        assertThat(gateway.get("/v2/agents").status()).isEqualTo(200);
    }

    @Test
    void partialStoredConfigurationsAreCompleted() {
        create("partial-config", "Partial Config");
        sql(
                "UPDATE agent_info SET config = :value WHERE id = :id",
                "{\"enable_memory\":\"no\",\"unknown\":[1]}",
                "partial-config");
        assertThat(agent("partial-config").get("config").toString())
                .isEqualTo(DEFAULTS.replace("_memory\":true", "_memory\":false"));
    }

    /** The reference has no bounds, so its rows may hold anything. */
    @Test
    void numbersHaveNoBounds() {
        ObjectNode body = body("boundless", "Boundless");
        body.putObject("config").put("num_history_runs", 2_000_000_000).put("reasoning_max_steps", -5);
        gateway.post("/v2/agents", body);
        assertThat(agent("boundless").at("/config/num_history_runs").asInt()).isEqualTo(2_000_000_000);
        assertThat(agent("boundless").at("/config/reasoning_max_steps").asInt()).isEqualTo(-5);
        gateway.model().reply(Reply.text("1"), Reply.text("2"));
        for (int i = 0; i < 2; i++) {
            gateway.chat("boundless", "Hi", _ -> {});
        }
        assertThat(gateway.model().requests().getLast().body().get("messages")).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"not json", "{\"a\":1}", "[1]", "null"})
    void badStoredTagsBreakNothing(String stored) {
        if (gateway.get("/v2/agents/bad-tags").status() == 404) {
            create("bad-tags", "Bad Tags");
        }
        sql("UPDATE agent_info SET tags = :value WHERE id = :id", stored, "bad-tags");
        assertThat(agent("bad-tags").get("tags").toString()).isEqualTo("[]");
        assertThat(gateway.get("/v2/agents").status()).isEqualTo(200);
    }

    @Test
    void workerConfigurationsAreCheckedAndNeverShown() {
        ObjectNode body = body("worker", "Worker");
        ObjectNode worker = body.putObject("config").putObject("worker_config");
        worker.putArray("mcp_servers")
                .addObject()
                .put("name", "docs")
                .put("url", "http://127.0.0.1:1/")
                .putObject("headers")
                .put("Authorization", "secret-token");
        worker.putArray("hooks").addObject().put("event", "start").put("timeout", "5");
        assertThat(gateway.post("/v2/agents", body).status()).isEqualTo(201);
        assertThat(gateway.get("/v2/agents/worker").body()).doesNotContain("worker_config", "secret-token");
        JsonNode stored = storedConfig("worker");
        assertThat(stored.at("/worker_config/mcp_servers/0/type").asText()).isEqualTo("stdio");
        assertThat(stored.at("/worker_config/hooks/0/timeout").asInt()).isEqualTo(5);
        assertThat(stored.at("/worker_config/worker_pool").asText()).isEqualTo("linux_worker_pool");
        ObjectNode wrong = body("worker-2", "Worker 2");
        wrong.putObject("config")
                .putObject("worker_config")
                .putArray("mcp_servers")
                .addObject();
        assertProblem(
                gateway.post("/v2/agents", wrong),
                "missing",
                "body",
                "config",
                "worker_config",
                "mcp_servers",
                0,
                "name");
        assertThat(gateway.get("/v2/prompts/worker_2").status()).isEqualTo(404);
        ObjectNode change = Json.object();
        change.putObject("config").put("num_history_runs", 1);
        gateway.patch("/v2/agents/worker", change);
        assertThat(storedConfig("worker").toString()).contains("secret-token", "\"num_history_runs\":1");
    }

    @Test
    void patchChangesOnlyWhatIsSent() {
        ObjectNode body = body("patched", "Patched").put("description", "old");
        body.putArray("tags").add("one");
        body.putObject("config").put("num_history_runs", 9).put("model", "gpt-5.4");
        gateway.post("/v2/agents", body);
        JsonNode before = agent("patched");
        assertThat(gateway.patch("/v2/agents/patched", Json.object()).json()).isEqualTo(before);
        assertThat(gateway.get("/v2/prompts/patched").json().get("version").asInt())
                .isEqualTo(1);
        ObjectNode change = Json.object().putNull("description").putNull("name").putNull("template");
        change.putObject("config").put("enable_memory", false).putNull("model");
        JsonNode after = gateway.patch("/v2/agents/patched", change).json();
        assertThat(after.get("description").isNull()).isTrue();
        assertThat(after.get("name").asText()).isEqualTo("Patched");
        assertThat(after.get("tags").toString()).isEqualTo("[\"one\"]");
        assertThat(after.get("config").toString())
                .isEqualTo(DEFAULTS.replace("_memory\":true", "_memory\":false").replace("runs\":3", "runs\":9"));
        assertThat(gateway.patch("/v2/agents/patched", Json.object().putNull("tags"))
                        .json()
                        .get("tags")
                        .toString())
                .isEqualTo("[]");
        ObjectNode wrong = Json.object();
        wrong.putObject("config").putNull("num_history_runs");
        assertProblem(gateway.patch("/v2/agents/patched", wrong), "int_type", "body", "config", "num_history_runs");
    }

    @Test
    void aPatchedNameAndTemplateShowInTheNextRun() {
        create("renamed", "Before");
        gateway.patch("/v2/agents/renamed", Json.object().put("name", "After").put("template", "The new template."));
        gateway.model().reply(Reply.text("ok"));
        TestGateway.Answer answer = gateway.chat("renamed", "Hi", _ -> {});
        assertThat(answer.events().getFirst().get("agent_name").asText()).isEqualTo("After");
        assertThat(gateway.model()
                        .requests()
                        .getLast()
                        .body()
                        .at("/messages/0/content")
                        .asText())
                .isEqualTo("The new template.");
        JsonNode prompt = gateway.get("/v2/prompts/before").json();
        assertThat(prompt.get("version").asInt()).isEqualTo(2);
        ObjectNode tags = Json.object();
        tags.putArray("tags").add("agent_name: The Desk ");
        gateway.patch("/v2/agents/renamed", tags);
        gateway.model().reply(Reply.text("ok"));
        assertThat(gateway.chat("renamed", "Hi", _ -> {})
                        .events()
                        .getFirst()
                        .get("agent_name")
                        .asText())
                .isEqualTo("The Desk");
    }

    @Test
    void aSharedPromptIsCopiedWhenOneAgentChangesIt() {
        create("share-a", "Share A");
        create("share-b", "Share B");
        sql("UPDATE agent_info SET prompt_service_id = :value WHERE id = :id", "share_a", "share-b");
        gateway.patch("/v2/agents/share-b", Json.object().put("template", "Only for B."));
        assertThat(agent("share-a").get("template").asText()).isEqualTo(TEMPLATE);
        assertThat(agent("share-b").get("template").asText()).isEqualTo("Only for B.");
        sql("UPDATE agent_info SET prompt_service_id = :value WHERE id = :id", "share_a", "share-b");
        gateway.delete("/v2/agents/share-b");
        assertThat(agent("share-a").get("template").asText()).isEqualTo(TEMPLATE);
        gateway.delete("/v2/agents/share-a");
        assertThat(gateway.get("/v2/prompts/share_a").status()).isEqualTo(404);
    }

    @Test
    void seededAgentsHavePromptsAndCanChat() {
        for (String id : List.of(
                "demo-assistant",
                "demo-researcher",
                "customer-support-agent",
                "technical-writer-agent",
                "qa-testing-agent",
                "data-analyst-agent",
                "web-search-agent")) {
            assertThat(agent(id).get("template").asText()).as(id).hasSizeGreaterThan(100);
            gateway.model().reply(Reply.text("ok"));
            JsonNode answer =
                    gateway.chat(id, "Hi", body -> body.put("stream", false)).json();
            assertThat(answer.get("status").asText()).as(id).isEqualTo("COMPLETED");
        }
    }

    @Test
    void anAgentWhosePromptIsGoneIsListedWithoutTemplate() {
        create("promptless", "Promptless");
        gateway.delete("/v2/prompts/promptless");
        assertThat(agent("promptless").get("template").isNull()).isTrue();
        assertThat(agent("promptless").get("tags").isNull()).isTrue();
        assertDetail(
                gateway.chat("promptless", "Hi", _ -> {}), 500, "Failed to fetch prompt template for agent promptless");
        gateway.patch("/v2/agents/promptless", Json.object().put("template", "A new one."));
        assertThat(agent("promptless").get("template").asText()).isEqualTo("A new one.");
        assertThat(promptOf("promptless")).isEqualTo("promptless");
    }
}
