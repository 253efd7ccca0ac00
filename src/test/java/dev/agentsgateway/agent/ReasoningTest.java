package dev.agentsgateway.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Usage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code contract/agents-teams.md} 11.2, and models that reason by themselves. */
class ReasoningTest {
    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static void agent(String id, TestGateway.BodyChange config) {
        gateway.createAgent(id, "T", body -> {
            ObjectNode members = body.putObject("config").put("enable_reasoning", true);
            config.apply(members);
        });
    }

    private static String step(String title, String next) {
        return Json.write(Json.object()
                .put("title", title)
                .put("reasoning", "because of " + title)
                .put("next_action", next)
                .put("confidence", 0.9));
    }

    private static List<JsonNode> chat(String agent, String model) {
        return gateway.chat(agent, "q", body -> body.put("model", model)).events();
    }

    private static List<String> names(List<JsonNode> events) {
        return events.stream().map(event -> event.get("event").asText()).toList();
    }

    private static JsonNode asked(int fromLast) {
        var all = gateway.model().requests();
        return all.get(all.size() - 1 - fromLast).body();
    }

    private static List<String> contents(JsonNode request) {
        List<String> contents = new ArrayList<>();
        request.get("messages")
                .forEach(message -> contents.add(message.get("content").asText()));
        return contents;
    }

    @Test
    void aModelThinksInStepsBeforeItAnswers() {
        agent("steps", _ -> {});
        gateway.model()
                .reply(
                        Reply.text(step("one", "continue")).usage(new Usage(100, 10, 0, 0, 0, false)),
                        Reply.text(step("two", "final_answer")).usage(new Usage(200, 20, 0, 0, 0, false)),
                        Reply.text("The answer.").usage(new Usage(300, 30, 0, 0, 0, false)));
        List<JsonNode> events = chat("steps", "gpt-5.4");
        assertThat(names(events))
                .containsExactly(
                        "RunStarted",
                        "ReasoningStarted",
                        "ReasoningStep",
                        "ReasoningStep",
                        "ReasoningCompleted",
                        "ModelRequestStarted",
                        "RunContent",
                        "RunContent",
                        "ModelRequestCompleted",
                        "RunContentCompleted",
                        "RunCompleted");
        JsonNode first = events.get(2);
        assertThat(first.get("content").toString())
                .isEqualTo(
                        "{\"title\":\"one\",\"reasoning\":\"because of one\",\"next_action\":\"continue\",\"confidence\":0.9}");
        assertThat(first.get("content_type").asText()).isEqualTo("ReasoningStep");
        assertThat(events.get(3).get("reasoning_content").asText()).contains("## one", "## two");
        assertThat(events.get(4).at("/content/reasoning_steps")).hasSize(2);
        assertThat(events.get(4).get("content_type").asText()).isEqualTo("ReasoningSteps");
        JsonNode completed = events.getLast();
        assertThat(completed.get("content").asText()).isEqualTo("The answer.");
        assertThat(completed.get("reasoning_content").asText()).contains("because of one", "because of two");
        assertThat(completed.get("reasoning_steps")).hasSize(2);
        assertThat(completed.at("/reasoning_messages/0/role").asText()).isEqualTo("assistant");
        assertThat(completed
                        .at("/metrics/details/reasoning_model/0/input_tokens")
                        .asInt())
                .isEqualTo(300);
        assertThat(completed.at("/metrics/details/model/0/input_tokens").asInt())
                .isEqualTo(300);
        assertThat(completed.at("/metrics/input_tokens").asInt()).isEqualTo(600);
        assertThat(contents(asked(0)).get(2)).contains("because of one");
        assertThat(asked(2).has("tools")).as("tools while it thinks").isFalse();
        int booked = gateway.database()
                .with(handle -> handle.createQuery("SELECT prompt_tokens FROM token_usage WHERE agent_id = 'steps'")
                        .mapTo(Integer.class)
                        .one());
        assertThat(booked).isEqualTo(600);
    }

    @Test
    void whatWasThoughtIsNoHistory() {
        agent("steps-history", _ -> {});
        gateway.model().reply(Reply.text(step("one", "final_answer")), Reply.text("a1"));
        chat("steps-history", "gpt-5.4");
        gateway.model().reply(Reply.text("not a step"), Reply.text("a2"));
        List<JsonNode> events = chat("steps-history", "gpt-5.4");
        assertThat(contents(asked(0))).containsExactly("T", "q", "a1", "q");
        assertThat(names(events)).contains("ReasoningStarted").doesNotContain("ReasoningStep", "ReasoningCompleted");
        assertThat(events.getLast().get("content").asText()).isEqualTo("a2");
        assertThat(events.getLast().has("reasoning_steps")).isFalse();
    }

    @Test
    void validationResetAndBoundsAreHeeded() {
        agent("bounds", config -> config.put("reasoning_min_steps", 2).put("reasoning_max_steps", 4));
        gateway.model()
                .reply(
                        Reply.text(step("one", "validate")),
                        Reply.text(step("wrong", "reset")),
                        Reply.text(step("three", "final_answer")),
                        Reply.text(step("four", "continue")),
                        Reply.text("done"));
        List<JsonNode> events = chat("bounds", "gpt-5.4");
        assertThat(contents(asked(3)).getLast()).contains("Check the last result");
        assertThat(contents(asked(2)).getLast()).contains("Begin again");
        assertThat(contents(asked(1)).getLast()).contains("More steps");
        assertThat(events.getLast().get("reasoning_steps").findValuesAsText("title"))
                .containsExactly("three", "four");
        assertThat(events.getLast().get("content").asText()).isEqualTo("done");
    }

    @Test
    void thinkingLeavesOneTurnForTheAnswer() {
        agent("few-turns", config -> config.putObject("limits").put("max_model_turns", 2));
        gateway.model().reply(Reply.text(step("one", "continue")), Reply.text("done"));
        assertThat(chat("few-turns", "gpt-5.4").getLast().get("content").asText())
                .isEqualTo("done");
    }

    @Test
    void aFailingThoughtDoesNotKeepTheAnswer() {
        agent("failing-thought", _ -> {});
        gateway.model().reply(Reply.error(400, "no"), Reply.text("done"));
        assertThat(chat("failing-thought", "gpt-5.4").getLast().get("content").asText())
                .isEqualTo("done");
    }

    @Test
    void anotherModelCanThink() {
        agent("thinker", config -> config.put("reasoning_model", "gemini-2.5-flash"));
        gateway.model().reply(Reply.text(step("one", "final_answer")), Reply.text("done"));
        JsonNode completed = chat("thinker", "claude-sonnet-4-6").getLast();
        assertThat(completed.at("/metrics/details/reasoning_model/0/id").asText())
                .isEqualTo("gemini-2.5-flash");
        assertThat(completed.at("/metrics/details/model/0/id").asText()).isEqualTo("claude-sonnet-4-6");
        assertThat(gateway.model().requests().getLast().body().has("thinking")).isFalse();
    }

    @Test
    void theDemoModelHasAStep() {
        agent("demo-thought", _ -> {});
        assertThat(names(chat("demo-thought", "demo"))).contains("ReasoningStep", "ReasoningCompleted", "RunCompleted");
    }

    @ParameterizedTest
    @CsvSource({
        "claude-haiku-4-5-20251001,/thinking/type,enabled",
        "claude-sonnet-4-6,/thinking/type,adaptive",
        "gemini-2.5-pro,/generationConfig/thinkingConfig/includeThoughts,true",
        "gemini-3-flash-preview,/generationConfig/thinkingConfig/includeThoughts,true",
        "o4-mini,/reasoning_effort,medium"
    })
    void modelsThatReasonByThemselvesAreAskedTo(String model, String member, String value) {
        String id = "native-" + model.replace('.', '-');
        agent(id, _ -> {});
        gateway.model()
                .reply(
                        Reply.of()
                                .then(new Reply.Step.Reasoning("Hm. ", "sig-1"))
                                .then(new Reply.Step.ToolCall("c1", "get_chat_history", "{}", "sig-2")),
                        Reply.of()
                                .then(new Reply.Step.Reasoning("So. ", "sig-3"))
                                .thenText("done"));
        List<JsonNode> events = gateway.chat(
                        id, "q", body -> body.put("model", model).put("temperature", 0.5))
                .events();
        assertThat(names(events)).doesNotContain("ReasoningStarted");
        JsonNode completed = events.getLast();
        assertThat(completed.get("event").asText()).as(completed.toString()).isEqualTo("RunCompleted");
        assertThat(completed.get("content").asText()).isEqualTo("done");
        assertThat(completed.get("reasoning_content").asText()).contains("Hm. ", "So. ");
        for (int i = 0; i < 2; i++) {
            assertThat(asked(i).at(member).asText()).as("request -" + i).isEqualTo(value);
        }
        if (!model.startsWith("o4")) {
            assertThat(asked(0).toString()).as("sent back").contains(model.startsWith("claude") ? "sig-1" : "sig-2");
        }
    }

    @Test
    void agentsThatDoNotReasonSendWhatTheyAlwaysDid() {
        gateway.createAgent("plain-thought", "T");
        for (String model : List.of("claude-haiku-4-5-20251001", "gemini-2.5-pro", "o4-mini")) {
            gateway.model().reply(Reply.text("a"));
            chat("plain-thought", model);
            assertThat(asked(0).toString()).doesNotContain("thinking", "reasoning_effort");
        }
    }

    @ParameterizedTest
    @CsvSource({"3,2", "-1,2", "0,0", "1,-1"})
    void boundsThatCannotBeKeptAreRefused(int min, int max) {
        ObjectNode body = Json.object().put("id", "bad-bounds").put("name", "B").put("template", "T");
        body.putObject("config").put("reasoning_min_steps", min).put("reasoning_max_steps", max);
        TestGateway.Answer refused = gateway.post("/v2/agents", body);
        assertThat(refused.status()).as(refused.body()).isEqualTo(422);
        assertThat(refused.json().at("/detail/0/loc/2").asText()).startsWith("reasoning_m");
        String id = "bounds-" + (min + 10) + "-" + (max + 10);
        gateway.createAgent(id, "T");
        ObjectNode change = Json.object();
        change.putObject("config").put("reasoning_min_steps", min).put("reasoning_max_steps", max);
        assertThat(gateway.patch("/v2/agents/" + id, change).status()).isEqualTo(422);
        ObjectNode least = Json.object();
        least.putObject("config").put("reasoning_min_steps", 11);
        assertThat(gateway.patch("/v2/agents/" + id, least).status())
                .as("more than the stored most")
                .isEqualTo(422);
    }
}
