package dev.agentsgateway.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.bench.VendorRules;
import dev.agentsgateway.common.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Any valid conversation becomes a request that its vendor accepts, whoever said what in it. */
class TranscriptTest {
    private static ScriptedModelServer server;
    private static Models models;

    @BeforeContainer
    static void start() {
        server = ScriptedModelServer.start();
        models = Vendor.models(server, Vendor.QUICK);
    }

    @AfterContainer
    static void stop() {
        models.close();
        server.close();
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void isAcceptedByOpenAi(@ForAll("conversations") List<Message> messages, @ForAll("tools") List<String> tools) {
        JsonNode body = send("gpt-5.4", messages, tools);
        assertThat(VendorRules.openAi(body)).isNull();
        assertThat(texts(body.path("messages"), "tool", "content")).hasSize((int) results(messages));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void isAcceptedByAnthropic(@ForAll("conversations") List<Message> messages, @ForAll("tools") List<String> tools) {
        JsonNode body = send("claude-sonnet-4-6", messages, tools);
        assertThat(VendorRules.anthropic(body)).isNull();
        assertThat(body.toString().split("\"tool_result\"", -1)).hasSize((int) results(messages) + 1);
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void isAcceptedByGemini(
            @ForAll("conversations") List<Message> messages,
            @ForAll("tools") List<String> tools,
            @ForAll("geminis") String model) {
        JsonNode body = send(model, messages, tools);
        assertThat(VendorRules.gemini(body, model)).isNull();
        assertThat(body.toString().split("\"functionResponse\"", -1)).hasSize((int) results(messages) + 1);
    }

    @Provide
    Arbitrary<String> geminis() {
        return Arbitraries.of("gemini-2.5-pro", "gemini-3-flash-preview");
    }

    private static long results(List<Message> messages) {
        return messages.stream().filter(Message.Tool.class::isInstance).count();
    }

    private static List<String> texts(JsonNode messages, String role, String member) {
        List<String> texts = new ArrayList<>();
        for (JsonNode message : messages) {
            if (message.path("role").asText().equals(role)) {
                texts.add(message.path(member).asText());
            }
        }
        return texts;
    }

    /** Over the wire, so that the server's own check speaks, too. */
    private static JsonNode send(String model, List<Message> messages, List<String> tools) {
        List<ModelRequest.ToolDefinition> definitions = tools.stream()
                .map(name -> new ModelRequest.ToolDefinition(name, "x", Json.object()))
                .toList();
        server.otherwise(request -> Reply.text("fine"));
        var request = new ModelRequest(model, null, messages, definitions, null, null, true);
        assertThat(CollectedAnswer.of(models.resolve(model).chat(), request).text())
                .isEqualTo("fine");
        RecordedRequest recorded = server.takeRequest(Duration.ofSeconds(1));
        return recorded.body();
    }

    @Provide
    Arbitrary<List<String>> tools() {
        return Arbitraries.of(List.of(), List.of("alpha"), List.of("alpha", "beta"));
    }

    /** Turns in any order, ending with something to answer; every call is followed by its result. */
    @Provide
    Arbitrary<List<Message>> conversations() {
        Arbitrary<List<Message>> turn = Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(3, user().map(List::of)),
                net.jqwik.api.Tuple.of(2, assistant(Arbitraries.just(List.of())).map(List::of)),
                net.jqwik.api.Tuple.of(3, toolTurn()));
        Arbitrary<List<Message>> last = Arbitraries.oneOf(user().map(List::of), toolTurn());
        return Combinators.combine(turn.list().ofMaxSize(6), last).as((turns, end) -> {
            List<Message> all = new ArrayList<>();
            turns.forEach(all::addAll);
            all.addAll(end);
            return numbered(all);
        });
    }

    private static Arbitrary<String> text() {
        return Arbitraries.of("", " ", "\n\n", "Hello", "ü€😀 \"quoted\"", "{\"a\":1}");
    }

    private static Arbitrary<Message> user() {
        Arbitrary<Message.Part> part = Arbitraries.oneOf(
                text().map(Message.Part.Text::new),
                Arbitraries.of("image/png", "application/pdf")
                        .map(type -> new Message.Part.Media(type, new byte[] {1})));
        return part.list().ofMaxSize(3).map(Message.User::new);
    }

    private static Arbitrary<Message> assistant(Arbitrary<List<Message.ToolCall>> calls) {
        return Combinators.combine(text(), calls, state())
                .as((text, called, state) -> new Message.Assistant(text, "", called, state));
    }

    private static Arbitrary<List<Message>> toolTurn() {
        Arbitrary<Message.ToolCall> call = Combinators.combine(
                        Arbitraries.of("alpha", "beta"), Arbitraries.of("", "{}", "{\"x\":1}", "{broken", "[]", "null"))
                .as((name, arguments) -> new Message.ToolCall("?", name, arguments));
        Arbitrary<Message> assistant = assistant(call.list().ofMinSize(1).ofMaxSize(3));
        return Combinators.combine(assistant, text(), Arbitraries.of(true, false))
                .as((message, content, error) -> {
                    List<Message> turn = new ArrayList<>(List.of(message));
                    for (Message.ToolCall made : ((Message.Assistant) message).toolCalls()) {
                        turn.add(new Message.Tool("?", made.name(), content, error));
                    }
                    return turn;
                });
    }

    /** State of either vendor, fitting the message or not: another model may have answered, or the text was edited. */
    private static Arbitrary<Message.ProviderState> state() {
        ArrayNode thought =
                (ArrayNode) Json.read("[{\"block\":{\"type\":\"thinking\",\"thinking\":\"t\",\"signature\":\"s\"}},"
                        + "{\"text\":5},{\"call\":0}]");
        ArrayNode signed = (ArrayNode) Json.read("[{\"text\":0,\"signature\":\"e\"},{\"text\":5},"
                + "{\"call\":0,\"id\":\"g-1\",\"signature\":\"s\"},{\"call\":1}]");
        return Arbitraries.of(
                        new Message.ProviderState("anthropic", thought), new Message.ProviderState("gemini", signed))
                .injectNull(0.5);
    }

    /** Ids are unique in a conversation; some have characters that not every vendor takes. */
    private static List<Message> numbered(List<Message> messages) {
        List<Message> result = new ArrayList<>();
        int calls = 0;
        int results = 0;
        for (Message message : messages) {
            if (message instanceof Message.Assistant assistant) {
                List<Message.ToolCall> named = new ArrayList<>();
                for (Message.ToolCall call : assistant.toolCalls()) {
                    named.add(new Message.ToolCall("call.é_" + calls++, call.name(), call.arguments()));
                }
                result.add(new Message.Assistant(
                        assistant.text(), assistant.reasoning(), named, assistant.providerState()));
            } else if (message instanceof Message.Tool tool) {
                result.add(new Message.Tool("call.é_" + results++, tool.name(), tool.content(), tool.error()));
            } else {
                result.add(message);
            }
        }
        return result;
    }
}
