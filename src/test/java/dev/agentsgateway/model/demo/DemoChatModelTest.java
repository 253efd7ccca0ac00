package dev.agentsgateway.model.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.CollectedAnswer;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.ModelEvent.StopReason;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ModelRequest.ToolDefinition;
import dev.agentsgateway.model.ModelStream;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoChatModelTest {
    private static ModelRequest request(List<String> tools, Integer maxTokens, Message... messages) {
        List<ToolDefinition> definitions = tools.stream()
                .map(name -> new ToolDefinition(name, "", Json.object()))
                .toList();
        return new ModelRequest("demo", "Be kind.", List.of(messages), definitions, null, maxTokens, true);
    }

    private static CollectedAnswer ask(List<String> tools, Message... messages) {
        return CollectedAnswer.of(new DemoChatModel(), request(tools, null, messages));
    }

    private static CollectedAnswer ask(List<String> tools, String text) {
        return ask(tools, Message.User.of(text));
    }

    @Test
    void saysWhatItIsInItsFirstAnswerOnly() {
        CollectedAnswer first = ask(List.of("now"), "Hello there");
        assertThat(first.text())
                .startsWith("I am the built-in demo model")
                .contains("OPENAI_API_KEY", "\"Hello there\"", "My tools: now");
        assertThat(first.deltas()).hasSizeGreaterThan(10);
        assertThat(first.stop()).isEqualTo(StopReason.END);
        CollectedAnswer second =
                ask(List.of("now"), Message.User.of("Hello"), first.message("demo"), Message.User.of("So?"));
        assertThat(second.text()).isEqualTo("You said: \"So?\".");
    }

    @Test
    void isDeterministic() {
        assertThat(ask(List.of("now"), "Hello")).isEqualTo(ask(List.of("now"), "Hello"));
    }

    @Test
    void estimatesItsUsage() {
        CollectedAnswer answer = ask(List.of(), "12345");
        assertThat(answer.usage().estimated()).isTrue();
        assertThat(answer.usage().input()).isEqualTo(4);
        assertThat(answer.usage().output()).isEqualTo((answer.text().length() + 3) / 4);
    }

    @ParameterizedTest
    @CsvSource({
        "What date is next Friday?,next Friday",
        "when is tomorrow,tomorrow",
        "What day is it?,today",
        "'Tell me, when was last Monday?',last Monday"
    })
    void resolvesDates(String question, String date) {
        CollectedAnswer asking = ask(List.of("resolve_datetime"), question);
        assertThat(asking.stop()).isEqualTo(StopReason.TOOL_CALLS);
        assertThat(asking.calls()).singleElement().satisfies(call -> {
            assertThat(call.name()).isEqualTo("resolve_datetime");
            assertThat(Json.read(call.arguments())).isEqualTo(Json.object().put("text", date));
        });
        CollectedAnswer telling = ask(
                List.of("resolve_datetime"),
                Message.User.of(question),
                asking.message("demo"),
                new Message.Tool(
                        asking.calls().getFirst().id(), "resolve_datetime", "2027-01-08T00:00:00+00:00", false));
        assertThat(telling.text()).isEqualTo("That is 2027-01-08T00:00:00+00:00.");
        assertThat(ask(List.of(), question).calls()).isEmpty();
    }

    @Test
    void remembers() {
        CollectedAnswer answer = ask(List.of("update_user_memory"), "Remember that I like tea");
        assertThat(answer.calls())
                .singleElement()
                .satisfies(call -> assertThat(Json.read(call.arguments()))
                        .isEqualTo(Json.object().put("task", "Remember that I like tea")));
    }

    @Test
    void callsWhatItIsToldToCall() {
        CollectedAnswer answer =
                ask(List.of("mail", "now"), "Please do this:\ncall mail {\"to\": \"a b\"}\n  CALL now\ncall me later");
        assertThat(answer.calls()).extracting(Message.ToolCall::name).containsExactly("mail", "now");
        assertThat(answer.calls()).extracting(Message.ToolCall::arguments).containsExactly("{\"to\": \"a b\"}", "{}");
        assertThat(answer.calls()).extracting(Message.ToolCall::id).doesNotHaveDuplicates();
        assertThat(ask(List.of("now"), "call mail {}").text()).contains("There is no tool mail.", "My tools: now");
    }

    @Test
    void reportsEveryResult() {
        CollectedAnswer answer = ask(
                List.of(),
                Message.User.of("x"),
                new Message.Assistant(
                        "",
                        "",
                        List.of(new Message.ToolCall("1", "mail", "{}"), new Message.ToolCall("2", "now", "{}")),
                        null),
                new Message.Tool("1", "mail", "denied", true),
                new Message.Tool("2", "now", "12:00", false));
        assertThat(answer.text()).isEqualTo("The tool mail failed: denied\nThe tool now answered: 12:00");
    }

    @Test
    void knowsWhatWasSaidBefore() {
        assertThat(ask(List.of(), "What did I say?").text()).endsWith("This is your first message.");
        assertThat(ask(
                                List.of(),
                                Message.User.of("Tea"),
                                Message.Assistant.of("ok"),
                                Message.User.of("What did I say?"))
                        .text())
                .isEqualTo("Before that, you said: \"Tea\"");
    }

    @Test
    void keepsToMaxTokens() {
        CollectedAnswer answer = CollectedAnswer.of(new DemoChatModel(), request(List.of(), 3, Message.User.of("Hi")));
        assertThat(answer.text().strip()).isEqualTo("I am the");
        assertThat(answer.stop()).isEqualTo(StopReason.MAX_TOKENS);
    }

    @Test
    void canBeCancelled() {
        ModelStream stream = new DemoChatModel().stream(request(List.of(), null, Message.User.of("Hi")));
        stream.next();
        stream.close();
        assertThatThrownBy(stream::next).isInstanceOf(ModelException.class);
    }

    @Test
    void answersStrangeConversations() {
        Stream.of(
                        List.<Message>of(),
                        List.<Message>of(new Message.User(List.of())),
                        List.<Message>of(new Message.User(List.of(new Message.Part.Media("image/png", new byte[1])))),
                        List.<Message>of(Message.User.of("call")))
                .forEach(messages -> assertThat(
                                ask(List.of(), messages.toArray(Message[]::new)).text())
                        .isNotBlank());
    }
}
