package dev.agentsgateway.knowledge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Tenants with identical documents, on the embedded index, on Qdrant's fake and on a real Qdrant where there is one. */
class TenancyTest {
    private static final String TEXT = "The secret recipe of the soup asks for saffron and patience.";

    @Test
    void onTheEmbeddedIndex() {
        try (TestGateway gateway = TestGateway.start()) {
            apart(gateway);
        }
    }

    @Test
    void onQdrant() throws IOException {
        try (FakeQdrant qdrant = new FakeQdrant()) {
            Map<String, String> variables = Map.of("QDRANT_URL", qdrant.url(), "QDRANT_API_KEY", FakeQdrant.KEY);
            try (TestGateway gateway = TestGateway.start(variables)) {
                apart(gateway);
                assertThat(qdrant.indexes()).contains("meta_data.tenant_id", "meta_data.collection_id");
                assertThat(qdrant.points())
                        .as("what was deleted left no points")
                        .noneMatch(point -> point.at("/payload/meta_data/tenant_id")
                                .asText()
                                .equals("t-one"));
            }
        }
    }

    @Test
    void onARealQdrant() {
        String url = System.getenv("QDRANT_TEST_URL");
        assumeTrue(url != null, "QDRANT_TEST_URL is not set");
        Map<String, String> variables =
                new HashMap<>(Map.of("QDRANT_URL", url, "QDRANT_COLLECTION", "test_" + System.nanoTime()));
        String key = System.getenv("QDRANT_TEST_API_KEY");
        if (key != null) {
            variables.put("QDRANT_API_KEY", key);
        }
        try (TestGateway gateway = TestGateway.start(variables)) {
            apart(gateway);
        }
    }

    private static void apart(TestGateway gateway) {
        KnowledgeClient client = new KnowledgeClient(gateway);
        // The second one claims to be the first.
        JsonNode claims = Json.read(
                "{\"tenant_id\":\"t-one\",\"file_id\":\"00000000-0000-4000-8000-000000000000\",\"team\":\"x\"}");
        JsonNode one = client.indexed("t-one", "-", "recipe.txt", TEXT, Json.read("{\"team\":\"x\"}"));
        JsonNode two = client.indexed("t-two", "-", "recipe.txt", TEXT, claims);
        client.indexed("t-two", "kitchen", "recipe.txt", TEXT);
        assertThat(one.get("id")).isNotEqualTo(two.get("id"));

        for (String mode : List.of("hybrid", "vector", "keyword")) {
            assertThat(owners(client, "t-one", "-", mode))
                    .as(mode)
                    .containsExactly(one.get("file_id").asText());
            assertThat(owners(client, "t-two", "-", mode))
                    .as(mode)
                    .hasSize(2)
                    .contains(two.get("file_id").asText());
            assertThat(owners(client, "t-two", "kitchen", mode)).as(mode).hasSize(1);
            assertThat(owners(client, "t-one", "kitchen", mode)).as(mode).isEmpty();
            assertThat(owners(client, "t-none", "-", mode)).as(mode).isEmpty();
        }
        JsonNode otherTenant = client.search(
                "t-two", "-", "soup saffron", body -> body.set("filters", Json.read("{\"tenant_id\":\"t-one\"}")));
        assertThat(otherTenant.get("results")).isEmpty();
        assertThat(gateway.get("/v2/knowledge/t-one/-/statistics")
                        .json()
                        .get("chunks")
                        .asInt())
                .isEqualTo(1);
        assertThat(gateway.get("/v2/knowledge/t-two/-/statistics")
                        .json()
                        .get("chunks")
                        .asInt())
                .isEqualTo(2);

        assertThat(gateway.patch(
                                "/v2/knowledge/t-two/files/"
                                        + two.get("file_id").asText(),
                                Json.read("{\"metadata\":{\"team\":\"y\",\"tenant_id\":\"t-one\"}}"))
                        .status())
                .isEqualTo(200);
        JsonNode patched =
                client.search("t-two", "-", "saffron", body -> body.set("filters", Json.read("{\"team\":\"y\"}")));
        assertThat(patched.get("results")).hasSize(1);
        assertThat(owners(client, "t-one", "-", "hybrid"))
                .containsExactly(one.get("file_id").asText());

        assertThat(gateway.delete("/v2/knowledge/t-one/files/"
                                + one.get("file_id").asText())
                        .status())
                .isEqualTo(204);
        for (String mode : List.of("hybrid", "vector", "keyword")) {
            assertThat(owners(client, "t-one", "-", mode)).as(mode).isEmpty();
            assertThat(owners(client, "t-two", "-", mode)).as(mode).hasSize(2);
        }
    }

    private static TreeSet<String> owners(KnowledgeClient client, String tenant, String collection, String mode) {
        JsonNode found = client.search(
                tenant,
                collection,
                "recipe of the soup",
                body -> body.put("mode", mode).put("limit", 100));
        TreeSet<String> files = new TreeSet<>();
        found.get("results").forEach(result -> {
            assertThat(result.at("/metadata/tenant_id").asText()).isEqualTo(tenant);
            assertThat(files.add(result.at("/source/file_id").asText()))
                    .as("found twice")
                    .isTrue();
        });
        return files;
    }
}
