package dev.agentsgateway.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.common.Json;

/** Agents as tests make them, and what is stored of them. */
final class StoredAgents {
    static final String TEMPLATE = "You are a travel desk.";
    static final String DEFAULTS = "{\"enable_memory\":true,\"enable_history\":true,\"num_history_runs\":3,"
            + "\"enable_reasoning\":false,\"reasoning_min_steps\":1,\"reasoning_max_steps\":10}";

    private final TestGateway gateway;

    StoredAgents(TestGateway gateway) {
        this.gateway = gateway;
    }

    static ObjectNode body(String id, String name) {
        return Json.object().put("id", id).put("name", name).put("template", TEMPLATE);
    }

    void create(String id, String name) {
        TestGateway.Answer answer = gateway.post("/v2/agents", body(id, name));
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    }

    JsonNode read(String id) {
        return gateway.get("/v2/agents/" + id).json();
    }

    /** The id of its prompt. */
    String promptOf(String agent) {
        return gateway.database()
                .with(handle -> handle.createQuery("SELECT prompt_service_id FROM agent_info WHERE id = :id")
                        .bind("id", agent)
                        .mapTo(String.class)
                        .one());
    }

    /** @param statement names {@code :value} and, for the agent, {@code :id} */
    void sql(String statement, String value, String agent) {
        gateway.database()
                .with(handle -> handle.createUpdate(statement)
                        .bind("value", value)
                        .bind("id", agent)
                        .execute());
    }
}
