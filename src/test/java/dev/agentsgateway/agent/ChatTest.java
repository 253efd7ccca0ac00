package dev.agentsgateway.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One chat after the other, over real HTTP. */
class ChatTest {
    private TestGateway gateway;

    @BeforeEach
    void start() {
        gateway = TestGateway.start();
        gateway.createAgent("travel-desk", "You are a travel desk for {user_name}.");
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void answersWithOneJsonObject() {
        gateway.model().reply(Reply.text("Booked."));
        TestGateway.Answer answer = gateway.chat("travel-desk", "Book it", body -> body.put("stream", false));
        assertThat(answer.status()).isEqualTo(200);
        JsonNode json = answer.json();
        assertThat(json.get("content").asText()).isEqualTo("Booked.");
        assertThat(json.get("status").asText()).isEqualTo("COMPLETED");
        assertThat(json.get("agent_id").asText()).isEqualTo("travel-desk");
        assertThat(json.get("tools")).isEmpty();
        assertThat(json.at("/token_usage/total_tokens").asInt()).isEqualTo(18);
        RecordedRequest asked = gateway.model().takeRequest(Duration.ofSeconds(1));
        assertThat(asked.body().at("/messages/0/content").asText()).isEqualTo("You are a travel desk for None.");
    }

    @Test
    void streamsEventsInTheReferencesOrder() {
        gateway.model().reply(Reply.text("Hel", "lo"));
        TestGateway.Answer answer = gateway.chat("travel-desk", "Hi", _ -> {});
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.eventNames())
                .containsExactly(
                        "RunStarted",
                        "ModelRequestStarted",
                        "RunContent",
                        "RunContent",
                        "RunContent",
                        "ModelRequestCompleted",
                        "RunContentCompleted",
                        "RunCompleted");
        assertThat(answer.events().getLast().get("content").asText()).isEqualTo("Hello");
    }

    @Test
    void executesToolsAndGoesOn() {
        gateway.model()
                .reply(Reply.toolCall("resolve_datetime", "{\"text\":\"2027-03-05 12:00\"}"), Reply.text("Friday."));
        TestGateway.Answer answer = gateway.chat("travel-desk", "When?", body -> body.put("stream", false));
        assertThat(answer.json().get("content").asText()).isEqualTo("Friday.");
        assertThat(answer.json().at("/tools/0/result").asText()).isEqualTo("2027-03-05T12:00:00+00:00");
    }

    @Test
    void callsToWhichAModelGivesOneIdAreKeptApart() {
        Reply.Step friday = new Reply.Step.ToolCall("same", "resolve_datetime", "{\"text\":\"2027-03-05\"}", null);
        gateway.model().reply(Reply.of(friday), Reply.of(friday), Reply.text("Done."));
        TestGateway.Answer answer = gateway.chat("travel-desk", "When?", body -> body.put("stream", false));
        assertThat(answer.json().get("tools")).hasSize(2);
        assertThat(answer.json().findValuesAsText("tool_call_id")).doesNotHaveDuplicates();
        List<JsonNode> asked = new ArrayList<>();
        gateway.model().requests().getLast().body().get("messages").forEach(asked::add);
        List<String> calls = asked.stream()
                .flatMap(message -> message.path("tool_calls").findValuesAsText("id").stream())
                .toList();
        assertThat(calls).hasSize(2).doesNotHaveDuplicates();
        assertThat(asked.stream()
                        .filter(message -> message.has("tool_call_id"))
                        .map(message -> message.get("tool_call_id").asText()))
                .containsExactlyElementsOf(calls);
    }

    @Test
    void whatABrokenAnswerHadSaidIsInTheRecordButNotInTheHistory() {
        gateway.model().reply(Reply.text("Half an ans").cut(), Reply.text("Whole."));
        TestGateway.Answer broken = gateway.chat("travel-desk", "First", _ -> {});
        assertThat(broken.eventNames().getLast()).isEqualTo("RunError");
        JsonNode run = gateway.get("/v2/runs/" + broken.header("X-Run-Id").orElseThrow())
                .json();
        assertThat(run.get("status").asText()).isEqualTo("failed");
        assertThat(run.get("content").asText()).isEqualTo("Half an ans");
        assertThat(run.at("/usage/is_estimated").asBoolean()).isTrue();
        gateway.chat("travel-desk", "Second", body -> body.put("stream", false));
        assertThat(gateway.model().requests().getLast().body().get("messages").toString())
                .doesNotContain("Half an ans");
    }

    private static String rawDelta(String escaped) {
        return "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,"
                + "\"delta\":{\"content\":\"" + escaped + "\"},\"finish_reason\":null}]}\n\n";
    }

    @Test
    void splitSurrogatesOfProvidersAreJoined() {
        gateway.model().reply(Reply.of().thenRaw(rawDelta("a\\ud83d")).thenRaw(rawDelta("\\ude00b")));
        TestGateway.Answer answer = gateway.chat("travel-desk", "Hi", _ -> {});
        assertThat(answer.eventNames()).endsWith("RunCompleted");
        assertThat(answer.events().getLast().get("content").asText()).isEqualTo("a😀b");
    }

    @Test
    void halfCharactersAndNulsOfProvidersEndARunProperly() {
        gateway.model().reply(Reply.of().thenRaw(rawDelta("a\\ud83db\\u0000c")));
        JsonNode stream = gateway.chat("travel-desk", "Hi", _ -> {}).events().getLast();
        assertThat(stream.get("event").asText()).isEqualTo("RunCompleted");
        assertThat(stream.get("content").asText()).startsWith("a").endsWith("c");
        gateway.model().reply(Reply.text("fine"));
        JsonNode json = gateway.chat("travel-desk", "And now?", body -> body.put("stream", false))
                .json();
        assertThat(json.get("content").asText()).isEqualTo("fine");
    }
}
