package dev.agentsgateway.model.anthropic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.bench.Reply.Step;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.CollectedAnswer;
import dev.agentsgateway.model.Message;
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

class AnthropicChatModelTest {
    private static final ToolDefinition NOW = new ToolDefinition("now", "Tells the time", Json.object());

    private final ScriptedModelServer server = ScriptedModelServer.start();
    private final Models models = Vendor.models(server, Vendor.QUICK);

    @AfterEach
    void stop() {
        models.close();
        server.close();
    }

    private CollectedAnswer ask(ModelRequest request) {
        return CollectedAnswer.of(models.resolve("claude-sonnet-4-6").chat(), request);
    }

    private JsonNode sent(ModelRequest request) {
        ask(request);
        return server.takeRequest(Duration.ofSeconds(1)).body();
    }

    private static ModelRequest with(List<ToolDefinition> tools, Message... messages) {
        return new ModelRequest("claude-sonnet-4-6", null, List.of(messages), tools, null, null, true);
    }

    @Test
    void writesARequest() {
        var request =
                new ModelRequest("claude-x", "Be kind.", List.of(Message.User.of("Hi")), List.of(NOW), 0.5, 100, true);
        ask(request);
        var recorded = server.takeRequest(Duration.ofSeconds(1));
        assertThat(recorded.header("anthropic-version")).isEqualTo("2023-06-01");
        assertThat(recorded.header("x-api-key")).isEqualTo(Vendor.KEY);
        assertThat(recorded.body()).isEqualTo(Json.read("""
                {"model":"claude-x","max_tokens":100,"system":"Be kind.",
                 "messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],
                 "tools":[{"name":"now","description":"Tells the time","input_schema":{"type":"object","properties":{}}}],
                 "temperature":0.5,"stream":true}"""));
    }

    @Test
    void alwaysSendsMaxTokens() {
        assertThat(sent(Vendor.ANTHROPIC.hello(false)).path("max_tokens").asInt())
                .isEqualTo(8192);
    }

    @Test
    void writesMediaInTheGivenOrder() {
        var user = new Message.User(List.of(
                new Message.Part.Media("image/png", new byte[] {1, 2, 3}),
                new Message.Part.Text("Look"),
                new Message.Part.Media("application/pdf", new byte[] {4, 5})));
        assertThat(sent(Vendor.ANTHROPIC.request(true, user)).at("/messages/0/content"))
                .isEqualTo(Json.read("""
                [{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AQID"}},
                 {"type":"text","text":"Look"},
                 {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"BAU="}}]"""));
    }

    @Test
    void gathersToolResultsInOneMessage() {
        JsonNode messages = sent(with(
                        List.of(NOW),
                        Message.User.of("Hi"),
                        new Message.Assistant(
                                "Look: ",
                                "",
                                List.of(
                                        new Message.ToolCall("c.1", "now", "{\"a\":1}"),
                                        new Message.ToolCall("c2", "now", "{broken")),
                                null),
                        new Message.Tool("c.1", "now", "12:00", false),
                        new Message.Tool("c2", "now", "", true),
                        Message.User.of("And?")))
                .path("messages");
        assertThat(messages.get(1)).isEqualTo(Json.read("""
                {"role":"assistant","content":[{"type":"text","text":"Look: "},
                 {"type":"tool_use","id":"c_1","name":"now","input":{"a":1}},
                 {"type":"tool_use","id":"c2","name":"now","input":{}}]}"""));
        assertThat(messages.get(2)).isEqualTo(Json.read("""
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"c_1","content":"12:00"},
                 {"type":"tool_result","tool_use_id":"c2","content":"The tool failed.","is_error":true},
                 {"type":"text","text":"And?"}]}"""));
    }

    @Test
    void declaresThePastToolsOfAnAgentThatLostThem() {
        JsonNode body = sent(with(
                List.of(),
                Message.User.of("Hi"),
                new Message.Assistant("", "", List.of(new Message.ToolCall("c1", "now", "")), null),
                new Message.Tool("c1", "now", "12:00", false)));
        assertThat(body.path("tools").findValuesAsText("name")).containsExactly("now");
        assertThat(body.at("/tool_choice/type").asText()).isEqualTo("none");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void replaysThoughtsVerbatimAtTheirPlace(boolean stream) {
        server.reply(Reply.of(
                        new Step.Reasoning("Hm.", "sig-1"),
                        new Step.Text("Let me "),
                        new Step.Text("see."),
                        new Step.Reasoning("And?", "sig-2"),
                        new Step.ToolCall("t1", "now", "{}", null))
                .usage(3, 4));
        CollectedAnswer answer = ask(new ModelRequest(
                "claude-sonnet-4-6", null, List.of(Message.User.of("Hi")), List.of(NOW), null, null, stream));
        assertThat(answer.reasoning()).isEqualTo("Hm.And?");
        server.takeRequest(Duration.ofSeconds(1));
        JsonNode body = sent(with(
                List.of(NOW),
                Message.User.of("Hi"),
                answer.message("anthropic"),
                new Message.Tool("t1", "now", "12:00", false)));
        assertThat(body.at("/messages/1/content")).isEqualTo(Json.read("""
                [{"type":"thinking","thinking":"Hm.","signature":"sig-1"},
                 {"type":"text","text":"Let me see."},
                 {"type":"thinking","thinking":"And?","signature":"sig-2"},
                 {"type":"tool_use","id":"t1","name":"now","input":{}}]"""));
    }

    @Test
    void keepsRedactedThoughts() {
        String start = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
                + "\"content_block\":{\"type\":\"redacted_thinking\",\"data\":\"opaque\"}}\n\n";
        server.reply(Reply.of(new Step.Raw(start)).thenText("Yes"));
        CollectedAnswer answer = ask(Vendor.ANTHROPIC.hello(true));
        server.takeRequest(Duration.ofSeconds(1));
        assertThat(sent(with(List.of(), Message.User.of("Hi"), answer.message("anthropic"), Message.User.of("So?")))
                        .at("/messages/1/content/0"))
                .isEqualTo(Json.read("{\"type\":\"redacted_thinking\",\"data\":\"opaque\"}"));
    }

    @Test
    void keepsNoStateWithoutThoughts() {
        server.reply(Reply.text("Yes").thenToolCall("now", "{}"));
        assertThat(ask(Vendor.ANTHROPIC.hello(true)).state()).isNull();
    }

    @Test
    void readsTheRawArgumentsOfACall() {
        server.reply(Reply.toolCall("now", "{\"a\": [1, 2]}"), Reply.toolCall("now", ""));
        assertThat(ask(Vendor.ANTHROPIC.hello(true)).calls().getFirst().arguments())
                .isEqualTo("{\"a\": [1, 2]}");
        assertThat(ask(Vendor.ANTHROPIC.hello(true)).calls().getFirst().arguments())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void countsCachedTokensAsInput(boolean stream) {
        var usage = new Usage(100, 40, 64, 16, 0, false);
        server.reply(Reply.text("x").usage(usage));
        assertThat(ask(Vendor.ANTHROPIC.hello(stream)).usage()).isEqualTo(usage);
    }

    @ParameterizedTest
    @CsvSource({
        "400,,prompt is too long: 210000 tokens > 200000 maximum,CONTEXT_TOO_LONG",
        "400,,Your credit balance is too low to access the API,QUOTA",
        "400,,x,INVALID_REQUEST",
        "429,rate_limit_error,x,RATE_LIMITED",
        "529,overloaded_error,Overloaded,OVERLOADED",
        "500,api_error,x,UPSTREAM",
        "403,permission_error,x,AUTHENTICATION"
    })
    void typesErrors(int status, String code, String message, Kind kind) {
        for (int i = 0; i < 3; i++) {
            server.reply(Reply.error(status, message).errorCode(code));
        }
        var e = catchThrowableOfType(ModelException.class, () -> ask(Vendor.ANTHROPIC.hello(true)));
        assertThat(e.kind()).isEqualTo(kind);
        assertThat(server.requests()).hasSize(kind.passing() ? 3 : 1);
    }

    @Test
    void anOverloadInsideAStreamIsTyped() {
        server.reply(Reply.text("half").thenStreamError("overloaded_error", "Overloaded"));
        var e = catchThrowableOfType(ModelException.class, () -> ask(Vendor.ANTHROPIC.hello(true)));
        assertThat(e.kind()).isEqualTo(Kind.OVERLOADED);
    }
}
