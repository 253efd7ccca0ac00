package dev.agentsgateway.knowledge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.app.CrashableGateway;
import dev.agentsgateway.app.EffectServer;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.TestDatabase;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real process, killed while it indexes. */
class IndexingCrashTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    Path data;

    @ParameterizedTest
    @ValueSource(strings = {"knowledge_batch_stored:2", "knowledge_published", "knowledge_stored"})
    void theDocumentIsFinishedAfterARestartAndNothingIsDoubled(String failpoint) throws Exception {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 1800; i++) {
            text.append("Paragraph ")
                    .append(i)
                    .append(" of the report speaks of subject ")
                    .append(i * 7)
                    .append(".\n\n");
        }
        try (TestDatabase database = TestDatabase.create();
                ScriptedModelServer model = ScriptedModelServer.start();
                EffectServer effects = new EffectServer(Duration.ZERO)) {
            Map<String, String> kill = Map.of("DATA_DIR", data.toString(), "FAILPOINT", failpoint);
            try (CrashableGateway first = CrashableGateway.start(database.settings(), model, effects, kill)) {
                HttpResponse<String> answer = send(
                        first, "POST", "/v2/knowledge/t/-/documents?filename=r.txt", text.toString(), "text/plain");
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
                first.awaitKilled();
            }
            long before = count(database, "select count(*) from ai.knowledge_chunks");
            assertThat(before).isPositive();
            try (CrashableGateway second =
                    CrashableGateway.start(database.settings(), model, effects, Map.of("DATA_DIR", data.toString()))) {
                long end = System.nanoTime() + 60_000_000_000L;
                while (count(database, "select count(*) from knowledge_entries where knowledge_status = 'indexed'")
                        == 0) {
                    assertThat(System.nanoTime()).as(second.log()).isLessThan(end);
                    Thread.sleep(50);
                }
                assertThat(count(database, "select count(*) from ai.knowledge_jobs"))
                        .isZero();
                long chunks = count(database, "select count(*) from ai.knowledge_chunks");
                assertThat(count(database, "select count(distinct idx) from ai.knowledge_chunks"))
                        .isEqualTo(chunks);
                assertThat(count(database, "select chunks from ai.knowledge_documents"))
                        .isEqualTo(chunks);
                assertThat(chunks).isGreaterThanOrEqualTo(before).isGreaterThan(100);
                HttpResponse<String> found = send(
                        second,
                        "POST",
                        "/v2/knowledge/t/-/search",
                        "{\"query\":\"paragraph report subject\",\"limit\":100,\"mode\":\"keyword\"}",
                        "application/json");
                assertThat(Json.read(found.body()).get("results"))
                        .as(found.body())
                        .hasSize(100);
                assertThat(Json.read(found.body()).get("results").findValues("chunk_index"))
                        .doesNotHaveDuplicates();
            }
        }
    }

    private static HttpResponse<String> send(
            CrashableGateway gateway, String method, String path, String body, String type) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create(gateway.url() + path))
                        .header("Content-Type", type)
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static long count(TestDatabase database, String sql) {
        return database.database()
                .with(handle -> handle.createQuery(sql).mapTo(Long.class).one());
    }
}
