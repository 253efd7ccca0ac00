package dev.agentsgateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command in a process of its own, into the chunks of a gateway. */
class ImportVectorsTest {
    @TempDir
    Path directory;

    @Test
    void whatIsImportedIsFoundByItsTenantOnly() throws IOException {
        Path file = Files.writeString(
                directory.resolve("points.jsonl"),
                String.join(
                        "\n",
                        line("a", 0, "The first bridge was built of wood."),
                        "{\"vector\":[]}",
                        "no json",
                        line("b", 1, "The second bridge was built of stone.")));
        try (TestGateway gateway = TestGateway.start()) {
            assertThat(run(gateway, "--file", file.toString(), "--org-id", "acme", "--user-id", "u", "--dry-run"))
                    .isZero();
            assertThat(gateway.get("/v2/knowledge/acme/-/statistics")
                            .json()
                            .get("chunks")
                            .asInt())
                    .isZero();
            for (int i = 0; i < 2; i++) {
                assertThat(run(
                                gateway,
                                "--file",
                                file.toString(),
                                "--org-id",
                                "acme",
                                "--user-id",
                                "u",
                                "--project-id",
                                "p"))
                        .isZero();
                JsonNode found = gateway.post("/v2/knowledge/acme/p/search", Json.read("{\"query\":\"stone bridge\"}"))
                        .json();
                assertThat(found.get("results")).as(found.toString()).hasSize(2);
                assertThat(found.at("/results/0/text").asText()).contains("stone");
                assertThat(found.at("/results/0/metadata/user_id").asText()).isEqualTo("u");
            }
            assertThat(gateway.post("/v2/knowledge/other/-/search", Json.read("{\"query\":\"stone bridge\"}"))
                            .json()
                            .get("results"))
                    .isEmpty();
            assertThat(run(gateway, "--file", directory.resolve("none").toString(), "--org-id", "a", "--user-id", "u"))
                    .isEqualTo(1);
            assertThat(run(gateway, "--file", file.toString())).isEqualTo(2);
        }
    }

    private static String line(String id, int index, String text) {
        ObjectNode line = Json.object().put("id", id);
        var vector = line.putArray("vector");
        for (int i = 0; i < 384; i++) {
            vector.add(i == index ? 1.0 : 0.1);
        }
        line.putObject("payload")
                .put("text", text)
                .put("startPosition", 0)
                .put("endPosition", text.length())
                .put("chunkIndex", index)
                .put("fileId", "5f3c2d7e-8a41-4c55-9f0e-1b2c3d4e5f60")
                .put("fileName", "bridges.txt");
        return line.toString();
    }

    private int run(TestGateway gateway, String... arguments) throws IOException {
        Map<String, String> variables = new HashMap<>();
        variables.put("DB_HOST", gateway.databaseSettings().host());
        variables.put("DB_PORT", Integer.toString(gateway.databaseSettings().port()));
        variables.put("DB_DATABASE", gateway.databaseSettings().database());
        variables.put("DB_USER", gateway.databaseSettings().user());
        variables.put("DB_PASS", gateway.databaseSettings().password());
        Path current = Files.createTempDirectory(directory, "run");
        List<String> all = new ArrayList<>(List.of("import-vectors"));
        all.addAll(List.of(arguments));
        try (GatewayProcess process = GatewayProcess.start(current, variables, all.toArray(String[]::new))) {
            return process.awaitExit();
        }
    }
}
