package dev.agentsgateway.agent;

import static dev.agentsgateway.app.Answers.assertDetail;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Agents that pin a version of their prompt, or follow a label. Every test uses agents of its own. */
class AgentPinsTest {
    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static TestGateway.Answer configure(String agent, String config) {
        return gateway.patch("/v2/agents/" + agent, Json.object().set("config", Json.read(config)));
    }

    private static String asked(String agent) {
        gateway.model().reply(Reply.text("ok"));
        TestGateway.Answer answer = gateway.chat(agent, "Hi", body -> body.put("stream", false));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return gateway.model()
                .requests()
                .getLast()
                .body()
                .at("/messages/0/content")
                .asText();
    }

    private static void change(String prompt, String template) {
        assertThat(gateway.put("/v2/prompts/" + prompt, Json.object().put("template", template))
                        .status())
                .isEqualTo(200);
    }

    private static TestGateway.Answer label(String prompt, String label, int version) {
        return gateway.put(
                "/v2/prompts/" + prompt + "/labels/" + label, Json.object().put("version", version));
    }

    private static String place(TestGateway.Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(422);
        return answer.json().at("/detail/0/loc").toString();
    }

    @Test
    void aPinnedVersionStaysWhateverChanges() {
        gateway.createAgent(
                "pinned",
                "The first template.",
                body -> body.putObject("config").put("prompt_version", 1));
        change("pinned", "The second template.");
        assertThat(asked("pinned")).isEqualTo("The first template.");
        JsonNode shown = gateway.get("/v2/agents/pinned").json();
        assertThat(shown.get("template").asText()).isEqualTo("The first template.");
        assertThat(shown.at("/config/prompt_version").asInt()).isEqualTo(1);
        gateway.patch("/v2/agents/pinned", Json.object().put("template", "The third template."));
        assertThat(asked("pinned")).isEqualTo("The first template.");
        configure("pinned", "{\"prompt_version\":2}");
        assertThat(asked("pinned")).isEqualTo("The second template.");
        configure("pinned", "{\"prompt_version\":null}");
        assertThat(asked("pinned")).isEqualTo("The third template.");
        JsonNode versions = gateway.get("/v2/prompts/pinned/versions").json().get("versions");
        assertThat(versions).hasSize(3);
        assertThat(versions.at("/0/created_by_key").asInt()).isPositive();
    }

    @Test
    void aLabelIsFollowedWhereverItPoints() {
        gateway.createAgent("follows", "The first template.");
        change("follows", "The second template.");
        label("follows", "production", 1);
        assertThat(configure("follows", "{\"prompt_label\":\"production\"}").status())
                .isEqualTo(200);
        assertThat(asked("follows")).isEqualTo("The first template.");
        label("follows", "production", 2);
        assertThat(asked("follows")).isEqualTo("The second template.");
        change("follows", "The third template.");
        assertThat(asked("follows")).isEqualTo("The second template.");
    }

    @Test
    void aLabelThatIsGoneLeavesNoPrompt() {
        gateway.createAgent("orphan", "The first template.");
        label("orphan", "production", 1);
        configure("orphan", "{\"prompt_label\":\"production\"}");
        gateway.delete("/v2/prompts/orphan/labels/production");
        assertDetail(gateway.chat("orphan", "Hi", _ -> {}), 500, "Failed to fetch prompt template for agent orphan");
        assertThat(gateway.get("/v2/agents/orphan").json().get("template").isNull())
                .isTrue();
        assertThat(gateway.patch("/v2/agents/orphan", Json.object().put("name", "Still to be changed"))
                        .status())
                .isEqualTo(200);
        label("orphan", "production", 1);
        assertThat(asked("orphan")).isEqualTo("The first template.");
    }

    @Test
    void whatThePromptDoesNotHaveIsRefused() {
        ObjectNode body =
                Json.object().put("id", "refused").put("name", "Refused").put("template", "T");
        body.putObject("config").put("prompt_version", 2);
        assertThat(place(gateway.post("/v2/agents", body))).isEqualTo("[\"body\",\"config\",\"prompt_version\"]");
        body.putObject("config").put("prompt_label", "production");
        assertThat(place(gateway.post("/v2/agents", body))).isEqualTo("[\"body\",\"config\",\"prompt_label\"]");
        body.putObject("config").put("prompt_label", "production").put("prompt_version", 1);
        assertThat(place(gateway.post("/v2/agents", body))).isEqualTo("[\"body\",\"config\",\"prompt_label\"]");
        assertThat(gateway.get("/v2/agents/refused").status()).isEqualTo(404);
        assertThat(gateway.get("/v2/prompts/refused").status())
                .as("nothing is left")
                .isEqualTo(404);

        gateway.createAgent("keeps", "The first template.");
        assertThat(place(configure("keeps", "{\"prompt_version\":7}")))
                .isEqualTo("[\"body\",\"config\",\"prompt_version\"]");
        assertThat(place(configure("keeps", "{\"prompt_label\":\"none\"}")))
                .isEqualTo("[\"body\",\"config\",\"prompt_label\"]");
        configure("keeps", "{\"prompt_version\":1}");
        label("keeps", "production", 1);
        assertThat(place(configure("keeps", "{\"prompt_label\":\"production\"}")))
                .isEqualTo("[\"body\",\"config\",\"prompt_label\"]");
        assertThat(configure("keeps", "{\"prompt_label\":\"production\",\"prompt_version\":null}")
                        .status())
                .isEqualTo(200);
    }
}
