package dev.agentsgateway.agent;

import static dev.agentsgateway.agent.WholeChats.asked;
import static dev.agentsgateway.agent.WholeChats.chat;
import static dev.agentsgateway.app.Answers.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every member of a chat's body but its attachments, and what it changes. Every test uses an agent of its own. */
class ChatRequestTest {
    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static List<String> toolNames(JsonNode request) {
        List<String> names = new ArrayList<>();
        request.path("tools")
                .forEach(tool -> names.add(tool.at("/function/name").asText()));
        return names;
    }

    private static ObjectNode profile() {
        return Json.object()
                .put("profile_id", "p1")
                .put("email", "")
                .put("full_name", "Zoë O'Neil")
                .put("role", "r")
                .put("tenant_id", "t1");
    }

    // --- validation

    @Test
    void reportsWhatIsMissingInOrder() {
        gateway.createAgent("missing", "A template.");
        TestGateway.Answer answer = gateway.post("/v2/agents/missing/chat", Json.object());
        assertThat(answer.status()).isEqualTo(422);
        List<String> members = new ArrayList<>();
        answer.json().get("detail").forEach(problem -> {
            assertThat(problem.get("type").asText()).isEqualTo("missing");
            members.add(problem.at("/loc/1").asText());
        });
        assertThat(members).containsExactly("message", "user_id", "session_id", "timezone", "locale");
        assertProblem(
                gateway.send(
                        "POST",
                        "/v2/agents/missing/chat",
                        "",
                        Map.of("X-API-Key", gateway.apiKey(), "Content-Type", "application/json")),
                "missing",
                "body");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "stream|null|bool_type",
                "stream|\"perhaps\"|bool_parsing",
                "model|null|enum",
                "model|\"gpt4\"|enum",
                "model|\"invalid-model\"|enum",
                "model|\"GPT-5.4\"|enum",
                "model|5|enum",
                "message|5|string_type",
                "user_id|null|string_type",
                "temperature|\"warm\"|float_parsing",
                "temperature|2.1|less_than_equal",
                "temperature|-1|greater_than_equal",
                "max_tokens|1.5|int_from_float",
                "max_tokens|\"x\"|int_parsing",
                "max_tokens|0|greater_than_equal",
                "user_profile|[]|model_attributes_type",
                "images|{}|list_type",
                "tools|\"a\"|list_type",
            })
    void refusesWhatDoesNotFit(String member, String value, String type) {
        if (gateway.get("/v2/agents/fits").status() == 404) {
            gateway.createAgent("fits", "A template.");
        }
        assertProblem(chat(gateway, "fits", body -> body.set(member, Json.read(value))), type, "body", member);
    }

    @Test
    void theModelErrorNamesTheElevenModels() {
        gateway.createAgent("eleven", "A template.");
        JsonNode problem = chat(gateway, "eleven", body -> body.put("model", "unknown"))
                .json()
                .at("/detail/0");
        assertThat(problem.at("/ctx/expected").asText())
                .isEqualTo("'gpt-5.4', 'gpt-5.4-mini', 'gpt-5.4-nano', 'gemini-2.5-pro', 'gemini-2.5-flash',"
                        + " 'gemini-2.5-flash-lite', 'gemini-3.1-pro-preview', 'gemini-3-flash-preview',"
                        + " 'claude-opus-4-6', 'claude-sonnet-4-6' or 'claude-haiku-4-5-20251001'");
    }

    @Test
    void acceptsScalarsLeniently() {
        gateway.createAgent("lenient", "A template.");
        gateway.model().reply(Reply.text("ok"));
        TestGateway.Answer answer = gateway.chat(
                "lenient",
                "",
                body -> body.put("stream", "Off").put("temperature", "0.5").put("max_tokens", "7"));
        assertThat(answer.json().get("status").asText()).isEqualTo("COMPLETED");
        JsonNode asked = gateway.model().requests().getLast().body();
        assertThat(asked.get("temperature").asDouble()).isEqualTo(0.5);
        assertThat(asked.get("max_completion_tokens").asInt()).isEqualTo(7);
        assertThat(asked.at("/messages/1/content").asText()).isEmpty();
    }

    @Test
    void anExplicitNullIsAbsentForOptionalMembers() {
        gateway.createAgent("nulls", "A template.");
        JsonNode asked = asked(gateway, "nulls", body -> {
            for (String member : List.of(
                    "temperature",
                    "max_tokens",
                    "user_profile",
                    "tenant_profile",
                    "images",
                    "system_prompt",
                    "tools")) {
                body.putNull(member);
            }
        });
        assertThat(asked.has("temperature")).isFalse();
        assertThat(asked.at("/messages/0/content").asText()).isEqualTo("A template.");
        assertThat(toolNames(asked)).hasSize(5);
    }

    @Test
    void profilesMustBeWhole() {
        gateway.createAgent("profiles", "A template.");
        TestGateway.Answer answer = chat(gateway, "profiles", body -> {
            body.putObject("user_profile").put("email", "e");
            body.putObject("tenant_profile").put("tenant_id", "t").putNull("name");
        });
        List<String> places = new ArrayList<>();
        answer.json()
                .get("detail")
                .forEach(problem -> places.add(problem.get("loc").get(2).asText()));
        assertThat(places).containsExactly("profile_id", "full_name", "role", "tenant_id", "name", "website");
    }

    @Test
    void idsHaveALongestLength() {
        gateway.createAgent("lengths", "A template.");
        assertProblem(
                chat(gateway, "lengths", body -> body.put("user_id", "u".repeat(256))),
                "string_too_long",
                "body",
                "user_id");
        assertProblem(
                chat(gateway, "lengths", body -> body.put("session_id", "s".repeat(256))),
                "string_too_long",
                "body",
                "session_id");
        asked(gateway, "lengths", body -> body.put("user_id", "u".repeat(255)).put("session_id", "s".repeat(255)));
    }

    // --- what the model is asked

    @Test
    void systemPromptReplacesTheTemplateForOneRun() {
        gateway.createAgent("own-system", "The template.");
        JsonNode asked = asked(gateway, "own-system", body -> {
            body.put("system_prompt", "Speak {locale} to {user_name}.");
            body.set("user_profile", profile());
        });
        assertThat(asked.at("/messages/0/content").asText()).isEqualTo("Speak en to Zoë O'Neil.");
        assertThat(asked(gateway, "own-system", _ -> {})
                        .at("/messages/0/content")
                        .asText())
                .isEqualTo("The template.");
    }

    @Test
    void toolsNamesThoseThatAreOffered() {
        gateway.createAgent("few-tools", "A template.");
        assertThat(toolNames(asked(
                        gateway,
                        "few-tools",
                        body -> body.putArray("tools")
                                .add("update_session_state")
                                .add("resolve_datetime"))))
                .containsExactly("resolve_datetime", "update_session_state");
        assertThat(asked(gateway, "few-tools", body -> body.putArray("tools")).has("tools"))
                .isFalse();
        TestGateway.Answer unknown = chat(
                gateway,
                "few-tools",
                body -> body.putArray("tools").add("resolve_datetime").add("rm"));
        assertProblem(unknown, "value_error", "body", "tools", 1);
        assertThat(unknown.json().at("/detail/0/input").asText()).isEqualTo("rm");
    }

    @Test
    void theConfigurationDecidesAboutMemoryAndHistoryTools() {
        gateway.createAgent(
                "bare",
                "A template.",
                body -> body.putObject("config").put("enable_memory", false).put("enable_history", false));
        assertThat(toolNames(asked(gateway, "bare", _ -> {})))
                .containsExactly("resolve_datetime", "search_knowledge_base", "update_session_state");
        assertProblem(
                chat(gateway, "bare", body -> body.putArray("tools").add("update_user_memory")),
                "value_error",
                "body",
                "tools",
                0);
    }

    @Test
    void theModelIsTheRequestsElseTheAgentsElseTheGateways() {
        gateway.createAgent(
                "models", "A template.", body -> body.putObject("config").put("model", "claude-sonnet-4-6"));
        gateway.model().reply(Reply.text("a"), Reply.text("b"));
        assertThat(chat(gateway, "models", _ -> {}).json().get("model").asText())
                .isEqualTo("gpt-5.4");
        assertThat(chat(gateway, "models", body -> body.remove("model"))
                        .json()
                        .get("model")
                        .asText())
                .isEqualTo("claude-sonnet-4-6");
        gateway.createAgent("no-model", "A template.");
        gateway.model().reply(Reply.text("c"), Reply.text("d"));
        assertThat(chat(gateway, "no-model", body -> body.remove("model"))
                        .json()
                        .get("model")
                        .asText())
                .isEqualTo("gemini-2.5-pro");
        assertThat(chat(gateway, "no-model", body -> body.put("model", "openai/llama-3:8b"))
                        .json()
                        .get("model")
                        .asText())
                .isEqualTo("openai/llama-3:8b");
        assertThat(gateway.model().requests().getLast().body().get("model").asText())
                .isEqualTo("llama-3:8b");
        try (TestGateway other = TestGateway.start(Map.of("DEFAULT_MODEL", "gpt-5.4-mini"))) {
            other.createAgent("a", "A template.");
            other.model().reply(Reply.text("e"));
            TestGateway.Answer answer =
                    other.chat("a", "Hi", body -> body.put("stream", false).remove("model"));
            assertThat(answer.json().get("model").asText()).isEqualTo("gpt-5.4-mini");
        }
    }

    @Test
    void fallbackModelsAnswerWhenTheFirstGivesNothing() {
        gateway.createAgent(
                "fallback",
                "A template.",
                body -> body.putObject("config").putArray("fallback_models").add("claude-sonnet-4-6"));
        gateway.model().reply(Reply.error(429, "quota").errorCode("insufficient_quota"), Reply.text("from the second"));
        JsonNode answer = chat(gateway, "fallback", _ -> {}).json();
        assertThat(answer.get("content").asText()).isEqualTo("from the second");
        assertThat(answer.at("/token_usage/details/model/0/id").asText()).isEqualTo("claude-sonnet-4-6");
        assertThat(gateway.model().requests().getLast().path()).endsWith("/v1/messages");
        ObjectNode wrong = Json.object().put("id", "f2").put("name", "f2").put("template", "A template.");
        wrong.putObject("config").putArray("fallback_models").add("nonsense");
        assertProblem(gateway.post("/v2/agents", wrong), "enum", "body", "config", "fallback_models", 0);
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-5.4,/temperature,/max_completion_tokens",
        "claude-sonnet-4-6,/temperature,/max_tokens",
        "gemini-2.5-pro,/generationConfig/temperature,/generationConfig/maxOutputTokens"
    })
    void temperatureAndMaxTokensReachEveryVendor(String model, String temperature, String maxTokens) {
        String id = "sampling-" + model.replace('.', '-');
        gateway.createAgent(id, "A template.");
        JsonNode asked = asked(
                gateway,
                id,
                body -> body.put("model", model).put("temperature", 0.25).put("max_tokens", 77));
        assertThat(asked.at(temperature).asDouble()).as(asked.toString()).isEqualTo(0.25);
        assertThat(asked.at(maxTokens).asInt()).as(asked.toString()).isEqualTo(77);
    }

    @Test
    void placeholdersAreFilledInTemplateAndMessage() {
        gateway.createAgent(
                "holes",
                "{user_name}|${user_name}|$user_name|$$user_name|{timezone}|{locale}|{user_id}|{current_user_id}|"
                        + "{current_session_id}|{unknown}|$unknown|$$5|{\"a\": {locale}}|{user_profile_json}");
        JsonNode asked = asked(
                gateway,
                "holes",
                body -> body.put("message", "I am {user_name}, pay $$5 to $user_name")
                        .put("timezone", "Europe/Berlin")
                        .set("user_profile", profile()));
        assertThat(asked.at("/messages/0/content").asText())
                .isEqualTo(
                        "Zoë O'Neil|Zoë O'Neil|Zoë O'Neil|$user_name|Europe/Berlin|en|u1|u1|s1|{unknown}|$unknown|$5|"
                                + "{\"a\": en}|{\"profile_id\":\"p1\",\"email\":\"\",\"full_name\":\"Zoë O'Neil\",\"role\":\"r\","
                                + "\"tenant_id\":\"t1\",\"department\":null,\"skills\":null,\"tools\":null}");
        assertThat(asked.at("/messages/1/content").asText()).isEqualTo("I am Zoë O'Neil, pay $5 to Zoë O'Neil");
        JsonNode without = asked(gateway, "holes", body -> body.put("session_id", "s2"));
        assertThat(without.at("/messages/0/content").asText())
                .startsWith("None|None|None|")
                .endsWith("|None");
    }
}
