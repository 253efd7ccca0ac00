package dev.agentsgateway.knowledge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Uploads and searches over REST, and by agents, on the embedded index. */
class KnowledgeSearchTest {
    private static TestGateway gateway;
    private static KnowledgeClient client;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
        client = new KnowledgeClient(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @Test
    void anUploadedTextIsFoundByItsMeaningAndItsWords() {
        JsonNode entry =
                client.indexed("acme", "-", "holidays.txt", "Every employee has thirty days of paid leave a year.");
        client.indexed("acme", "-", "parking.txt", "Cars may be parked behind the building, next to the river.");

        JsonNode found = client.search("acme", "-", "How much vacation do workers get?");

        JsonNode first = found.at("/results/0");
        assertThat(first.get("text").asText()).contains("thirty days of paid leave");
        assertThat(first.at("/source/entry_id")).isEqualTo(entry.get("id"));
        assertThat(first.at("/source/filename").asText()).isEqualTo("holidays.txt");
        assertThat(first.get("chunk_index").asInt()).isZero();
        assertThat(first.at("/metadata/tenant_id").asText()).isEqualTo("acme");
        assertThat(found.at("/pipeline/mode").asText()).isEqualTo("hybrid");
        assertThat(found.at("/pipeline/retrievers")).hasSize(2);
        assertThat(found.at("/pipeline/skipped")).isEmpty();
        JsonNode words = client.search("acme", "-", "river", body -> body.put("mode", "keyword"));
        assertThat(KnowledgeClient.texts(words)).singleElement().asString().contains("river");
        assertThat(words.at("/results/0/retrievers/0").asText()).isEqualTo("keyword");
        JsonNode meaning = client.search(
                "acme",
                "-",
                "automobile spots",
                body -> body.put("mode", "vector").put("limit", 1));
        assertThat(KnowledgeClient.texts(meaning)).singleElement().asString().contains("parked");
    }

    @Test
    void anAgentCitesWhatItFound() {
        client.indexed("globex", "-", "coffee.md", "The coffee machine is cleaned on Tuesdays by the night shift.");
        gateway.createAgent("librarian", "You look things up.");
        gateway.model()
                .reply(Reply.toolCall("search_knowledge_base", "{\"query\":\"When is the coffee machine cleaned?\"}"));
        gateway.model().reply(Reply.text("On Tuesdays [1]."));

        TestGateway.Answer answer = gateway.chat(
                "librarian",
                "When?",
                body -> body.putObject("tenant_profile")
                        .put("tenant_id", "globex")
                        .put("name", "Globex")
                        .put("website", "https://globex.test"));

        String told = gateway.model().requests().getLast().body().toString();
        assertThat(told).contains("[1] coffee.md").contains("cleaned on Tuesdays");
        JsonNode completed = answer.events().getLast();
        assertThat(completed.get("event").asText()).isEqualTo("RunCompleted");
        assertThat(completed.at("/references/0/query").asText()).isEqualTo("When is the coffee machine cleaned?");
        JsonNode reference = completed.at("/references/0/references/0");
        assertThat(reference.get("name").asText()).isEqualTo("coffee.md");
        assertThat(reference.get("content").asText()).contains("Tuesdays");
        assertThat(reference.at("/meta_data/tenant_id").asText()).isEqualTo("globex");
    }

    @Test
    void anAgentWithoutATenantSearchesNothing() {
        client.indexed("initech", "-", "printer.txt", "The printer is on the second floor.");
        gateway.createAgent("homeless", "You look things up.");
        gateway.model().reply(Reply.toolCall("search_knowledge_base", "{\"query\":\"printer\"}"));
        gateway.model().reply(Reply.text("No idea."));

        TestGateway.Answer answer = gateway.chat("homeless", "Where?", _ -> {});

        assertThat(gateway.model().requests().getLast().body().toString())
                .contains("No tenant is known")
                .doesNotContain("second floor");
        assertThat(answer.events().getLast().has("references")).isFalse();
    }

    @Test
    void filtersAreEqualityOfMetadata() {
        client.indexed(
                "hooli",
                "-",
                "a.txt",
                "The budget of the north team is large.",
                Json.read("{\"team\":\"north\",\"year\":2026,\"tags\":[\"a\",\"b\"],\"deep\":{\"x\":true}}"));
        client.indexed(
                "hooli",
                "-",
                "b.txt",
                "The budget of the south team is small.",
                Json.read("{\"team\":\"south\",\"year\":2025,\"tags\":[\"b\",\"c\"],\"deep\":{\"x\":false}}"));

        for (Map.Entry<String, Integer> filter : Map.of(
                        "{\"team\":\"north\"}", 1,
                        "{\"meta_data.team\":\"north\"}", 1,
                        "{\"year\":2026}", 1,
                        "{\"year\":2026.0}", 1,
                        "{\"year\":\"2026\"}", 0,
                        "{\"tags\":\"b\"}", 2,
                        "{\"tags\":[\"a\",\"c\"]}", 2,
                        "{\"deep\":{\"x\":true}}", 1,
                        "{\"team\":\"north\",\"year\":2025}", 0,
                        "{\"original_filename\":\"b.txt\"}", 1)
                .entrySet()) {
            for (String mode : new String[] {"hybrid", "vector", "keyword"}) {
                JsonNode found = client.search(
                        "hooli",
                        "-",
                        "budget",
                        body -> body.put("mode", mode).set("filters", Json.read(filter.getKey())));
                assertThat(found.get("results"))
                        .as(mode + " " + filter.getKey())
                        .hasSize(filter.getValue());
            }
        }
    }
}
