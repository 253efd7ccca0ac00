package dev.agentsgateway.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.CollectedAnswer;
import dev.agentsgateway.model.Models;
import dev.agentsgateway.model.Vendor;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptedModelServerTest {
    private final ScriptedModelServer server = ScriptedModelServer.start();
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    private HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .header("anthropic-version", "2023-06-01")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void speaksOpenAi() throws Exception {
        server.reply(Reply.text("Hi").usage(5, 1));
        HttpResponse<String> answer = post("/v1/chat/completions", """
                {"model":"gpt-5.4","messages":[{"role":"user","content":"x"}],"stream":true,
                 "stream_options":{"include_usage":true}}""");
        assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("text/event-stream");
        String[] events = answer.body().split("\n\n");
        assertThat(events).hasSize(5).allMatch(event -> event.startsWith("data: "));
        JsonNode first = Json.read(events[0].substring(6));
        assertThat(first.path("object").asText()).isEqualTo("chat.completion.chunk");
        assertThat(first.at("/choices/0/delta")).isEqualTo(Json.read("{\"role\":\"assistant\",\"content\":\"\"}"));
        assertThat(Json.read(events[3].substring(6)).at("/usage/prompt_tokens").asInt())
                .isEqualTo(5);
        assertThat(events[4]).isEqualTo("data: [DONE]");
    }

    @Test
    void sendsOpenAiUsageOnlyWhenAsked() throws Exception {
        String body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stream\":true}";
        assertThat(post("/v1/chat/completions", body).body()).doesNotContain("prompt_tokens");
    }

    @Test
    void speaksAnthropic() throws Exception {
        server.reply(Reply.text("Hi").thenToolCall("now", "{}"));
        String body =
                "{\"model\":\"c\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stream\":true}";
        assertThat(post("/v1/messages", body).body().lines().filter(line -> line.startsWith("event: ")))
                .containsExactly(
                        "event: message_start",
                        "event: ping",
                        "event: content_block_start",
                        "event: content_block_delta",
                        "event: content_block_stop",
                        "event: content_block_start",
                        "event: content_block_delta",
                        "event: content_block_delta",
                        "event: content_block_delta",
                        "event: content_block_stop",
                        "event: message_delta",
                        "event: message_stop");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"model\":\"m\",\"messages\":[]}",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"tool\",\"tool_call_id\":\"x\",\"content\":\"y\"}]}",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"x\",\"function\":"
                        + "{\"name\":\"f\",\"arguments\":\"{}\"}}]},{\"role\":\"user\",\"content\":\"y\"}]}",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"x\",\"function\":"
                        + "{\"name\":\"f\",\"arguments\":\"{}\"}}]}]}",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[]}]}",
                "{\"model\":\"gpt-5.4\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
            })
    void refusesWhatOpenAiRefuses(String body) throws Exception {
        server.reply(Reply.text("no"));
        HttpResponse<String> answer = post("/v1/chat/completions", body);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(Json.read(answer.body()).at("/error/type").asText()).isEqualTo("invalid_request_error");
        assertThat(server.remainingReplies()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
                "{\"max_tokens\":1,\"messages\":[]}",
                "{\"max_tokens\":1,\"messages\":[{\"role\":\"assistant\",\"content\":\"x\"}]}",
                "{\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"\"}]}",
                "{\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"user\",\"content\":\"x\"}]}",
                "{\"max_tokens\":1,\"tools\":[{}],\"messages\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"assistant\","
                        + "\"content\":[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}]},"
                        + "{\"role\":\"user\",\"content\":\"y\"}]}",
                "{\"max_tokens\":1,\"tools\":[{}],\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
                        + "\"tool_use_id\":\"t\",\"content\":\"y\"}]}]}"
            })
    void refusesWhatAnthropicRefuses(String body) throws Exception {
        HttpResponse<String> answer = post("/v1/messages", body);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(Json.read(answer.body()).at("/error/type").asText()).isEqualTo("invalid_request_error");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"contents\":[{\"role\":\"user\",\"parts\":[]}]}",
                "{\"contents\":[{\"role\":\"user\",\"parts\":[{}]}]}",
                "{\"contents\":[{\"role\":\"model\",\"parts\":[{\"text\":\"x\"}]}]}",
                "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"x\"}]},{\"role\":\"model\",\"parts\":[{\"functionCall\":"
                        + "{\"name\":\"f\",\"args\":{}}}]},{\"role\":\"user\",\"parts\":[{\"text\":\"y\"}]}]}",
                "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"name\":\"f\",\"response\":{}}}]}]}"
            })
    void refusesWhatGeminiRefuses(String body) throws Exception {
        HttpResponse<String> answer = post("/v1beta/models/gemini-2.5-pro:generateContent", body);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(Json.read(answer.body()).at("/error/status").asText()).isEqualTo("INVALID_ARGUMENT");
    }

    @Test
    void refusesAForeignKeyAndAForeignPath() throws Exception {
        server.expectKey("right");
        String body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        assertThat(post("/v1/chat/completions", body).statusCode()).isEqualTo(401);
        assertThat(post("/v1/completions", body).statusCode()).isEqualTo(404);
    }

    @Test
    void recordsWhatItWasSent() throws Exception {
        String body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        post("/v1/chat/completions", body);
        RecordedRequest request = server.takeRequest(Duration.ofSeconds(1));
        assertThat(request.path()).isEqualTo("/v1/chat/completions");
        assertThat(request.body()).isEqualTo(Json.read(body));
        assertThat(request.header("Anthropic-Version")).isEqualTo("2023-06-01");
        assertThat(request.outcome(Duration.ofSeconds(1)).closedEarly()).isFalse();
        assertThatThrownBy(() -> server.takeRequest(Duration.ofMillis(1))).isInstanceOf(AssertionError.class);
        assertThat(server.requests()).containsExactly(request);
    }

    @ParameterizedTest
    @EnumSource
    void keepsTimeWhenItIsABench(Vendor vendor) {
        var timing = new BenchTiming(Duration.ofMillis(60), Duration.ofMillis(20), 11, 2);
        try (var bench = ScriptedModelServer.bench(0, timing);
                Models models = Vendor.models(bench, Vendor.QUICK)) {
            for (boolean stream : new boolean[] {true, false}) {
                long start = System.nanoTime();
                CollectedAnswer answer =
                        CollectedAnswer.of(models.resolve(vendor.model).chat(), vendor.hello(stream));
                Duration took = Duration.ofNanos(System.nanoTime() - start);
                assertThat(answer.text()).isEqualTo(" token".repeat(11));
                assertThat(answer.usage().output()).isEqualTo(11);
                assertThat(took).isBetween(Duration.ofMillis(155), Duration.ofSeconds(8));
            }
            assertThat(bench.requests()).isEmpty();
        }
    }
}
