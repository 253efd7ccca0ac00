package dev.agentsgateway.knowledge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.common.Json;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The catalogue of entries, as the reference's clients know it. */
class KnowledgeRoutesTest {
    private static final String FILE = "3f1c2d7e-8a41-4c55-9f0e-1b2c3d4e5f60";
    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start(Map.of("KNOWLEDGE_WORKERS", "0"));
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static ObjectNode body(String file) {
        return Json.object()
                .put("file_id", file)
                .put("original_filename", "a.txt")
                .put("file_type", "company");
    }

    @Test
    void aNewEntryIsActiveAndIndexing() {
        TestGateway.Answer answer = gateway.post("/v2/knowledge/acme", body("{" + FILE.toUpperCase(Locale.ROOT) + "}"));
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        JsonNode created = answer.json();
        assertThat(created.get("file_id").asText()).isEqualTo(FILE);
        assertThat(created.get("collection_id").isNull()).isTrue();
        assertThat(created.get("status").asText()).isEqualTo("active");
        assertThat(created.get("knowledge_status").asText()).isEqualTo("indexing");
        assertThat(created.get("created_at").asText())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}\\+00:00");
        assertThat(created.get("message").asText())
                .isEqualTo("File added to tenant knowledge base. Knowledge indexing is processing asynchronously.");
        TestGateway.Answer again = gateway.post("/v2/knowledge/acme", body(FILE));
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.json().get("detail").asText())
                .isEqualTo("Knowledge entry with file_id " + FILE + " already exists for tenant acme");

        assertThat(gateway.delete("/v2/knowledge/acme/files/" + FILE).status()).isEqualTo(204);
        assertThat(gateway.delete("/v2/knowledge/acme/files/" + FILE).status()).isEqualTo(204);
        assertThat(gateway.get("/v2/knowledge/acme/files/" + FILE).status()).isEqualTo(404);
        assertThat(gateway.get("/v2/knowledge/acme").json().get("files")).isEmpty();
        assertThat(gateway.post("/v2/knowledge/acme", body(FILE)).status()).isEqualTo(201);
        assertThat(gateway.delete("/v2/knowledge/acme/files/" + FILE + "?hard_delete=true")
                        .status())
                .isEqualTo(204);
        TestGateway.Answer gone = gateway.delete("/v2/knowledge/acme/files/" + FILE);
        assertThat(gone.status()).isEqualTo(404);
        assertThat(gone.json().get("detail").asText()).isEqualTo("Knowledge entry not found for file_id " + FILE);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertThat(gateway.post("/v2/knowledge/t", body("nonsense"))
                        .json()
                        .get("detail")
                        .asText())
                .isEqualTo("Invalid file_id format. Must be a valid UUID.");
        assertThat(gateway.get("/v2/knowledge/t/files/nonsense").status()).isEqualTo(400);
        TestGateway.Answer kind = gateway.post("/v2/knowledge/t", body(FILE).put("file_type", "other"));
        assertThat(kind.status()).isEqualTo(400);
        assertThat(kind.json().get("detail").asText()).isEqualTo("file_type must be either 'company' or 'project'");
        assertThat(gateway.post("/v2/knowledge/t", body(FILE).put("status", "archived"))
                        .status())
                .isEqualTo(422);
        assertThat(gateway.post("/v2/knowledge/t", body(FILE).put("original_filename", "x".repeat(501)))
                        .status())
                .isEqualTo(422);
        assertThat(gateway.post("/v2/knowledge/t", body(FILE).put("content_type", "x".repeat(201)))
                        .status())
                .isEqualTo(422);
        assertThat(gateway.post("/v2/knowledge/t", body(FILE).put("gcs_path", "x".repeat(1001)))
                        .status())
                .isEqualTo(422);
        assertThat(gateway.put("/v2/knowledge/t/files/" + FILE, Json.object()).status())
                .isEqualTo(405);
        assertThat(gateway.get("/v2/knowledge/t?limit=101").status()).isEqualTo(422);
    }

    @Test
    void scopesAreApartAndPagesAreStable() {
        for (int i = 0; i < 5; i++) {
            gateway.post("/v2/knowledge/pages/c", body(UUID.randomUUID().toString()));
        }
        gateway.post("/v2/knowledge/pages", body(FILE));
        JsonNode all = gateway.get("/v2/knowledge/pages/c").json();
        assertThat(all.get("files")).hasSize(5);
        assertThat(all.at("/pagination").toString())
                .isEqualTo("{\"total\":5,\"limit\":50,\"offset\":0,\"has_more\":false}");
        JsonNode page = gateway.get("/v2/knowledge/pages/c?limit=2&offset=2").json();
        assertThat(page.at("/pagination/has_more").asBoolean()).isTrue();
        assertThat(page.at("/files/0/id")).isEqualTo(all.at("/files/2/id"));
        assertThat(gateway.get("/v2/knowledge/pages/c/files/" + FILE).status()).isEqualTo(404);
        assertThat(gateway.get("/v2/knowledge/pages/files/" + FILE).status()).isEqualTo(200);
    }

    @Test
    void aChangeSetsWhatItNames() {
        gateway.post("/v2/knowledge/ch", body(FILE));
        String path = "/v2/knowledge/ch/files/" + FILE;
        TestGateway.Answer nothing = gateway.patch(path, Json.object());
        assertThat(nothing.status()).isEqualTo(400);
        assertThat(nothing.json().get("detail").asText()).isEqualTo("No valid fields provided for update");
        JsonNode changed = gateway.patch(
                        path,
                        Json.read(
                                "{\"status\":\"failed\",\"knowledge_status\":\"outdated\",\"metadata\":{\"a\":[1,{\"b\":2}]}}"))
                .json();
        assertThat(changed.get("status").asText()).isEqualTo("failed");
        assertThat(changed.get("knowledge_status").asText()).isEqualTo("outdated");
        assertThat(changed.get("metadata").toString()).isEqualTo("{\"a\":[1,{\"b\":2}]}");
        assertThat(gateway.patch(path, Json.read("{\"status\":\"archived\"}")).status())
                .isEqualTo(422);
        assertThat(gateway.patch("/v2/knowledge/ch/files/" + UUID.randomUUID(), Json.read("{\"status\":\"active\"}"))
                        .status())
                .isEqualTo(404);
    }
}
