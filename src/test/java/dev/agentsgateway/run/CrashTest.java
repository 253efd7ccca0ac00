package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.common.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process is killed while it streams, and started again on what it left. */
class CrashTest {
    private static final int LEASE_SECONDS = 3;
    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    Path data;

    /** A gateway in a process of its own. */
    private record Gateway(Process process, String url) {
        void kill() throws InterruptedException {
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private Gateway start(ScriptedModelServer model) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.agentsgateway.Main",
                "serve");
        builder.environment().keySet().removeIf(name -> name.startsWith("DB_") || name.endsWith("_API_KEY"));
        builder.environment().put("HOST", "127.0.0.1");
        builder.environment().put("PORT", "0");
        builder.environment().put("DATA_DIR", data.toString());
        builder.environment().put("AUTH_DISABLED", "true");
        builder.environment().put("OPENAI_API_KEY", "k");
        builder.environment().put("OPENAI_BASE_URL", model.openAiBaseUrl());
        builder.environment().put("RUN_LEASE_SECONDS", Integer.toString(LEASE_SECONDS));
        builder.directory(data.toFile()).redirectErrorStream(true);
        Process process = builder.start();
        BufferedReader out = process.inputReader();
        StringBuilder said = new StringBuilder();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            said.append(line).append('\n');
            if (line.contains("  Address    ")) {
                Thread.ofVirtual().start(() -> out.lines().forEach(_ -> {}));
                return new Gateway(process, line.strip().split("\\s+")[1]);
            }
        }
        throw new AssertionError("the gateway did not start:\n" + said);
    }

    private HttpRequest chat(Gateway gateway, String message, String session, boolean stream) {
        ObjectNode body = TestGateway.chatBody(
                message, it -> it.put("session_id", session).put("stream", stream));
        return HttpRequest.newBuilder(URI.create(gateway.url() + "/v2/agents/demo-assistant/chat"))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
    }

    private JsonNode json(HttpRequest request) throws Exception {
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Json.read(response.body());
    }

    private JsonNode run(Gateway gateway, String id) throws Exception {
        return json(HttpRequest.newBuilder(URI.create(gateway.url() + "/v2/runs/" + id))
                .build());
    }

    @Test
    void nothingAnsweredIsLostAndTheInterruptedRunEndsByItself() throws Exception {
        try (ScriptedModelServer model = ScriptedModelServer.start()) {
            Gateway first = start(model);
            List<String> answered;
            String cut;
            try {
                model.reply(
                        Reply.text("First."),
                        Reply.text("Second."),
                        Reply.text("Third ").stall());
                answered = List.of(
                        json(chat(first, "one", "s1", false)).get("run_id").asText(),
                        json(chat(first, "two", "s1", false)).get("run_id").asText());
                HttpResponse<InputStream> stream =
                        client.send(chat(first, "three", "s1", true), HttpResponse.BodyHandlers.ofInputStream());
                cut = stream.headers().firstValue("X-Run-Id").orElseThrow();
                StringBuilder got = new StringBuilder();
                while (!got.toString().contains("Third")) {
                    int c = stream.body().read();
                    assertThat(c).isNotNegative();
                    got.append((char) c);
                }
                // Events are gathered for 50 ms before they are stored.
                Thread.sleep(500);
            } finally {
                first.kill();
            }
            Gateway second = start(model);
            try {
                long restarted = System.nanoTime();
                assertThat(run(second, answered.get(0)).get("content").asText()).isEqualTo("First.");
                assertThat(run(second, answered.get(1)).get("content").asText()).isEqualTo("Second.");
                model.reply(Reply.text("Fourth."));
                JsonNode next = json(chat(second, "four", "s1", false));
                assertThat(Duration.ofNanos(System.nanoTime() - restarted))
                        .isLessThan(Duration.ofSeconds(LEASE_SECONDS + 1));
                assertThat(next.get("content").asText()).isEqualTo("Fourth.");
                JsonNode interrupted = run(second, cut);
                assertThat(interrupted.get("status").asText()).isEqualTo("failed");
                assertThat(interrupted.at("/error/code").asText()).isEqualTo("interrupted");
                assertThat(interrupted.get("content").asText()).isEqualTo("Third ");
                assertThat(run(second, next.get("run_id").asText()).get("turn").asInt())
                        .isEqualTo(4);
                RecordedRequest last = model.requests().getLast();
                assertThat(last.body().get("messages").findValuesAsText("content"))
                        .containsSubsequence("one", "First.", "two", "Second.", "four")
                        .doesNotContain("three");
            } finally {
                second.process().destroy();
                assertThat(second.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
            }
        }
    }
}
