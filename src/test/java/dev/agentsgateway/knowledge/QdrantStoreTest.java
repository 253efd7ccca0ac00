package dev.agentsgateway.knowledge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.knowledge.embedding.LocalEmbedder;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A collection that others have made, and one that is away. */
class QdrantStoreTest {
    private FakeQdrant qdrant;

    @BeforeEach
    void start() throws IOException {
        qdrant = new FakeQdrant();
    }

    @AfterEach
    void stop() {
        qdrant.close();
    }

    private TestGateway gateway(String... more) {
        Map<String, String> variables = new HashMap<>(
                Map.of("QDRANT_URL", qdrant.url(), "QDRANT_API_KEY", FakeQdrant.KEY, "KNOWLEDGE_RETRY_SECONDS", "1"));
        for (int i = 0; i < more.length; i += 2) {
            variables.put(more[i], more[i + 1]);
        }
        return TestGateway.start(variables);
    }

    @Test
    void pointsOfTheReferenceAreFoundAndDeleted() {
        qdrant.create(384);
        UUID file = UUID.randomUUID();
        String text = "Whales are mammals that live in the sea.";
        ObjectNode point = Json.object().put("id", "9e107d9d-372b-b682-6bd8-1d3542a419d6");
        ArrayNode vector = point.putArray("vector");
        for (float number : new LocalEmbedder(1).embedQuery(text)) {
            vector.add(number);
        }
        ObjectNode payload = point.putObject("payload");
        payload.put("name", file.toString())
                .put("content", text)
                .putNull("usage")
                .putNull("content_id");
        payload.put("content_hash", "9e107d9d372bb6826bd81d3542a419d6");
        payload.putObject("meta_data")
                .put("tenant_id", "zoo")
                .putNull("collection_id")
                .put("file_id", file.toString())
                .put("source_id", file.toString())
                .put("original_filename", "whales.md");
        qdrant.put(point);
        try (TestGateway gateway = gateway()) {
            gateway.database().with(handle -> handle.execute("""
                    insert into knowledge_entries (id, tenant_id, file_id, original_filename, file_type, status,
                        knowledge_status) values (gen_random_uuid(), 'zoo', ?, 'whales.md', 'company', 'active', 'indexed')
                    """, file));
            KnowledgeClient client = new KnowledgeClient(gateway);
            JsonNode found = client.search("zoo", "-", "sea mammals", body -> body.put("mode", "vector"));
            assertThat(KnowledgeClient.texts(found)).containsExactly(text);
            assertThat(found.at("/results/0/source/filename").asText()).isEqualTo("whales.md");
            assertThat(found.at("/results/0/source/entry_id").isNull()).isTrue();

            gateway.delete("/v2/knowledge/zoo/files/" + file);
            assertThat(client.search("zoo", "-", "sea mammals").get("results")).isEmpty();
            assertThat(qdrant.points()).isEmpty();
        }
    }

    @Test
    void aCollectionOfOtherVectorsIsAClearError() {
        qdrant.create(1536);
        try (TestGateway gateway = gateway()) {
            KnowledgeClient client = new KnowledgeClient(gateway);
            String file = client.upload("t", "-", "a.txt", "Some text.")
                    .json()
                    .get("file_id")
                    .asText();
            JsonNode failed = client.await("t", "-", file, "failed");
            assertThat(failed.get("knowledge_error").asText())
                    .contains("1536 dimensions")
                    .contains("384")
                    .contains("EMBEDDING_PROVIDER");
            TestGateway.Answer answer =
                    gateway.post("/v2/knowledge/t/-/search", Json.read("{\"query\":\"x\",\"mode\":\"vector\"}"));
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).contains("1536 dimensions");
        }
    }

    @Test
    void wordsAreFoundWhileQdrantIsAway() {
        try (TestGateway gateway = gateway()) {
            KnowledgeClient client = new KnowledgeClient(gateway);
            client.indexed("t", "-", "a.txt", "The lighthouse keeper reads every night.");
            qdrant.down(true);
            JsonNode found = client.search("t", "-", "lighthouse");
            assertThat(KnowledgeClient.texts(found)).hasSize(1);
            assertThat(found.at("/pipeline/retrievers").toString()).isEqualTo("[\"keyword\"]");
            assertThat(found.at("/pipeline/skipped/0/retriever").asText()).isEqualTo("vector");

            String file = client.upload("t", "-", "b.txt", "The second lighthouse is dark.")
                    .json()
                    .get("file_id")
                    .asText();
            assertThat(client.entry("t", "-", file).get("knowledge_status").asText())
                    .isEqualTo("indexing");
            qdrant.down(false);
            client.await("t", "-", file, "indexed");
            assertThat(client.search("t", "-", "lighthouse", body -> body.put("mode", "vector"))
                            .get("results"))
                    .hasSize(2);
            assertThat(qdrant.points()).hasSize(2);
        }
    }
}
