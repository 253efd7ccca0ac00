package dev.agentsgateway.prompt;

import static dev.agentsgateway.app.Answers.assertDetail;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.common.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Versions, labels and rendering of prompts, over real HTTP. Every test uses prompts of its own. */
class PromptVersionsTest {
    private static final String FIRST = "You are a porter.\nBe kind.\nBe brief.";

    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static String create(String id) {
        TestGateway.Answer answer = gateway.post(
                "/v2/prompts", Json.object().put("id", id).put("name", "Porter").put("template", FIRST));
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return "/v2/prompts/" + id;
    }

    private static JsonNode change(String path, String template) {
        return gateway.put(path, Json.object().put("template", template)).json();
    }

    private static List<Integer> numbers(JsonNode page) {
        List<Integer> numbers = new ArrayList<>();
        page.get("versions").forEach(each -> numbers.add(each.get("version").asInt()));
        return numbers;
    }

    @Test
    void everyChangeIsAVersionThatNeverChanges() {
        String path = create("history");
        change(path, "You are a doorman.\nBe kind.");
        ObjectNode tagged = Json.object().put("description", "At the door");
        tagged.putArray("tags").add("door");
        gateway.put(path, tagged);
        change(path, "You are a doorman.\nBe kind.");

        JsonNode list = gateway.get(path + "/versions").json();
        assertThat(numbers(list)).containsExactly(3, 2, 1);
        assertThat(list.get("next_cursor").isNull()).isTrue();
        assertThat(list.at("/versions/0").has("template")).isFalse();
        assertThat(list.at("/versions/0/tags/0").asText()).isEqualTo("door");
        assertThat(list.at("/versions/0/created_by_key").asInt()).isPositive();

        JsonNode first = gateway.get(path + "/versions/1").json();
        assertThat(first.get("template").asText()).isEqualTo(FIRST);
        assertThat(first.get("description").isNull()).isTrue();
        assertThat(first.get("prompt_id").asText()).isEqualTo("history");
        assertDetail(gateway.get(path + "/versions/9"), 404, "Version 9 of prompt 'history' not found");
        assertDetail(gateway.get("/v2/prompts/none/versions/1"), 404, "Prompt 'none' not found");
        assertThat(gateway.get(path + "/versions/x").status()).isEqualTo(422);
        Assertions.assertThatThrownBy(() -> gateway.database()
                        .with(handle -> handle.execute("UPDATE prompts.prompt_versions SET template = 'forged'")))
                .hasMessageContaining("a version of a prompt never changes");
    }

    @Test
    void versionsComeInPages() {
        String path = create("pages");
        for (int i = 2; i <= 5; i++) {
            change(path, "Template number " + i);
        }
        JsonNode first = gateway.get(path + "/versions?limit=2").json();
        assertThat(numbers(first)).containsExactly(5, 4);
        JsonNode second = gateway.get(path + "/versions?limit=2&cursor="
                        + first.get("next_cursor").asInt())
                .json();
        assertThat(numbers(second)).containsExactly(3, 2);
        JsonNode last = gateway.get(path + "/versions?limit=2&cursor="
                        + second.get("next_cursor").asInt())
                .json();
        assertThat(numbers(last)).containsExactly(1);
        assertThat(last.get("next_cursor").isNull()).isTrue();
        assertThat(gateway.get(path + "/versions?limit=0").status()).isEqualTo(422);
    }

    @Test
    void parallelChangesAreAllVersions() throws Exception {
        String path = create("parallel");
        try (TestGateway replica = gateway.replica();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> changes = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                TestGateway through = i % 2 == 0 ? gateway : replica;
                ObjectNode body = Json.object().put("template", "Change number " + i);
                changes.add(threads.submit(
                        () -> through.put(path, body).json().get("version").asInt()));
            }
            List<Integer> answered = new ArrayList<>();
            for (Future<Integer> each : changes) {
                answered.add(each.get());
            }
            assertThat(answered)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.rangeClosed(2, 21).boxed().toList());
        }
        JsonNode list = gateway.get(path + "/versions").json();
        assertThat(numbers(list)).hasSize(21).doesNotHaveDuplicates();
        assertThat(gateway.get(path + "/versions/21").json().get("template"))
                .isEqualTo(gateway.get(path).json().get("template"));
    }

    @Test
    void comparesTwoVersions() {
        String path = create("compared");
        ObjectNode body = Json.object()
                .put("name", "Doorman")
                .put("template", "You are a porter.\nBe very kind.\nBe brief.\nSmile.");
        gateway.put(path, body);
        JsonNode diff = gateway.get(path + "/versions/compare?from=1&to=2").json();
        assertThat(diff.get("diff").asText()).isEqualTo("""
                --- version 1
                +++ version 2
                @@ -1,3 +1,4 @@
                 You are a porter.
                -Be kind.
                +Be very kind.
                 Be brief.
                +Smile.""");
        assertThat(diff.get("lines_added").asInt()).isEqualTo(2);
        assertThat(diff.get("lines_removed").asInt()).isEqualTo(1);
        assertThat(diff.get("changed").toString()).isEqualTo("{\"name\":{\"from\":\"Porter\",\"to\":\"Doorman\"}}");
        JsonNode same = gateway.get(path + "/versions/compare?from=2&to=2").json();
        assertThat(same.get("diff").asText()).isEmpty();
        assertThat(same.get("changed")).isEmpty();
        assertDetail(
                gateway.get(path + "/versions/compare?from=1&to=7"), 404, "Version 7 of prompt 'compared' not found");
        assertThat(gateway.get(path + "/versions/compare?from=1").status()).isEqualTo(422);
    }

    @Test
    void restoringMakesANewVersionOfOldContent() {
        String path = create("restored");
        gateway.put(
                path, Json.object().put("template", "Something quite different").put("description", "Now with one"));
        JsonNode restored =
                gateway.post(path + "/versions/1/restore", Json.object()).json();
        assertThat(restored.get("version").asInt()).isEqualTo(3);
        assertThat(restored.get("template").asText()).isEqualTo(FIRST);
        assertThat(restored.get("description").isNull()).isTrue();
        assertThat(gateway.get(path).json()).isEqualTo(restored);
        assertThat(numbers(gateway.get(path + "/versions").json())).containsExactly(3, 2, 1);
        assertThat(gateway.post(path + "/versions/1/restore", Json.object())
                        .json()
                        .get("version")
                        .asInt())
                .as("it is that already")
                .isEqualTo(3);
        assertDetail(
                gateway.post(path + "/versions/8/restore", Json.object()),
                404,
                "Version 8 of prompt 'restored' not found");
    }

    @Test
    void aRevivedPromptGoesOnCounting() {
        String path = create("phoenix");
        change(path, "The second template");
        gateway.put(path + "/labels/production", Json.object().put("version", 1));
        gateway.delete(path);
        assertDetail(gateway.get(path + "/versions"), 404, "Prompt 'phoenix' not found");
        create("phoenix");
        assertThat(numbers(gateway.get(path + "/versions").json())).containsExactly(3, 2, 1);
        assertThat(gateway.get(path + "/labels").json().get("labels")).isEmpty();
    }

    @Test
    void labelsPointAtVersionsAndMove() {
        String path = create("labelled");
        change(path, "The second template");
        JsonNode made = gateway.put(path + "/labels/production", Json.object().put("version", 1))
                .json();
        assertThat(made.get("version").asInt()).isEqualTo(1);
        assertThat(made.get("label").asText()).isEqualTo("production");
        gateway.put(path + "/labels/staging", Json.object().put("version", 2));
        assertThat(gateway.get(path + "/versions/1").json().get("labels").toString())
                .isEqualTo("[\"production\"]");
        gateway.put(path + "/labels/production", Json.object().put("version", 2));
        JsonNode labels = gateway.get(path + "/labels").json().get("labels");
        assertThat(labels).hasSize(2);
        assertThat(labels.at("/0/version").asInt()).isEqualTo(2);
        assertThat(gateway.get(path + "/versions?limit=1").json().at("/versions/0/labels"))
                .hasSize(2);
        assertDetail(
                gateway.put(path + "/labels/production", Json.object().put("version", 5)),
                404,
                "Version 5 of prompt 'labelled' not found");
        assertThat(gateway.delete(path + "/labels/staging").body())
                .isEqualTo("{\"message\":\"Label deleted successfully\",\"label\":\"staging\"}");
        assertDetail(gateway.delete(path + "/labels/staging"), 404, "Label 'staging' of prompt 'labelled' not found");
    }

    @Test
    void aPromptHasAtMostAHundredLabels() {
        String path = create("many-labels");
        for (int i = 0; i < 100; i++) {
            assertThat(gateway.put(path + "/labels/l" + i, Json.object().put("version", 1))
                            .status())
                    .isEqualTo(200);
        }
        assertDetail(
                gateway.put(path + "/labels/one-more", Json.object().put("version", 1)),
                409,
                "Prompt 'many-labels' has 100 labels already");
        assertThat(gateway.get(path + "/labels").json().get("labels")).hasSize(100);
    }

    @Test
    void rendersAndSaysWhatIsMissing() {
        String path = create("rendered");
        change(path, "Dear {name}, {{title}}: {amount:.2f} for {name}. {\"k\":1}");
        ObjectNode body = Json.object();
        body.putObject("variables").put("name", "{title}").put("count", 3);
        JsonNode rendered = gateway.post(path + "/render", body).json();
        assertThat(rendered.toString())
                .isEqualTo("{\"text\":\"Dear {title}, {{title}}: {amount:.2f} for {title}. {\\\"k\\\":1}\","
                        + "\"variables\":[\"name\",\"title\",\"amount\"],\"missing\":[\"title\",\"amount\"],"
                        + "\"version\":2}");
        assertThat(gateway.post(path + "/render", Json.object().put("version", 1))
                        .json()
                        .get("text")
                        .asText())
                .isEqualTo(FIRST);
        gateway.put(path + "/labels/production", Json.object().put("version", 1));
        assertThat(gateway.post(path + "/render", Json.object().put("label", "production"))
                        .json()
                        .get("version")
                        .asInt())
                .isEqualTo(1);
        assertDetail(
                gateway.post(path + "/render", Json.object().put("label", "none")),
                404,
                "Label 'none' of prompt 'rendered' not found");
        assertThat(gateway.post(
                                path + "/render",
                                Json.object().put("label", "production").put("version", 1))
                        .status())
                .isEqualTo(422);
    }

    @Test
    void changesOfThePythonGatewayAreVersionsToo() {
        String path = create("foreign");
        gateway.database().with(handle -> handle.execute("""
                UPDATE prompts.prompts SET template = 'Written by another program', version = version + 1
                WHERE id = 'foreign'
                """));
        JsonNode second = gateway.get(path + "/versions/2").json();
        assertThat(second.get("template").asText()).isEqualTo("Written by another program");
        assertThat(second.get("created_by_key").isNull()).isTrue();
        assertThat(change(path, "Written by us again").get("version").asInt()).isEqualTo(3);
    }

    @Test
    void theListCanBeSearchedAndPaged() {
        for (String id : List.of("needle-1", "needle-2", "needle-3")) {
            ObjectNode body = Json.object().put("id", id).put("name", "Nö%del").put("template", FIRST);
            body.putArray("tags").add("sewing:" + id).add("größe");
            gateway.post("/v2/prompts", body);
        }
        JsonNode found = gateway.get("/v2/prompts?search=N%C3%B6%25DEL").json();
        assertThat(found.get("total").asInt()).isEqualTo(3);
        assertThat(found.has("next_cursor")).isFalse();
        assertThat(gateway.get("/v2/prompts?search=n_").json().get("total").asInt())
                .isZero();
        assertThat(gateway.get("/v2/prompts?tag=sewing:needle-2")
                        .json()
                        .at("/prompts/0/id")
                        .asText())
                .isEqualTo("needle-2");
        JsonNode page = gateway.get("/v2/prompts?tag=gr%C3%B6%C3%9Fe&limit=2").json();
        assertThat(page.at("/prompts/0/id").asText()).isEqualTo("needle-3");
        JsonNode rest = gateway.get("/v2/prompts?tag=gr%C3%B6%C3%9Fe&limit=2&cursor="
                        + page.get("next_cursor").asText())
                .json();
        assertThat(rest.get("total").asInt()).isEqualTo(1);
        assertThat(rest.at("/prompts/0/id").asText()).isEqualTo("needle-1");
        assertThat(gateway.get("/v2/prompts?cursor=bogus").status()).isEqualTo(422);
    }
}
