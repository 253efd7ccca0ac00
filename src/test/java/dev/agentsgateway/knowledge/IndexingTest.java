package dev.agentsgateway.knowledge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.common.FileTree;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What can go wrong with documents, and what is done again. */
class IndexingTest {
    @Test
    void theSameDocumentTwiceAddsNothing() {
        try (TestGateway gateway = TestGateway.start()) {
            KnowledgeClient client = new KnowledgeClient(gateway);
            JsonNode first = client.indexed("t", "-", "a.txt", "Only once.");

            TestGateway.Answer second = client.upload("t", "-", "other-name.txt", "Only once.");
            assertThat(second.status()).isEqualTo(200);
            assertThat(second.json().get("duplicate").asBoolean()).isTrue();
            assertThat(second.json().get("id")).isEqualTo(first.get("id"));
            assertThat(client.upload("t", "c", "a.txt", "Only once.").status()).isEqualTo(201);
            assertThat(client.upload("u", "-", "a.txt", "Only once.").status()).isEqualTo(201);
            assertThat(gateway.get("/v2/knowledge/t")
                            .json()
                            .at("/pagination/total")
                            .asInt())
                    .isEqualTo(1);

            gateway.delete("/v2/knowledge/t/files/" + first.get("file_id").asText());
            assertThat(client.upload("t", "-", "a.txt", "Only once.").status()).isEqualTo(201);
        }
    }

    @Test
    void anEmbedderThatFailsIsAskedAgainAndItsFailureIsSeen() throws IOException {
        AtomicInteger failing = new AtomicInteger(1);
        HttpServer openAi = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        openAi.createContext("/v1/embeddings", exchange -> {
            JsonNode body = Json.read(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            boolean fails = failing.get() > 0;
            StringBuilder data = new StringBuilder();
            for (int i = 0; i < body.path("input").size(); i++) {
                data.append(i == 0 ? "" : ",")
                        .append("{\"object\":\"embedding\",\"index\":" + i + ",\"embedding\":[1,0,0,0]}");
            }
            byte[] answer = (fails
                            ? "{\"error\":{\"message\":\"overloaded\"}}"
                            : "{\"data\":[" + data
                                    + "],\"model\":\"m\",\"usage\":{\"prompt_tokens\":1,\"total_tokens\":1}}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(fails ? 503 : 200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        openAi.start();
        Map<String, String> variables = Map.of(
                "EMBEDDING_PROVIDER",
                "openai",
                "EMBEDDING_MODEL",
                "text-embedding-3-small",
                "EMBEDDING_DIMENSION",
                "4",
                "OPENAI_BASE_URL",
                "http://127.0.0.1:" + openAi.getAddress().getPort() + "/v1",
                "KNOWLEDGE_RETRY_SECONDS",
                "1",
                "KNOWLEDGE_MAX_ATTEMPTS",
                "3");
        try (TestGateway gateway = TestGateway.start(variables)) {
            KnowledgeClient client = new KnowledgeClient(gateway);
            String file = client.upload("t", "-", "a.txt", "The tide is high.")
                    .json()
                    .get("file_id")
                    .asText();
            long end = System.nanoTime() + 30_000_000_000L;
            while (client.entry("t", "-", file).get("knowledge_error").isNull() && System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            assertThat(client.entry("t", "-", file).get("knowledge_error").asText())
                    .isNotEmpty();
            failing.set(0);
            JsonNode entry = client.await("t", "-", file, "indexed");
            assertThat(entry.get("knowledge_error").isNull()).isTrue();
            failing.set(1);
            JsonNode found = client.search("t", "-", "tide");
            assertThat(found.at("/pipeline/retrievers").toString()).isEqualTo("[\"keyword\"]");
            assertThat(found.at("/pipeline/skipped/0/reason").asText()).isNotEmpty();
            assertThat(KnowledgeClient.texts(found)).hasSize(1);
        } finally {
            openAi.stop(0);
        }
    }

    @Test
    void whatCannotBeIndexedFailsVisibly() {
        try (TestGateway gateway = TestGateway.start()) {
            KnowledgeClient client = new KnowledgeClient(gateway);
            UUID inside = UUID.randomUUID();
            UUID nothing = UUID.randomUUID();
            assertThat(client.create(
                                    "t",
                                    Json.object()
                                            .put("file_id", inside.toString())
                                            .put("original_filename", gateway.url() + "/health")
                                            .put("file_type", "company"))
                            .status())
                    .isEqualTo(201);
            client.create(
                    "t",
                    Json.object()
                            .put("file_id", nothing.toString())
                            .put("original_filename", "http-notes.pdf")
                            .put("file_type", "company"));

            assertThat(client.await("t", "-", inside.toString(), "failed")
                            .get("knowledge_error")
                            .asText())
                    .contains("no public address");
            assertThat(client.await("t", "-", nothing.toString(), "failed")
                            .get("knowledge_error")
                            .asText())
                    .contains("nothing to index");
            assertThat(gateway.post("/v2/knowledge/t/files/" + nothing + "/reindex", Json.object())
                            .status())
                    .isEqualTo(202);
            client.await("t", "-", nothing.toString(), "failed");
        }
    }

    @Test
    void anIndexThatIsDeletedIsMadeAgain() throws Exception {
        try (TestGateway gateway = TestGateway.start()) {
            KnowledgeClient client = new KnowledgeClient(gateway);
            for (int i = 0; i < 5; i++) {
                client.indexed(
                        "t",
                        "-",
                        "doc" + i + ".txt",
                        "Document number " + i + " tells of rivers and of " + "trees ".repeat(i + 1));
            }
            JsonNode before = client.search("t", "-", "rivers trees");
            assertThat(before.get("results")).hasSize(5);
            assertThat(Files.isDirectory(gateway.dataDir().resolve("lucene"))).isTrue();
            FileTree.delete(gateway.dataDir().resolve("lucene"));

            long end = System.nanoTime() + 30_000_000_000L;
            while (!Files.isDirectory(gateway.dataDir().resolve("lucene")) && System.nanoTime() < end) {
                Thread.sleep(50);
            }
            JsonNode after = awaitResults(gateway, end);
            assertThat(after.get("results")).isEqualTo(before.get("results"));
            try (TestGateway other = gateway.replica()) {
                JsonNode there = awaitResults(other, System.nanoTime() + 30_000_000_000L);
                assertThat(KnowledgeClient.texts(there)).isEqualTo(KnowledgeClient.texts(before));
                client.indexed("t", "-", "new.txt", "A new document tells of rivers.");
                assertThat(new KnowledgeClient(other).search("t", "-", "rivers").get("results"))
                        .hasSize(6);
            }
        }
    }

    private static JsonNode awaitResults(TestGateway gateway, long end) throws InterruptedException {
        while (true) {
            TestGateway.Answer answer =
                    gateway.post("/v2/knowledge/t/-/search", Json.read("{\"query\":\"rivers trees\"}"));
            if (answer.status() == 200) {
                return answer.json();
            }
            assertThat(answer.status()).as(answer.body()).isEqualTo(503);
            assertThat(answer.body()).contains("being built");
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(20);
        }
    }

    @Test
    void formsHaveFilesAndFields() {
        try (TestGateway gateway = TestGateway.start()) {
            KnowledgeClient client = new KnowledgeClient(gateway);
            String form = """
                    --XyZ\r
                    Content-Disposition: form-data; name="metadata"\r
                    \r
                    {"team":"ops"}\r
                    --XyZ\r
                    Content-Disposition: form-data; name="a"; filename="one.txt"\r
                    Content-Type: text/plain\r
                    \r
                    First file.\r
                    --XyZ\r
                    Content-Disposition: form-data; name="b"; filename="two.txt"\r
                    \r
                    Second file.\r
                    --XyZ--\r
                    """;
            TestGateway.Answer answer = gateway.send(
                    "POST",
                    "/v2/knowledge/t/c/documents",
                    form,
                    Map.of("X-API-Key", gateway.apiKey(), "Content-Type", "multipart/form-data; boundary=XyZ"));
            assertThat(answer.status()).as(answer.body()).isEqualTo(201);
            assertThat(answer.json().get("documents")).hasSize(2);
            for (JsonNode document : answer.json().get("documents")) {
                JsonNode entry = client.await("t", "c", document.get("file_id").asText(), "indexed");
                assertThat(entry.at("/metadata/team").asText()).isEqualTo("ops");
                assertThat(entry.get("file_type").asText()).isEqualTo("project");
            }
            assertThat(KnowledgeClient.texts(client.search("t", "c", "Second")))
                    .anyMatch(text -> text.equals("Second file."));
            TestGateway.Answer broken = gateway.send(
                    "POST",
                    "/v2/knowledge/t/c/documents",
                    form.substring(0, 150),
                    Map.of("X-API-Key", gateway.apiKey(), "Content-Type", "multipart/form-data; boundary=XyZ"));
            assertThat(broken.status()).isEqualTo(400);
        }
    }

    @Test
    void tenMegabytesOfText() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; text.length() < 10 << 20; i++) {
            text.append("x".repeat(1000)).append(i).append('\n');
        }
        try (TestGateway gateway = TestGateway.start(Map.of("KNOWLEDGE_WORKERS", "0"))) {
            TestGateway.Answer answer = new KnowledgeClient(gateway).upload("t", "-", "large.txt", text.toString());
            assertThat(answer.status()).as(answer.body()).isEqualTo(201);
            assertThat(answer.json().get("size").asLong()).isEqualTo(text.length());
            long stored = gateway.database()
                    .with(handle -> handle.createQuery("select sum(length(bytes)) from ai.knowledge_originals")
                            .mapTo(Long.class)
                            .one());
            assertThat(stored).isEqualTo(text.length());
        }
        try (TestGateway gateway = TestGateway.start(Map.of("KNOWLEDGE_MAX_FILE_BYTES", "100000"))) {
            assertThat(new KnowledgeClient(gateway)
                            .upload("t", "-", "large.txt", text.substring(0, 100_001))
                            .status())
                    .isEqualTo(413);
            assertThat(new KnowledgeClient(gateway)
                            .upload("t", "-", "fits.txt", text.substring(0, 100_000))
                            .status())
                    .isEqualTo(201);
        }
    }
}
