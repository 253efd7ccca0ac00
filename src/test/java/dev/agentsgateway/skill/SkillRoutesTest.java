package dev.agentsgateway.skill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.app.TestGateway.Answer;
import dev.agentsgateway.common.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code /v2/skills} (resources.md, 11 and 16.F). */
class SkillRoutesTest {
    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @BeforeEach
    void clear() {
        sql("DELETE FROM skills");
    }

    private static void sql(String statement) {
        gateway.database().with(handle -> handle.execute(statement));
    }

    private static ObjectNode body(String id) {
        return Json.object().put("id", id).put("name", "Name of " + id).put("instructions", "Do it.");
    }

    private static JsonNode create(String id) {
        Answer answer = gateway.post("/v2/skills", body(id));
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer.json();
    }

    private static List<String> names(String query) {
        List<String> names = new ArrayList<>();
        gateway.get("/v2/skills" + query)
                .json()
                .forEach(skill -> names.add(skill.get("id").asText()));
        return names;
    }

    @Test
    void aSkillIsCreatedAsTheReferenceDoes() {
        ObjectNode body =
                Json.object().put("id", "sum").put("name", "Summarise").put("instructions", "Keep it short.");
        body.put("category", "text").putArray("allowed_tools").add("search");
        Answer answer = gateway.post("/v2/skills", body);
        assertThat(answer.status()).isEqualTo(201);
        ObjectNode skill = (ObjectNode) answer.json();
        String made = skill.remove("created_at").asText();
        assertThat(made).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{6})?");
        assertThat(skill.remove("updated_at").asText()).isEqualTo(made);
        assertThat(skill).isEqualTo(Json.read("""
                        {"id":"sum","name":"Summarise","instructions":"Keep it short.","description":null,
                        "category":"text","references":null,"scripts":null,"allowed_tools":["search"],"tags":null,
                        "is_active":true}"""));
        assertThat(gateway.get("/v2/skills/sum").json()).isEqualTo(answer.json());
        Answer again = gateway.post("/v2/skills", body);
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.json()).isEqualTo(Json.read("{\"detail\":\"Skill sum already exists\"}"));
    }

    @Test
    void listsTellOfActiveSkillsByNameAndCategory() {
        gateway.post("/v2/skills", body("a").put("name", "Zebra").put("category", "text"));
        gateway.post("/v2/skills", body("b").put("name", "Ant").put("category", ""));
        gateway.post("/v2/skills", body("c").put("name", "Bee"));
        assertThat(gateway.get("/v2/skills").json().get(2))
                .isEqualTo(Json.read("{\"id\":\"a\",\"name\":\"Zebra\",\"description\":null,\"category\":\"text\","
                        + "\"tags\":null,\"is_active\":true}"));
        gateway.delete("/v2/skills/c");
        assertThat(names("")).containsExactly("b", "a");
        assertThat(names("?include_inactive=yes")).containsExactly("b", "c", "a");
        assertThat(names("?category=text")).containsExactly("a");
        assertThat(names("?category=tex")).isEmpty();
        assertThat(names("?category=")).containsExactly("b");
    }

    @Test
    void aChangeReplacesWhatIsGivenAndNothingElse() {
        ObjectNode body = body("s").put("description", "d");
        body.putArray("tags").add("t");
        JsonNode before = gateway.post("/v2/skills", body).json();
        JsonNode after = gateway.put(
                        "/v2/skills/s", Json.object().put("name", "N").putNull("description"))
                .json();
        assertThat(after.get("name").asText()).isEqualTo("N");
        assertThat(after.get("description").asText()).isEqualTo("d");
        assertThat(after.get("tags")).hasSize(1);
        assertThat(after.get("updated_at").asText())
                .isGreaterThan(before.get("updated_at").asText());
        assertThat(after.get("created_at")).isEqualTo(before.get("created_at"));
        for (String nothing : List.of("{}", "{\"name\":null}", "{\"name\":\"N\"}", "{\"id\":\"other\"}")) {
            assertThat(gateway.put("/v2/skills/s", Json.read(nothing)).json()).isEqualTo(after);
        }
    }

    @Test
    void anEmptyListReadsTheSameHoweverItWasSet() {
        ObjectNode body = body("s");
        body.putArray("tags");
        assertThat(gateway.post("/v2/skills", body).json().get("tags")).isEqualTo(Json.read("[]"));
        create("u");
        assertThat(gateway.put("/v2/skills/u", Json.read("{\"tags\":[],\"references\":[]}"))
                        .json()
                        .get("tags"))
                .isEqualTo(Json.read("[]"));
        assertThat(gateway.get("/v2/skills/u").json().get("references")).isEqualTo(Json.read("[]"));
    }

    @Test
    void aDeletedSkillIsGoneAndItsIdIsFree() {
        JsonNode first = create("s");
        gateway.put("/v2/skills/s", Json.read("{\"category\":\"c\"}"));
        Answer deleted = gateway.delete("/v2/skills/s");
        assertThat(deleted.status()).isEqualTo(204);
        assertThat(deleted.body()).isEmpty();
        for (Answer answer : List.of(
                gateway.get("/v2/skills/s"),
                gateway.delete("/v2/skills/s"),
                gateway.put("/v2/skills/s", Json.object()))) {
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.json().get("detail").asText()).isEqualTo("Skill s not found");
        }
        JsonNode revived = create("s");
        assertThat(revived.get("category").isNull()).isTrue();
        assertThat(revived.get("created_at")).isEqualTo(first.get("created_at"));
        assertThat(revived.get("updated_at").asText())
                .isGreaterThan(first.get("updated_at").asText());
    }

    @Test
    void whatDoesNotFitIsRefused() {
        record Wrong(String member, String value, String type) {}
        for (Wrong wrong : List.of(
                new Wrong("id", "\"" + "x".repeat(256) + "\"", "string_too_long"),
                new Wrong("name", "\"" + "x".repeat(256) + "\"", "string_too_long"),
                new Wrong("description", "\"" + "x".repeat(1001) + "\"", "string_too_long"),
                new Wrong("category", "\"" + "x".repeat(256) + "\"", "string_too_long"),
                new Wrong("instructions", "5", "string_type"),
                new Wrong("references", "[\"a\"]", "dict_type"),
                new Wrong("scripts", "{}", "list_type"),
                new Wrong("allowed_tools", "[1]", "string_type"),
                new Wrong("name", "\"a\\u0000b\"", null),
                new Wrong("instructions", "\"a\\u0000b\"", null),
                new Wrong("references", "[{\"name\":\"a\\u0000\"}]", null),
                new Wrong("tags", "[\"a\\u0000\"]", null))) {
            ObjectNode body = body("w");
            body.set(wrong.member(), Json.read(wrong.value()));
            Answer created = gateway.post("/v2/skills", body);
            assertThat(created.status()).as(wrong.toString()).isEqualTo(422);
            if (wrong.type() != null) {
                assertThat(created.json().at("/detail/0/type").asText()).isEqualTo(wrong.type());
                assertThat(created.json().at("/detail/0/loc/1").asText()).isEqualTo(wrong.member());
            }
            if (!wrong.member().equals("id")) {
                create("x");
                body.remove("id");
                assertThat(gateway.put("/v2/skills/x", body).status()).isEqualTo(422);
                sql("DELETE FROM skills");
            }
        }
        assertThat(gateway.get("/v2/skills/a%00").status()).isEqualTo(422);
        assertThat(gateway.get("/v2/skills?category=%00").status()).isEqualTo(422);
        assertThat(names("")).isEmpty();
    }

    @Test
    void storedTextOfAnyShapeIsRead() {
        int number = 0;
        for (String text : List.of("", "no json", "{}", "\"text\"", "5", "[1]", "[\"a\"]", "[{}]", "[null]", "[[]]")) {
            String id = "s" + number++;
            create(id);
            gateway.database()
                    .with(handle -> handle.execute(
                            "UPDATE skills SET \"references\" = ?, scripts = ?, allowed_tools = ?, tags = ? WHERE id = ?",
                            text,
                            text,
                            text,
                            text,
                            id));
            JsonNode skill = gateway.get("/v2/skills/" + id).json();
            assertThat(skill.get("tags")).isEqualTo(text.equals("[\"a\"]") ? Json.read(text) : Json.read("null"));
            assertThat(skill.get("allowed_tools")).isEqualTo(skill.get("tags"));
            assertThat(skill.get("references")).isEqualTo(text.equals("[{}]") ? Json.read(text) : Json.read("null"));
            assertThat(skill.get("scripts")).isEqualTo(skill.get("references"));
        }
        assertThat(names("")).hasSize(number);
    }

    @Test
    void ofManyCreationsOneSucceeds() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                answers.add(threads.submit(
                        () -> gateway.post("/v2/skills", body("race")).status()));
            }
            List<Integer> codes = new ArrayList<>();
            for (Future<Integer> answer : answers) {
                codes.add(answer.get());
            }
            assertThat(codes).containsOnly(201, 409).containsOnlyOnce(201);
        }
    }
}
