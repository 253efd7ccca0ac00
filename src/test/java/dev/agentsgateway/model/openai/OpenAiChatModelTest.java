package dev.agentsgateway.model.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.bench.Reply;
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

class OpenAiChatModelTest {
    private final ScriptedModelServer server = ScriptedModelServer.start();
    private final Models models = Vendor.models(server, Vendor.QUICK);

    @AfterEach
    void stop() {
        models.close();
        server.close();
    }

    private CollectedAnswer ask(ModelRequest request) {
        return CollectedAnswer.of(models.resolve("gpt-5.4").chat(), request);
    }

    private JsonNode sent(ModelRequest request) {
        ask(request);
        return server.takeRequest(Duration.ofSeconds(1)).body();
    }

    private CollectedAnswer answer(Reply reply) {
        server.reply(reply);
        return ask(Vendor.OPENAI.hello(true));
    }

    private static Reply chunks(String... chunks) {
        Reply reply = Reply.of();
        for (String chunk : chunks) {
            reply = reply.thenRaw("data: " + chunk + "\n\n");
        }
        return reply.thenRaw("data: [DONE]\n\n").endBody();
    }

    private static String delta(String delta) {
        return "{\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":" + delta + "}]}";
    }

    private static String finish(String reason) {
        return "{\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"" + reason + "\"}]}";
    }

    @Test
    void writesAFirstChatAsTheReferenceDoes() {
        var tool = new ToolDefinition("now", "Tells the time", Json.read("{\"type\":\"object\",\"properties\":{}}"));
        var request = new ModelRequest(
                "gpt-5.4", "Be kind.", List.of(Message.User.of("Hi")), List.of(tool), null, null, true);
        assertThat(sent(request)).isEqualTo(Json.read("""
                {"model":"gpt-5.4","messages":[{"role":"developer","content":"Be kind."},{"role":"user","content":"Hi"}],
                 "tools":[{"type":"function","function":{"name":"now","description":"Tells the time",
                  "parameters":{"type":"object","properties":{}}}}],
                 "stream":true,"stream_options":{"include_usage":true}}"""));
    }

    @Test
    void writesOptionsOnlyWhenAsked() {
        var request =
                new ModelRequest("llama3.2", "Be kind.", List.of(Message.User.of("Hi")), List.of(), 0.5, 100, false);
        assertThat(sent(request)).isEqualTo(Json.read("""
                {"model":"llama3.2","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"}],
                 "temperature":0.5,"max_tokens":100}"""));
        var reasoning =
                new ModelRequest("gpt-5.4-mini", null, List.of(Message.User.of("Hi")), List.of(), null, 100, false);
        assertThat(sent(reasoning).path("max_completion_tokens").asInt()).isEqualTo(100);
    }

    @Test
    void writesFilesThenTextThenImages() {
        var user = new Message.User(List.of(
                new Message.Part.Text("Look"),
                new Message.Part.Media("image/png", new byte[] {1, 2, 3}),
                new Message.Part.Media("application/pdf", new byte[] {4, 5})));
        assertThat(sent(Vendor.OPENAI.request(true, user)).at("/messages/0/content"))
                .isEqualTo(Json.read("""
                [{"type":"file","file":{"filename":"document-1.pdf","file_data":"data:application/pdf;base64,BAU="}},
                 {"type":"text","text":"Look"},
                 {"type":"image_url","image_url":{"url":"data:image/png;base64,AQID"}}]"""));
    }

    @Test
    void refusesAttachmentsThatTheProtocolHasNoPlaceFor() {
        var user = new Message.User(List.of(new Message.Part.Media("video/mp4", new byte[1])));
        var e = catchThrowableOfType(ModelException.class, () -> ask(Vendor.OPENAI.request(true, user)));
        assertThat(e.kind()).isEqualTo(Kind.INVALID_REQUEST);
    }

    @Test
    void writesToolCallsAndResults() {
        JsonNode messages = sent(Vendor.OPENAI.request(
                        true,
                        Message.User.of("Hi"),
                        new Message.Assistant(
                                "",
                                "",
                                List.of(
                                        new Message.ToolCall("c1", "now", ""),
                                        new Message.ToolCall("c2", "now", "{broken")),
                                null),
                        new Message.Tool("c1", "now", "12:00", false),
                        new Message.Tool("c2", "now", null, true)))
                .path("messages");
        assertThat(messages.get(1)).isEqualTo(Json.read("""
                {"role":"assistant","content":null,"tool_calls":[
                 {"id":"c1","type":"function","function":{"name":"now","arguments":"{}"}},
                 {"id":"c2","type":"function","function":{"name":"now","arguments":"{}"}}]}"""));
        assertThat(messages.get(2))
                .isEqualTo(Json.read("{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"12:00\"}"));
        assertThat(messages.get(3))
                .isEqualTo(Json.read("{\"role\":\"tool\",\"tool_call_id\":\"c2\",\"content\":\"\"}"));
    }

    @Test
    void passesOnTheEmptyFirstDelta() {
        assertThat(answer(Reply.text("Sure")).deltas()).containsExactly("", "Sure");
    }

    @Test
    void readsUsageDetails() {
        var usage = new Usage(100, 40, 64, 0, 30, false);
        assertThat(answer(Reply.text("x").usage(usage)).usage()).isEqualTo(usage);
    }

    @Test
    void readsReasoningOfOtherVendors() {
        assertThat(answer(chunks(
                        delta("{\"reasoning_content\":\"Hm\",\"content\":null}"),
                        delta("{\"reasoning\":\"m.\"}"),
                        delta("{\"content\":\"Yes\"}"),
                        finish("stop"))))
                .satisfies(answer -> {
                    assertThat(answer.reasoning()).isEqualTo("Hmm.");
                    assertThat(answer.deltas()).containsExactly("", "Yes");
                });
    }

    @Test
    void readsWholeCallsWithoutNumberOrId() {
        CollectedAnswer answer = answer(chunks(
                delta("{\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"a\",\"arguments\":\"{}\"}}]}"),
                delta("{\"tool_calls\":[{\"function\":{\"name\":\"a\",\"arguments\":{\"x\":1}}}]}"),
                finish("stop")));
        assertThat(answer.calls()).extracting(Message.ToolCall::arguments).containsExactly("{}", "{\"x\":1}");
        assertThat(answer.calls())
                .extracting(Message.ToolCall::id)
                .doesNotHaveDuplicates()
                .doesNotContainNull();
        assertThat(answer.stop()).isEqualTo(StopReason.TOOL_CALLS);
    }

    @Test
    void tellsCallsApartThatShareANumber() {
        CollectedAnswer answer = answer(chunks(
                delta(
                        "{\"tool_calls\":[{\"index\":0,\"id\":\"p\",\"function\":{\"name\":\"a\",\"arguments\":\"{}\"}}]}"),
                delta("{\"tool_calls\":[{\"index\":0,\"id\":\"q\",\"function\":{\"name\":\"b\",\"arguments\":\"\"}}]}"),
                delta(
                        "{\"tool_calls\":[{\"index\":0,\"id\":\"q\",\"function\":{\"name\":\"b\",\"arguments\":\"{}\"}}]}"),
                finish("tool_calls")));
        assertThat(answer.calls())
                .containsExactly(new Message.ToolCall("p", "a", "{}"), new Message.ToolCall("q", "b", "{}"));
    }

    @Test
    void readsInterleavedPieces() {
        CollectedAnswer answer = answer(chunks(
                delta("{\"tool_calls\":[{\"index\":0,\"id\":\"p\",\"function\":{\"name\":\"a\"}},"
                        + "{\"index\":1,\"id\":\"q\",\"function\":{\"name\":\"b\"}}]}"),
                delta("{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"[\"}}]}"),
                delta("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\"}}]}"),
                delta("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"}\"}},"
                        + "{\"index\":1,\"function\":{\"arguments\":\"]\"}}]}"),
                finish("tool_calls")));
        assertThat(answer.calls())
                .containsExactly(new Message.ToolCall("p", "a", "{}"), new Message.ToolCall("q", "b", "[]"));
    }

    @Test
    void readsTheLegacyFunctionCall() {
        CollectedAnswer answer = answer(chunks(
                delta("{\"function_call\":{\"name\":\"a\",\"arguments\":\"{\"}}"),
                delta("{\"function_call\":{\"arguments\":\"}\"}}"),
                finish("function_call")));
        assertThat(answer.calls()).extracting(Message.ToolCall::arguments).containsExactly("{}");
        assertThat(answer.stop()).isEqualTo(StopReason.TOOL_CALLS);
    }

    @Test
    void aFinishReasonOrDoneIsAnEnd() {
        assertThat(answer(chunks(delta("{\"content\":\"a\"}"))).stop()).isEqualTo(StopReason.END);
        String finished = "data: " + delta("{\"content\":\"a\"}") + "\n\ndata: " + finish("length") + "\n\n";
        assertThat(answer(Reply.of().thenRaw(finished).endBody()).stop()).isEqualTo(StopReason.MAX_TOKENS);
        assertThat(answer(Reply.of().thenRaw(finished).cut()).stop()).isEqualTo(StopReason.MAX_TOKENS);
    }

    @Test
    void readsARefusalAsText() {
        assertThat(answer(chunks(delta("{\"refusal\":\"No.\"}"), finish("stop")))
                        .text())
                .isEqualTo("No.");
    }

    @ParameterizedTest
    @CsvSource({
        "400,context_length_exceeded,x,CONTEXT_TOO_LONG",
        "400,,This model's maximum context length is 4096 tokens,CONTEXT_TOO_LONG",
        "429,insufficient_quota,You exceeded your current quota,QUOTA",
        "404,model_not_found,x,NOT_FOUND",
        "401,invalid_api_key,x,AUTHENTICATION",
        "503,server_is_overloaded,x,OVERLOADED"
    })
    void typesErrors(int status, String code, String message, Kind kind) {
        for (int i = 0; i < 3; i++) {
            server.reply(Reply.error(status, message).errorCode(code));
        }
        var e = catchThrowableOfType(ModelException.class, () -> ask(Vendor.OPENAI.hello(true)));
        assertThat(e.kind()).isEqualTo(kind);
        assertThat(server.requests()).hasSize(kind.passing() ? 3 : 1);
    }
}
