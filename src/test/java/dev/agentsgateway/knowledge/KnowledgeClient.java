package dev.agentsgateway.knowledge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.common.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What clients do with the knowledge of a gateway. */
record KnowledgeClient(TestGateway gateway) {
    TestGateway.Answer upload(String tenant, String collection, String filename, String text) {
        return upload(tenant, collection, filename, "text/plain", text, null);
    }

    TestGateway.Answer upload(
            String tenant, String collection, String filename, String type, String text, JsonNode metadata) {
        Map<String, String> headers = new HashMap<>(Map.of("X-API-Key", gateway.apiKey(), "Content-Type", type));
        String query = "?filename=" + URLEncoder.encode(filename, StandardCharsets.UTF_8)
                + (metadata == null
                        ? ""
                        : "&metadata=" + URLEncoder.encode(metadata.toString(), StandardCharsets.UTF_8));
        return gateway.send("POST", path(tenant, collection) + "/documents" + query, text, headers);
    }

    static String path(String tenant, String collection) {
        return "/v2/knowledge/" + tenant + "/" + collection;
    }

    /** Uploads and waits until it is indexed; the entry. */
    JsonNode indexed(String tenant, String collection, String filename, String text) {
        return indexed(tenant, collection, filename, text, null);
    }

    JsonNode indexed(String tenant, String collection, String filename, String text, JsonNode metadata) {
        TestGateway.Answer answer = upload(tenant, collection, filename, "text/plain", text, metadata);
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return await(tenant, collection, answer.json().get("file_id").asText(), "indexed");
    }

    JsonNode entry(String tenant, String collection, String fileId) {
        String path = collection.equals("-") ? "/v2/knowledge/" + tenant : path(tenant, collection);
        return gateway.get(path + "/files/" + fileId).json();
    }

    /** Waits until the entry is in the state. */
    JsonNode await(String tenant, String collection, String fileId, String knowledgeStatus) {
        long end = System.nanoTime() + 60_000_000_000L;
        while (true) {
            JsonNode entry = entry(tenant, collection, fileId);
            if (entry.path("knowledge_status").asText().equals(knowledgeStatus)) {
                return entry;
            }
            assertThat(System.nanoTime()).as(entry.toString()).isLessThan(end);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    JsonNode search(String tenant, String collection, String query, TestGateway.BodyChange change) {
        ObjectNode body = Json.object().put("query", query);
        change.apply(body);
        TestGateway.Answer answer = gateway.post(path(tenant, collection) + "/search", body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    JsonNode search(String tenant, String collection, String query) {
        return search(tenant, collection, query, _ -> {});
    }

    static List<String> texts(JsonNode found) {
        List<String> texts = new ArrayList<>();
        found.get("results").forEach(result -> texts.add(result.get("text").asText()));
        return texts;
    }

    TestGateway.Answer create(String tenant, ObjectNode body) {
        if (!body.has("file_id")) {
            body.put("file_id", UUID.randomUUID().toString());
        }
        return gateway.post("/v2/knowledge/" + tenant, body);
    }
}
