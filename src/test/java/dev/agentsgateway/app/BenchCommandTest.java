package dev.agentsgateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.DatabaseSettings;
import dev.agentsgateway.db.TestDatabase;
import dev.agentsgateway.observability.Observability;
import dev.agentsgateway.observability.ObservabilityConfig;
import dev.agentsgateway.observability.Scrubber;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
    @TempDir
    private Path directory;

    @Test
    void measuresARunningGateway() throws Exception {
        int modelPort = freePort();
        try (TestDatabase database = TestDatabase.create();
                Observability observability = Observability.start(
                        ObservabilityConfig.from(Map.of("OTEL_LOG_LEVEL", "WARN", "ACCESS_LOG", "false")::get),
                        new Scrubber(),
                        _ -> true);
                Gateway gateway =
                        Gateway.start(Config.parse(variables(database.settings(), modelPort)), observability)) {
            Path json = directory.resolve("made/bench.json");
            int exit = CommandLineInterface.run(new String[] {
                "bench",
                "--quick",
                "--only=chat",
                "--url=http://127.0.0.1:" + gateway.port(),
                "--model-port=" + modelPort,
                "--json=" + json
            });

            JsonNode result = Json.read(Files.readString(json));
            assertThat(exit).isZero();
            assertThat(result.get("errors").asInt()).isZero();
            assertThat(result.at("/raw/chat/open/count").asInt()).isEqualTo(200);
            assertThat(result.at("/raw/chat/open/ms/p99").asDouble())
                    .isGreaterThan(result.at("/raw/chat/open_direct/ms/p50").asDouble());
            assertThat(result.get("figures"))
                    .extracting(figure -> figure.get("name").asText())
                    .contains("most chats, durable, 64 warm sessions", "added latency p50 at 100/s");
            assertThat(result.get("figures"))
                    .allSatisfy(
                            figure -> assertThat(figure.get("value").asDouble()).isPositive());
            long chats = result.at("/raw/chat/closed/count").asLong() + 200;
            assertThat(database.database()
                            .<Long>with(handle -> handle.createQuery(
                                            "SELECT count(*) FROM ai.runs WHERE status = 'completed'")
                                    .mapTo(Long.class)
                                    .one()))
                    .isGreaterThanOrEqualTo(chats);
        }
    }

    @Test
    void saysWhichWorkloadsThereAre() {
        assertThat(CommandLineInterface.run(new String[] {"bench", "--only=tea", "--json=" + directory.resolve("j")}))
                .isEqualTo(1);
        assertThat(directory.resolve("j")).doesNotExist();
    }

    private Map<String, String> variables(DatabaseSettings database, int modelPort) {
        return Map.ofEntries(
                Map.entry("HOST", "127.0.0.1"),
                Map.entry("PORT", "0"),
                Map.entry("DATA_DIR", directory.toString()),
                Map.entry("DB_HOST", database.host()),
                Map.entry("DB_PORT", Integer.toString(database.port())),
                Map.entry("DB_DATABASE", database.database()),
                Map.entry("DB_USER", database.user()),
                Map.entry("DB_PASS", database.password()),
                Map.entry("AUTH_DISABLED", "true"),
                Map.entry("OPENAI_API_KEY", "bench"),
                Map.entry("OPENAI_BASE_URL", "http://127.0.0.1:" + modelPort + "/v1"));
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
