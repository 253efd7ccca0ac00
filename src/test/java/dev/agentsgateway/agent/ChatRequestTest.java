package dev.agentsgateway.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Usage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every member of a chat's body and what it changes. Every test uses an agent of its own. */
class ChatRequestTest {
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 1, 2, 3};
    private static final byte[] PDF = "%PDF-1.7 something".getBytes(StandardCharsets.US_ASCII);

    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static TestGateway.Answer chat(String agent, TestGateway.BodyChange change) {
        return gateway.chat(agent, "Hi", body -> {
            body.put("stream", false);
            change.apply(body);
        });
    }

    /** A chat that succeeds; what the model was asked. */
    private static JsonNode asked(String agent, TestGateway.BodyChange change) {
        gateway.model().reply(Reply.text("ok"));
        TestGateway.Answer answer = chat(agent, change);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().get("status").asText()).as(answer.body()).isEqualTo("COMPLETED");
        return gateway.model().requests().getLast().body();
    }

    private static void assertProblem(TestGateway.Answer answer, String type, Object... place) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(422);
        assertThat(answer.json().at("/detail/0/type").asText())
                .as(answer.body())
                .isEqualTo(type);
        assertThat(answer.json().at("/detail/0/loc")).isEqualTo(Json.MAPPER.valueToTree(place));
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
        assertProblem(chat("fits", body -> body.set(member, Json.read(value))), type, "body", member);
    }

    @Test
    void theModelErrorNamesTheElevenModels() {
        gateway.createAgent("eleven", "A template.");
        JsonNode problem =
                chat("eleven", body -> body.put("model", "unknown")).json().at("/detail/0");
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
        JsonNode asked = asked("nulls", body -> {
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
        assertThat(toolNames(asked)).hasSize(4);
    }

    @Test
    void profilesMustBeWhole() {
        gateway.createAgent("profiles", "A template.");
        TestGateway.Answer answer = chat("profiles", body -> {
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
                chat("lengths", body -> body.put("user_id", "u".repeat(256))), "string_too_long", "body", "user_id");
        assertProblem(
                chat("lengths", body -> body.put("session_id", "s".repeat(256))),
                "string_too_long",
                "body",
                "session_id");
        asked("lengths", body -> body.put("user_id", "u".repeat(255)).put("session_id", "s".repeat(255)));
    }

    // --- what the model is asked

    @Test
    void systemPromptReplacesTheTemplateForOneRun() {
        gateway.createAgent("own-system", "The template.");
        JsonNode asked = asked("own-system", body -> {
            body.put("system_prompt", "Speak {locale} to {user_name}.");
            body.set("user_profile", profile());
        });
        assertThat(asked.at("/messages/0/content").asText()).isEqualTo("Speak en to Zoë O'Neil.");
        assertThat(asked("own-system", _ -> {}).at("/messages/0/content").asText())
                .isEqualTo("The template.");
    }

    @Test
    void toolsNamesThoseThatAreOffered() {
        gateway.createAgent("few-tools", "A template.");
        assertThat(toolNames(asked(
                        "few-tools",
                        body -> body.putArray("tools")
                                .add("update_session_state")
                                .add("resolve_datetime"))))
                .containsExactly("resolve_datetime", "update_session_state");
        assertThat(asked("few-tools", body -> body.putArray("tools")).has("tools"))
                .isFalse();
        TestGateway.Answer unknown = chat(
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
        assertThat(toolNames(asked("bare", _ -> {}))).containsExactly("resolve_datetime", "update_session_state");
        assertProblem(
                chat("bare", body -> body.putArray("tools").add("update_user_memory")),
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
        assertThat(chat("models", _ -> {}).json().get("model").asText()).isEqualTo("gpt-5.4");
        assertThat(chat("models", body -> body.remove("model"))
                        .json()
                        .get("model")
                        .asText())
                .isEqualTo("claude-sonnet-4-6");
        gateway.createAgent("no-model", "A template.");
        gateway.model().reply(Reply.text("c"), Reply.text("d"));
        assertThat(chat("no-model", body -> body.remove("model"))
                        .json()
                        .get("model")
                        .asText())
                .isEqualTo("gemini-2.5-pro");
        assertThat(chat("no-model", body -> body.put("model", "openai/llama-3:8b"))
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
        JsonNode answer = chat("fallback", _ -> {}).json();
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
                id, body -> body.put("model", model).put("temperature", 0.25).put("max_tokens", 77));
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
        JsonNode without = asked("holes", body -> body.put("session_id", "s2"));
        assertThat(without.at("/messages/0/content").asText())
                .startsWith("None|None|None|")
                .endsWith("|None");
    }

    // --- attachments

    private static ObjectNode image(byte[] data, String type) {
        ObjectNode image = Json.object().put("content", Base64.getEncoder().encodeToString(data));
        return type == null ? image : image.put("mime_type", type);
    }

    @Test
    void attachmentsAreShownInTheReferencesOrderAndReplayed() {
        gateway.createAgent("media", "A template.");
        JsonNode asked = asked(
                "media",
                body -> body.putArray("images")
                        .add(image(PNG, "image/png"))
                        .add(image(PDF, "application/pdf; x=y"))
                        .add(image(PNG, null)));
        String png = "data:image/png;base64," + Base64.getEncoder().encodeToString(PNG);
        JsonNode parts = asked.at("/messages/1/content");
        assertThat(parts.findValuesAsText("type")).containsExactly("file", "text", "image_url", "image_url");
        assertThat(parts.at("/0/file/file_data").asText()).startsWith("data:application/pdf;base64,");
        assertThat(parts.at("/2/image_url/url").asText()).isEqualTo(png);
        assertThat(parts.at("/3/image_url/url").asText()).isEqualTo(png);
        JsonNode next = asked("media", body -> body.put("message", "And now?"));
        assertThat(next.at("/messages/1/content")).isEqualTo(parts);
        assertThat(next.at("/messages/3/content").asText()).isEqualTo("And now?");
        Integer stored = gateway.database()
                .with(handle -> handle.createQuery(
                                "SELECT count(*) FROM ai.attachments a JOIN ai.sessions s ON s.id = a.session"
                                        + " WHERE s.owner_id = 'media'")
                        .mapTo(Integer.class)
                        .one());
        assertThat(stored).isEqualTo(2);
    }

    @Test
    void dataUrlsAndUrlSafeBase64AreRead() {
        gateway.createAgent("data-urls", "A template.");
        byte[] bytes = {(byte) 0xff, (byte) 0xfe, (byte) 0xfb, 1};
        JsonNode asked = asked(
                "data-urls",
                body -> body.putArray("images")
                        .add(Json.object()
                                .put(
                                        "content",
                                        "data:image/jpg;base64,"
                                                + Base64.getUrlEncoder()
                                                        .withoutPadding()
                                                        .encodeToString(bytes))));
        assertThat(asked.at("/messages/1/content/1/image_url/url").asText())
                .isEqualTo("data:image/jpeg;base64," + Base64.getEncoder().encodeToString(bytes));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"content\":\"§$%&\",\"mime_type\":\"image/png\"}",
                "{\"content\":\"\",\"mime_type\":\"image/png\"}",
                "{\"content\":\"data:image/png;base64\"}",
                "{\"content\":\"A\"}",
            })
    void badBase64IsRefusedAtItsPlace(String image) {
        if (gateway.get("/v2/agents/bad-base64").status() == 404) {
            gateway.createAgent("bad-base64", "A template.");
        }
        for (boolean stream : new boolean[] {true, false}) {
            assertProblem(
                    gateway.chat(
                            "bad-base64",
                            "Hi",
                            body -> body.put("stream", stream)
                                    .putArray("images")
                                    .add(image(PNG, "image/png"))
                                    .add(Json.read(image))),
                    "value_error",
                    "body",
                    "images",
                    1,
                    "content");
        }
    }

    @Test
    void unknownTypesMissingContentAndTooManyAreRefused() {
        gateway.createAgent("bad-media", "A template.");
        assertProblem(
                chat("bad-media", body -> body.putArray("images").add(image(PNG, "image/tiff"))),
                "value_error",
                "body",
                "images",
                0,
                "mime_type");
        assertProblem(
                chat("bad-media", body -> body.putArray("images").add(image(new byte[] {1, 2, 3}, ""))),
                "value_error",
                "body",
                "images",
                0,
                "mime_type");
        assertProblem(
                chat("bad-media", body -> body.putArray("images").addObject()),
                "missing",
                "body",
                "images",
                0,
                "content");
        assertProblem(
                chat("bad-media", body -> {
                    var images = body.putArray("images");
                    for (int i = 0; i < 21; i++) {
                        images.add(image(PNG, null));
                    }
                }),
                "value_error",
                "body",
                "images");
        byte[] half = Arrays.copyOf(PNG, 11 << 20);
        assertProblem(
                chat(
                        "bad-media",
                        body -> body.putArray("images").add(image(half, null)).add(image(half, null))),
                "value_error",
                "body",
                "images",
                1,
                "content");
    }

    // --- accounting

    private record Row(
            String sessionId, String userId, String model, int prompt, int completion, int total, boolean estimated) {}

    private static List<Row> rows(String agent) {
        return gateway.database()
                .with(handle -> handle.createQuery("""
                        SELECT session_id, user_id, model, prompt_tokens, completion_tokens, total_tokens, is_estimated
                        FROM token_usage WHERE agent_id = :agent ORDER BY id
                        """)
                        .bind("agent", agent)
                        .map((row, _) -> new Row(
                                row.getString(1),
                                row.getString(2),
                                row.getString(3),
                                row.getInt(4),
                                row.getInt(5),
                                row.getInt(6),
                                row.getBoolean(7)))
                        .list());
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-5.4", "claude-sonnet-4-6", "gemini-2.5-pro"})
    void oneRowForEachChatStreamedOrNot(String model) {
        String id = "usage-" + model.replace('.', '-');
        gateway.createAgent(id, "A template.");
        Usage usage = new Usage(90, 20, 30, 0, 5, false);
        for (boolean stream : new boolean[] {true, false}) {
            gateway.model().reply(Reply.text("A", "nswer").usage(usage));
            gateway.chat(id, "Hi", body -> body.put("model", model).put("stream", stream));
        }
        Row row = new Row("s1", "u1", model, 90, 20, 110, false);
        assertThat(rows(id)).containsExactly(row, row);
    }

    @Test
    void toolTurnsAreAddedOnce() {
        gateway.createAgent("turns", "A template.");
        gateway.model()
                .reply(
                        Reply.toolCall("resolve_datetime", "{\"text\":\"2027-03-05\"}")
                                .usage(10, 1),
                        Reply.text("x").usage(20, 2));
        JsonNode answer = chat("turns", _ -> {}).json();
        assertThat(answer.at("/token_usage/total_tokens").asInt()).isEqualTo(33);
        assertThat(rows("turns")).containsExactly(new Row("s1", "u1", "gpt-5.4", 30, 3, 33, false));
    }

    @Test
    void whatTheVendorDoesNotCountIsEstimatedAndSaysSo() {
        gateway.createAgent("estimate", "x".repeat(40));
        for (boolean stream : new boolean[] {true, false}) {
            gateway.model().reply(Reply.text("y".repeat(20)).withoutUsage());
            gateway.chat(
                    "estimate",
                    "z".repeat(20),
                    body -> body.put("stream", stream).put("session_id", "e" + stream));
        }
        assertThat(rows("estimate"))
                .containsExactly(
                        new Row("etrue", "u1", "gpt-5.4", 15, 5, 20, true),
                        new Row("efalse", "u1", "gpt-5.4", 15, 5, 20, true));
        gateway.model().reply(Reply.text("y".repeat(20)).withoutUsage());
        JsonNode usage =
                chat("estimate", body -> body.put("session_id", "flag")).json().get("token_usage");
        assertThat(usage.get("is_estimated").asBoolean()).isTrue();
    }

    @Test
    void aRefusedCallCostsNothing() {
        gateway.createAgent("refused", "A template.");
        gateway.model().reply(Reply.error(400, "no"));
        chat("refused", _ -> {});
        assertThat(rows("refused")).isEmpty();
    }
}
