package dev.agentsgateway.model.gemini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.bench.Reply.Step;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.CollectedAnswer;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.ModelEvent.StopReason;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.ModelException.Kind;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ModelRequest.ToolDefinition;
import dev.agentsgateway.model.Models;
import dev.agentsgateway.model.Usage;
import dev.agentsgateway.model.Vendor;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GeminiChatModelTest {
    private final ScriptedModelServer server = ScriptedModelServer.start();
    private final Models models = Vendor.models(server, Vendor.QUICK);

    @AfterEach
    void stop() {
        models.close();
        server.close();
    }

    private CollectedAnswer ask(ModelRequest request) {
        return CollectedAnswer.of(models.resolve("gemini-2.5-pro").chat(), request);
    }

    private RecordedRequest sent(ModelRequest request) {
        ask(request);
        return server.takeRequest(Duration.ofSeconds(1));
    }

    private static ModelRequest to(String model, Message... messages) {
        return new ModelRequest(model, null, List.of(messages), List.of(), null, null, true);
    }

    @Test
    void writesARequest() {
        JsonNode schema = Json.read("{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/x\"}}}");
        var request = new ModelRequest(
                "gemini-2.5-pro",
                "Be kind.",
                List.of(Message.User.of("Hi")),
                List.of(new ToolDefinition("f", "Does f", schema), new ToolDefinition("g", null, Json.object())),
                0.5,
                100,
                true);
        RecordedRequest recorded = sent(request);
        assertThat(recorded.path()).isEqualTo("/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse");
        assertThat(recorded.header("x-goog-api-key")).isEqualTo(Vendor.KEY);
        assertThat(recorded.body()).isEqualTo(Json.read("""
                {"systemInstruction":{"parts":[{"text":"Be kind."}]},
                 "contents":[{"role":"user","parts":[{"text":"Hi"}]}],
                 "tools":[{"functionDeclarations":[{"name":"f","description":"Does f","parametersJsonSchema":
                   {"type":"object","properties":{"a":{"$ref":"#/$defs/x"}}}},{"name":"g","description":"g"}]}],
                 "generationConfig":{"temperature":0.5,"maxOutputTokens":100}}"""));
        assertThat(sent(Vendor.GEMINI.hello(false)).path()).isEqualTo("/v1beta/models/gemini-2.5-pro:generateContent");
    }

    @Test
    void cannotBeLedToAnotherPath() {
        ask(to("gemini-x/../../evil?y", Message.User.of("Hi")));
        assertThat(server.takeRequest(Duration.ofSeconds(1)).path())
                .startsWith("/v1beta/models/gemini-x%2F..%2F..%2Fevil%3Fy:");
    }

    @Test
    void writesMediaInTheGivenOrder() {
        var user = new Message.User(List.of(
                new Message.Part.Media("image/png", new byte[] {1, 2, 3}),
                new Message.Part.Text("Look"),
                new Message.Part.Media("application/pdf", new byte[] {4, 5})));
        assertThat(sent(Vendor.GEMINI.request(true, user)).body().at("/contents/0/parts"))
                .isEqualTo(Json.read("""
                [{"inlineData":{"mimeType":"image/png","data":"AQID"}},{"text":"Look"},
                 {"inlineData":{"mimeType":"application/pdf","data":"BAU="}}]"""));
    }

    @Test
    void writesResultsAsObjects() {
        JsonNode contents = sent(to(
                        "gemini-2.5-pro",
                        Message.User.of("Hi"),
                        new Message.Assistant(
                                "",
                                "",
                                List.of(
                                        new Message.ToolCall("c1", "a", "{\"x\":1}"),
                                        new Message.ToolCall("c2", "b", "{broken"),
                                        new Message.ToolCall("c3", "c", ""),
                                        new Message.ToolCall("c4", "d", "")),
                                null),
                        new Message.Tool("c1", "a", "{\"y\":2}", false),
                        new Message.Tool("c2", "b", "bad arguments", true),
                        new Message.Tool("c3", "c", "[1]", false),
                        new Message.Tool("c4", "d", null, false)))
                .body()
                .path("contents");
        assertThat(contents.get(1)).isEqualTo(Json.read("""
                {"role":"model","parts":[{"functionCall":{"name":"a","args":{"x":1}}},
                 {"functionCall":{"name":"b","args":{}}},{"functionCall":{"name":"c","args":{}}},
                 {"functionCall":{"name":"d","args":{}}}]}"""));
        assertThat(contents.get(2)).isEqualTo(Json.read("""
                {"role":"user","parts":[{"functionResponse":{"name":"a","response":{"y":2}}},
                 {"functionResponse":{"name":"b","response":{"error":"bad arguments"}}},
                 {"functionResponse":{"name":"c","response":{"output":[1]}}},
                 {"functionResponse":{"name":"d","response":{"output":""}}}]}"""));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void replaysSignaturesOnTheirParts(boolean stream) {
        server.reply(Reply.of(
                new Step.Reasoning("Hm.", null),
                new Step.Text("Let me see."),
                new Step.ToolCall("id-1", "a", "{\"x\":1}", "sig-1"),
                new Step.ToolCall(null, "b", "{}", null)));
        CollectedAnswer answer = ask(Vendor.GEMINI.hello(stream));
        assertThat(answer.reasoning()).isEqualTo("Hm.");
        assertThat(answer.text()).isEqualTo("Let me see.");
        assertThat(answer.stop()).isEqualTo(StopReason.TOOL_CALLS);
        server.takeRequest(Duration.ofSeconds(1));
        JsonNode contents = sent(to(
                        "gemini-3-flash-preview",
                        Message.User.of("Hi"),
                        answer.message("gemini"),
                        new Message.Tool(answer.calls().get(0).id(), "a", "{}", false),
                        new Message.Tool(answer.calls().get(1).id(), "b", "{}", false)))
                .body()
                .path("contents");
        assertThat(contents.get(1).path("parts")).isEqualTo(Json.read("""
                [{"text":"Let me see."},
                 {"functionCall":{"name":"a","args":{"x":1},"id":"id-1"},"thoughtSignature":"sig-1"},
                 {"functionCall":{"name":"b","args":{}}}]"""));
        assertThat(contents.get(2).path("parts")).isEqualTo(Json.read("""
                [{"functionResponse":{"name":"a","id":"id-1","response":{}}},
                 {"functionResponse":{"name":"b","response":{}}}]"""));
    }

    @Test
    void replaysASignatureThatComesAlone() {
        String alone =
                "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\",\"thoughtSignature\":\"end\"}]}}]}\n\n";
        server.reply(Reply.text("Yes").thenRaw(alone));
        CollectedAnswer answer = ask(Vendor.GEMINI.hello(true));
        server.takeRequest(Duration.ofSeconds(1));
        assertThat(sent(to("gemini-2.5-pro", Message.User.of("Hi"), answer.message("gemini"), Message.User.of("So?")))
                        .body()
                        .at("/contents/1/parts"))
                .isEqualTo(Json.read("[{\"text\":\"Yes\"},{\"text\":\"\",\"thoughtSignature\":\"end\"}]"));
    }

    @Test
    void marksCallsOfOtherVendorsForGemini3() {
        var foreign = new Message.Assistant(
                "", "", List.of(new Message.ToolCall("c1", "a", ""), new Message.ToolCall("c2", "a", "")), null);
        JsonNode parts = sent(to(
                        "gemini-3.1-pro-preview",
                        Message.User.of("Hi"),
                        foreign,
                        new Message.Tool("c1", "a", "1", false),
                        new Message.Tool("c2", "a", "2", false)))
                .body()
                .at("/contents/1/parts");
        assertThat(parts.findValuesAsText("thoughtSignature")).containsExactly("skip_thought_signature_validator");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void countsThoughtsAsOutput(boolean stream) {
        var usage = new Usage(100, 40, 64, 0, 30, false);
        server.reply(Reply.text("x").usage(usage));
        assertThat(ask(Vendor.GEMINI.hello(stream)).usage()).isEqualTo(usage);
    }

    @Test
    void aBlockedPromptStopsByTheContentFilter() {
        String blocked =
                "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"},\"usageMetadata\":{\"promptTokenCount\":5}}\n\n";
        server.reply(Reply.of().thenRaw(blocked).endBody());
        CollectedAnswer answer = ask(Vendor.GEMINI.hello(true));
        assertThat(answer.stop()).isEqualTo(StopReason.CONTENT_FILTER);
        assertThat(answer.usage().input()).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource({
        "400,INVALID_ARGUMENT,API key not valid. Please pass a valid API key.,AUTHENTICATION",
        "400,INVALID_ARGUMENT,The input token count (2000000) exceeds the maximum number of tokens allowed,CONTEXT_TOO_LONG",
        "429,RESOURCE_EXHAUSTED,x,RATE_LIMITED",
        "503,UNAVAILABLE,The model is overloaded,OVERLOADED",
        "504,DEADLINE_EXCEEDED,x,TIMEOUT",
        "500,INTERNAL,x,UPSTREAM",
        "404,NOT_FOUND,x,NOT_FOUND"
    })
    void typesErrors(int status, String code, String message, Kind kind) {
        for (int i = 0; i < 3; i++) {
            server.reply(Reply.error(status, message).errorCode(code));
        }
        var e = catchThrowableOfType(ModelException.class, () -> ask(Vendor.GEMINI.hello(true)));
        assertThat(e.kind()).isEqualTo(kind);
        assertThat(server.requests()).hasSize(kind.passing() ? 3 : 1);
    }
}
