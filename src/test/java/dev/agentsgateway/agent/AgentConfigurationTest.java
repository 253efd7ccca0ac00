package dev.agentsgateway.agent;

import static dev.agentsgateway.agent.StoredAgents.DEFAULTS;
import static dev.agentsgateway.agent.StoredAgents.body;
import static dev.agentsgateway.app.Answers.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The configurations of agents as they are sent and as they may be stored. Every test uses agents of its own. */
class AgentConfigurationTest {
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

    private static JsonNode storedConfig(String agent) {
        String config = gateway.database()
                .with(handle -> handle.createQuery("SELECT config FROM agent_info WHERE id = :id")
                        .bind("id", agent)
                        .mapTo(String.class)
                        .one());
        return Json.read(config);
    }

    @Test
    void configurationsAreReadWithDefaultsAndLeniency() {
        ObjectNode body = body("configured", "Configured");
        body.putObject("config")
                .put("enable_memory", "off")
                .put("num_history_runs", 7.0)
                .put("surplus", 1);
        gateway.post("/v2/agents", body);
        assertThat(agents.read("configured").get("config").toString())
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
            agents.create("bad-config", "Bad Config");
        }
        agents.sql("UPDATE agent_info SET config = :value WHERE id = :id", stored, "bad-config");
        assertThat(agents.read("bad-config").get("config").toString()).isEqualTo(DEFAULTS);
        assertThat(gateway.get("/v2/agents").status()).isEqualTo(200);
    }

    @Test
    void partialStoredConfigurationsAreCompleted() {
        agents.create("partial-config", "Partial Config");
        agents.sql(
                "UPDATE agent_info SET config = :value WHERE id = :id",
                "{\"enable_memory\":\"no\",\"unknown\":[1]}",
                "partial-config");
        assertThat(agents.read("partial-config").get("config").toString())
                .isEqualTo(DEFAULTS.replace("_memory\":true", "_memory\":false"));
    }

    /** The reference has no bounds, so its rows may hold anything; we refuse steps of reasoning that cannot be. */
    @Test
    void storedNumbersHaveNoBounds() {
        gateway.post("/v2/agents", body("boundless", "Boundless"));
        agents.sql("UPDATE agent_info SET config = :value WHERE id = :id", "{\"reasoning_max_steps\":-5}", "boundless");
        ObjectNode change = Json.object();
        change.putObject("config").put("num_history_runs", 2_000_000_000);
        assertThat(gateway.patch("/v2/agents/boundless", change).status()).isEqualTo(200);
        assertThat(agents.read("boundless").at("/config/num_history_runs").asInt())
                .isEqualTo(2_000_000_000);
        assertThat(agents.read("boundless").at("/config/reasoning_max_steps").asInt())
                .isEqualTo(-5);
        gateway.model().reply(Reply.text("1"), Reply.text("2"));
        for (int i = 0; i < 2; i++) {
            gateway.chat("boundless", "Hi", _ -> {});
        }
        assertThat(gateway.model().requests().getLast().body().get("messages")).hasSize(4);
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
}
