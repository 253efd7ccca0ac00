package dev.agentsgateway.agent;

import static dev.agentsgateway.agent.StoredAgents.DEFAULTS;
import static dev.agentsgateway.agent.StoredAgents.body;
import static dev.agentsgateway.app.Answers.assertDetail;
import static dev.agentsgateway.app.Answers.assertProblem;
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
    private static TestGateway gateway;
    private static StoredAgents agents;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
        agents = new StoredAgents(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static List<String> ids(JsonNode agents) {
        List<String> ids = new ArrayList<>();
        agents.forEach(agent -> ids.add(agent.get("id").asText()));
        return ids;
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
        assertThat(agents.promptOf("full-desk")).isEqualTo("full_desk");
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
        assertThat(agents.read("no-tags").get("tags").toString()).isEqualTo("[]");
        ObjectNode prompt = Json.object();
        prompt.putArray("tags").add("of the prompt");
        gateway.put("/v2/prompts/no_tags", prompt);
        assertThat(agents.read("no-tags").get("tags").toString()).isEqualTo("[\"of the prompt\"]");
    }

    @Test
    void checksInTheReferencesOrder() {
        agents.create("order", "Order");
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
        agents.create("büro-1_ß", "Unicode letters");
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
        assertThat(agents.read("nameless").get("template").asText()).isEmpty();
        assertThat(agents.promptOf("nameless")).isEqualTo("nameless");
        gateway.model().reply(Reply.text("ok"));
        assertThat(gateway.chat("nameless", "Hi", body -> body.put("stream", false))
                        .json()
                        .get("status")
                        .asText())
                .isEqualTo("COMPLETED");
    }

    @Test
    void listsByName() {
        agents.create("zz-2", "List Beta");
        agents.create("zz-1", "List Beta");
        agents.create("zz-3", "List Alpha");
        assertThat(ids(gateway.get("/v2/agents").json()))
                .containsSubsequence("zz-3", "zz-1", "zz-2", "qa-testing-agent");
    }

    @Test
    void batchSkipsTheUnknownAndCollapsesDuplicates() {
        agents.create("batch-b", "Batch B");
        agents.create("batch-a", "Batch A");
        agents.create("batch-gone", "Batch Gone");
        gateway.delete("/v2/agents/batch-gone");
        ObjectNode body = Json.object();
        body.putArray("agent_ids")
                .add("batch-b")
                .add("nobody")
                .add("batch-a")
                .add("batch-b")
                .add("batch-gone");
        JsonNode found = gateway.post("/v2/agents/batch", body).json();
        assertThat(ids(found)).containsExactly("batch-a", "batch-b");
        assertThat(found.get(0)).isEqualTo(agents.read("batch-a"));
        body.putArray("agent_ids");
        assertThat(gateway.post("/v2/agents/batch", body).body()).isEqualTo("[]");
        body.putArray("agent_ids").add("nobody");
        assertThat(gateway.post("/v2/agents/batch", body).body()).isEqualTo("[]");
        agents.create("batch", "An agent may be called batch");
        assertThat(agents.read("batch").get("id").asText()).isEqualTo("batch");
    }

    @Test
    void whatIsMissingOrDeletedIsNotFound() {
        agents.create("short-lived", "Short Lived");
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
        agents.create("phoenix", "Phoenix");
        gateway.delete("/v2/agents/phoenix");
        ObjectNode again = body("phoenix", "Phoenix the Second").put("template", "Risen from the ashes.");
        again.putObject("config").put("num_history_runs", 1);
        assertThat(gateway.post("/v2/agents", again).status()).isEqualTo(201);
        assertThat(agents.promptOf("phoenix")).isEqualTo("phoenix");
        JsonNode agent = agents.read("phoenix");
        assertThat(agent.get("name").asText()).isEqualTo("Phoenix the Second");
        assertThat(agent.get("template").asText()).isEqualTo("Risen from the ashes.");
        assertThat(agent.at("/config/num_history_runs").asInt()).isEqualTo(1);
        JsonNode prompt = gateway.get("/v2/prompts/phoenix").json();
        assertThat(prompt.get("version").asInt()).isEqualTo(2);
        assertThat(prompt.get("name").asText()).isEqualTo("Phoenix the Second");
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

    @ParameterizedTest
    @ValueSource(strings = {"not json", "{\"a\":1}", "[1]", "null"})
    void badStoredTagsBreakNothing(String stored) {
        if (gateway.get("/v2/agents/bad-tags").status() == 404) {
            agents.create("bad-tags", "Bad Tags");
        }
        agents.sql("UPDATE agent_info SET tags = :value WHERE id = :id", stored, "bad-tags");
        assertThat(agents.read("bad-tags").get("tags").toString()).isEqualTo("[]");
        assertThat(gateway.get("/v2/agents").status()).isEqualTo(200);
    }

    @Test
    void patchChangesOnlyWhatIsSent() {
        ObjectNode body = body("patched", "Patched").put("description", "old");
        body.putArray("tags").add("one");
        body.putObject("config").put("num_history_runs", 9).put("model", "gpt-5.4");
        gateway.post("/v2/agents", body);
        JsonNode before = agents.read("patched");
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
}
