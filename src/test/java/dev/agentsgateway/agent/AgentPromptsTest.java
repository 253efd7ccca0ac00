package dev.agentsgateway.agent;

import static dev.agentsgateway.agent.StoredAgents.TEMPLATE;
import static dev.agentsgateway.agent.StoredAgents.body;
import static dev.agentsgateway.app.Answers.assertDetail;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Agents and the prompts that hold their templates. Every test uses agents of its own. */
class AgentPromptsTest {
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

    @Test
    void agentsOfTheSameNameKeepTheirPrompts() {
        gateway.post("/v2/agents", body("twin-a", "Twin").put("template", "I am the first."));
        gateway.post("/v2/agents", body("twin-b", "Twin").put("template", "I am the second."));
        gateway.post("/v2/agents", body("twin-c", "twin!").put("template", "I am the third."));
        assertThat(agents.read("twin-a").get("template").asText()).isEqualTo("I am the first.");
        assertThat(agents.read("twin-b").get("template").asText()).isEqualTo("I am the second.");
        assertThat(agents.read("twin-c").get("template").asText()).isEqualTo("I am the third.");
        gateway.delete("/v2/agents/twin-a");
        gateway.post("/v2/agents", body("twin-d", "Twin").put("template", "I am the fourth."));
        gateway.post("/v2/agents", body("twin-a", "Twin").put("template", "I am the first again."));
        assertThat(agents.read("twin-b").get("template").asText()).isEqualTo("I am the second.");
        assertThat(agents.read("twin-d").get("template").asText()).isEqualTo("I am the fourth.");
        assertThat(agents.read("twin-a").get("template").asText()).isEqualTo("I am the first again.");
        assertThat(List.of(
                        agents.promptOf("twin-a"),
                        agents.promptOf("twin-b"),
                        agents.promptOf("twin-c"),
                        agents.promptOf("twin-d")))
                .doesNotHaveDuplicates();
    }

    @Test
    void aPromptThatWasNeverAnAgentsIsNotOverwritten() {
        gateway.post(
                "/v2/prompts",
                Json.object().put("id", "library").put("name", "L").put("template", "From the library."));
        agents.create("librarian", "Library");
        assertThat(gateway.get("/v2/prompts/library").json().get("template").asText())
                .isEqualTo("From the library.");
        assertThat(agents.promptOf("librarian")).isEqualTo("library_librarian");
    }

    @Test
    void aChangedPromptIsSeenAtOnce() {
        agents.create("fresh", "Fresh");
        gateway.put("/v2/prompts/fresh", Json.object().put("template", "Changed a moment ago."));
        assertThat(agents.read("fresh").get("template").asText()).isEqualTo("Changed a moment ago.");
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
    void aPatchedNameAndTemplateShowInTheNextRun() {
        agents.create("renamed", "Before");
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
        agents.create("share-a", "Share A");
        agents.create("share-b", "Share B");
        agents.sql("UPDATE agent_info SET prompt_service_id = :value WHERE id = :id", "share_a", "share-b");
        gateway.patch("/v2/agents/share-b", Json.object().put("template", "Only for B."));
        assertThat(agents.read("share-a").get("template").asText()).isEqualTo(TEMPLATE);
        assertThat(agents.read("share-b").get("template").asText()).isEqualTo("Only for B.");
        agents.sql("UPDATE agent_info SET prompt_service_id = :value WHERE id = :id", "share_a", "share-b");
        gateway.delete("/v2/agents/share-b");
        assertThat(agents.read("share-a").get("template").asText()).isEqualTo(TEMPLATE);
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
            assertThat(agents.read(id).get("template").asText()).as(id).hasSizeGreaterThan(100);
            gateway.model().reply(Reply.text("ok"));
            JsonNode answer =
                    gateway.chat(id, "Hi", body -> body.put("stream", false)).json();
            assertThat(answer.get("status").asText()).as(id).isEqualTo("COMPLETED");
        }
    }

    @Test
    void anAgentWhosePromptIsGoneIsListedWithoutTemplate() {
        agents.create("promptless", "Promptless");
        gateway.delete("/v2/prompts/promptless");
        assertThat(agents.read("promptless").get("template").isNull()).isTrue();
        assertThat(agents.read("promptless").get("tags").isNull()).isTrue();
        assertDetail(
                gateway.chat("promptless", "Hi", _ -> {}), 500, "Failed to fetch prompt template for agent promptless");
        gateway.patch("/v2/agents/promptless", Json.object().put("template", "A new one."));
        assertThat(agents.read("promptless").get("template").asText()).isEqualTo("A new one.");
        assertThat(agents.promptOf("promptless")).isEqualTo("promptless");
    }
}
