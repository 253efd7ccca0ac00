package dev.agentsgateway.prompt;

import static dev.agentsgateway.app.Answers.assertDetail;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.common.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code contract/resources.md} 8.3, over real HTTP. Every test uses ids of its own. */
class PromptRoutesTest {
    private static final String TEMPLATE = "Hello {name}, how can I help?";

    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static ObjectNode body(String id, String template) {
        return Json.object().put("id", id).put("name", "Greeter").put("template", template);
    }

    private static TestGateway.Answer create(String id) {
        TestGateway.Answer answer = gateway.post("/v2/prompts", body(id, TEMPLATE));
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer;
    }

    private static List<String> ids(JsonNode prompts) {
        List<String> ids = new ArrayList<>();
        prompts.forEach(prompt -> ids.add(prompt.get("id").asText()));
        return ids;
    }

    @Test
    void createsAPromptWithAllMembersInOrder() {
        ObjectNode body = body("greeter", TEMPLATE);
        body.putArray("tags").add("demo");
        body.putArray("tools")
                .addObject()
                .put("name", "t")
                .putObject("parameters")
                .put("deep", 1);
        JsonNode prompt = gateway.post("/v2/prompts", body).json();
        assertThat(prompt.fieldNames())
                .toIterable()
                .containsExactly(
                        "id",
                        "name",
                        "template",
                        "description",
                        "tags",
                        "tools",
                        "version",
                        "created_at",
                        "updated_at",
                        "is_active");
        assertThat(prompt.get("description").isNull()).isTrue();
        assertThat(prompt.get("tags").toString()).isEqualTo("[\"demo\"]");
        assertThat(prompt.get("tools").toString()).isEqualTo("[{\"name\":\"t\",\"parameters\":{\"deep\":1}}]");
        assertThat(prompt.get("version").asInt()).isEqualTo(1);
        assertThat(prompt.get("is_active").asBoolean()).isTrue();
        assertThat(prompt.get("created_at").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{6})?");
        assertThat(gateway.get("/v2/prompts/greeter").json()).isEqualTo(prompt);
    }

    @Test
    void emptyTagsAndToolsReadAsEmptyArrays() {
        ObjectNode body = body("no-tags", TEMPLATE);
        body.putArray("tags");
        body.putNull("tools");
        JsonNode prompt = gateway.post("/v2/prompts", body).json();
        assertThat(prompt.get("tags").toString()).isEqualTo("[]");
        assertThat(prompt.get("tools").toString()).isEqualTo("[]");
    }

    @Test
    void aTakenIdComesBeforeABadTemplate() {
        create("taken");
        assertDetail(
                gateway.post("/v2/prompts", body("taken", TEMPLATE)), 409, "Prompt with id 'taken' already exists");
        assertDetail(gateway.post("/v2/prompts", body("taken", "")), 409, "Prompt with id 'taken' already exists");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'  '|Template cannot be empty",
                "short|Template is too short (minimum 10 characters)",
                "long enough {a|Unmatched braces: 1 opening, 0 closing",
                "{a|'Unmatched braces: 1 opening, 0 closing, Template is too short (minimum 10 characters)'",
            })
    void refusesBadTemplates(String template, String problem) {
        assertDetail(gateway.post("/v2/prompts", body("bad-template", template)), 400, "Invalid template: " + problem);
        assertDetail(
                gateway.put("/v2/prompts/there-is-none", Json.object().put("template", template)),
                400,
                "Invalid template: " + problem);
        assertThat(gateway.get("/v2/prompts/bad-template").status()).isEqualTo(404);
    }

    @Test
    void normalisesTemplates() {
        String given = "\n\n  Dear {name},  \n\n    indented\t\n\n \n";
        JsonNode prompt = gateway.post("/v2/prompts", body("normal", given)).json();
        assertThat(prompt.get("template").asText()).isEqualTo("Dear {name},\n\n    indented");
    }

    @Test
    void refusesIdsThatCannotBeAddressedOrStored() {
        assertDetail(gateway.post("/v2/prompts", body("a/b", TEMPLATE)), 400, "Prompt id must not contain '/'");
        assertThat(gateway.post("/v2/prompts", body("", TEMPLATE))
                        .json()
                        .at("/detail/0/type")
                        .asText())
                .isEqualTo("string_too_short");
        assertThat(gateway.post("/v2/prompts", body("x".repeat(256), TEMPLATE))
                        .json()
                        .at("/detail/0/type")
                        .asText())
                .isEqualTo("string_too_long");
        assertThat(gateway.post("/v2/prompts", body("nul", "ten characters \0")).status())
                .isEqualTo(422);
    }

    @Test
    void oddIdsAreFoundWhenEncoded() {
        create("a b?c:d ü");
        assertThat(gateway.get("/v2/prompts/a%20b%3Fc%3Ad%20%C3%BC")
                        .json()
                        .get("id")
                        .asText())
                .isEqualTo("a b?c:d ü");
    }

    @Test
    void listsTheNewestFirst() {
        create("list-1");
        create("list-2");
        JsonNode list = gateway.get("/v2/prompts").json();
        assertThat(list.fieldNames()).toIterable().containsExactly("prompts", "total");
        assertThat(list.get("total").asInt()).isEqualTo(list.get("prompts").size());
        assertThat(ids(list.get("prompts"))).containsSubsequence("list-2", "list-1", "demo-assistant");
    }

    @Test
    void changesWhatIsSentAndCountsVersions() {
        create("change");
        JsonNode named = gateway.put("/v2/prompts/change", Json.object().put("name", "Other"))
                .json();
        assertThat(named.get("name").asText()).isEqualTo("Other");
        assertThat(named.get("template").asText()).isEqualTo(TEMPLATE);
        assertThat(named.get("version").asInt()).isEqualTo(2);
        gateway.put("/v2/prompts/change", (ObjectNode) Json.read("{\"tags\":[\"t\"]}"));
        ObjectNode tags = Json.object().putNull("template").putNull("name");
        tags.putArray("tags");
        JsonNode emptied = gateway.put("/v2/prompts/change", tags).json();
        assertThat(emptied.get("tags")).isEmpty();
        assertThat(emptied.get("name").asText()).isEqualTo("Other");
        assertThat(emptied.get("version").asInt()).isEqualTo(4);
        assertThat(emptied.get("updated_at").asText())
                .isGreaterThan(named.get("created_at").asText());
    }

    @Test
    void aChangeOfNothingChangesNothing() {
        JsonNode created = create("unchanged").json();
        assertThat(gateway.put("/v2/prompts/unchanged", Json.object()).json()).isEqualTo(created);
    }

    @Test
    void anEmptyTemplateIsRefusedOnChange() {
        create("keeps-template");
        assertDetail(
                gateway.put("/v2/prompts/keeps-template", Json.object().put("template", "")),
                400,
                "Invalid template: Template cannot be empty");
        assertThat(gateway.get("/v2/prompts/keeps-template")
                        .json()
                        .get("template")
                        .asText())
                .isEqualTo(TEMPLATE);
    }

    @Test
    void whatIsMissingIsNotFound() {
        String detail = "Prompt 'nobody' not found";
        assertDetail(gateway.get("/v2/prompts/nobody"), 404, detail);
        assertDetail(gateway.put("/v2/prompts/nobody", Json.object().put("name", "n")), 404, detail);
        assertDetail(gateway.put("/v2/prompts/nobody", Json.object()), 404, detail);
        assertDetail(gateway.delete("/v2/prompts/nobody"), 404, detail);
    }

    @Test
    void aDeletedIdCanBeUsedAgain() {
        create("reborn");
        TestGateway.Answer deleted = gateway.delete("/v2/prompts/reborn");
        assertThat(deleted.status()).isEqualTo(200);
        assertThat(deleted.body()).isEqualTo("{\"message\":\"Prompt deleted successfully\",\"id\":\"reborn\"}");
        assertThat(gateway.get("/v2/prompts/reborn").status()).isEqualTo(404);
        assertThat(gateway.delete("/v2/prompts/reborn").status()).isEqualTo(404);
        assertThat(ids(gateway.get("/v2/prompts").json().get("prompts"))).doesNotContain("reborn");
        JsonNode again = create("reborn").json();
        assertThat(again.get("version").asInt()).isEqualTo(2);
    }

    @Test
    void thePromptOfAnAgentCanBeDeletedAndMadeAgain() {
        gateway.createAgent("loses-prompt", "The first template.");
        gateway.delete("/v2/prompts/loses_prompt");
        assertThat(gateway.get("/v2/agents/loses-prompt").json().get("template").isNull())
                .isTrue();
        create("loses_prompt");
        assertThat(gateway.get("/v2/agents/loses-prompt").json().get("template").asText())
                .isEqualTo(TEMPLATE);
    }

    @Test
    void badStoredTagsBreakNothing() {
        create("bad-tags");
        for (String stored : List.of("not json", "{\"a\":1}", "[1,2]", "null", "")) {
            gateway.database()
                    .with(handle -> handle.createUpdate(
                                    "UPDATE prompts.prompts SET tags = :bad, tools = :bad WHERE id = 'bad-tags'")
                            .bind("bad", stored)
                            .execute());
            TestGateway.Answer one = gateway.get("/v2/prompts/bad-tags");
            assertThat(one.status()).isEqualTo(200);
            assertThat(one.json().get("tags")).isEmpty();
            assertThat(gateway.get("/v2/prompts").status()).isEqualTo(200);
        }
    }
}
