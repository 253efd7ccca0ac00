package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens to a call, the transcript has its result, and the conversation goes on with every vendor. */
class ToolCallsTest {
    private final EngineFixture fixture = new EngineFixture();
    private final Tool good = EngineFixture.tool("good", input -> "fine");
    private final Tool bad = EngineFixture.tool("bad", input -> {
        throw new IllegalStateException("secret");
    });
    private final Tool told = EngineFixture.tool("told", input -> {
        throw new ToolException("There is no seat 12F.");
    });
    private final Tool hung = EngineFixture.tool("hung", input -> {
        new CountDownLatch(1).await();
        return "never";
    });
    private final Tool stubborn = EngineFixture.tool("stubborn", input -> {
        long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        return "late";
    });
    private final Tool large =
            EngineFixture.tool("large", input -> "x".repeat(999) + "\uD83D\uDE00" + "y".repeat(5000));
    private final Tool nothing = EngineFixture.tool("nothing", input -> null);

    @AfterEach
    void close() {
        assertThat(fixture.unanswered()).isZero();
        assertThat(fixture.claimedSessions()).isZero();
        fixture.close();
    }

    private static Limits limits(Duration wallClock, Duration tool) {
        return new Limits(10, wallClock, tool, 100_000, 1_000);
    }

    private ActiveRun start(String model, Limits limits, String message) {
        return fixture.engine
                .start(
                        EngineFixture.request("s1", message),
                        fixture.plan(model, limits, good, bad, told, hung, large, nothing))
                .run();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-5.4", "claude-sonnet-4-6", "gemini-2.5-pro"})
    void everyKindOfFailureBecomesAResultAndTheNextChatIsAccepted(String model) throws Exception {
        fixture.model.reply(
                Reply.toolCall("bad", "{}")
                        .thenToolCall("told", "{}")
                        .thenToolCall("hung", "{}")
                        .thenToolCall("nobody", "{}")
                        .thenToolCall("bad name!", "{}")
                        .thenToolCall("good", model.startsWith("g") && !model.startsWith("gpt") ? "{}" : "{\"a\":")
                        .thenToolCall("large", "{}")
                        .thenToolCall("nothing", "")
                        .thenToolCall("good", "{}"),
                Reply.text("Done."),
                Reply.text("Still here."));
        Limits limits = limits(Duration.ofSeconds(20), Duration.ofMillis(300));
        ActiveRun run = start(model, limits, "Go");
        ActiveRun.Outcome outcome = EngineFixture.outcome(run);
        assertThat(outcome.content()).as(outcome.errorCode()).isEqualTo("Done.");
        List<JsonNode> results = fixture.messages(run.id()).stream()
                .filter(message -> message.get("role").asText().equals("tool"))
                .map(message -> message.get("content"))
                .toList();
        assertThat(results).hasSize(9);
        assertThat(results.get(0).asText()).contains("internal error").doesNotContain("secret");
        assertThat(results.get(1).asText()).isEqualTo("There is no seat 12F.");
        assertThat(results.get(2).asText()).contains("did not answer within");
        assertThat(results.get(3).asText()).contains("no tool named 'nobody'").contains("good, hung");
        assertThat(results.get(4).asText()).contains("no tool named");
        assertThat(results.get(6).asText())
                .contains("[cut: the result has 6001 characters]")
                .doesNotContain("\uD83D");
        assertThat(results.get(7).asText()).isEqualTo("null");
        assertThat(results.get(8).asText()).isEqualTo("fine");
        ActiveRun.Outcome next = EngineFixture.outcome(start(model, limits, "And now?"));
        assertThat(next.content()).isEqualTo("Still here.");
        assertThat(fixture.storedEvents(run.id()).getLast().get("type").asText())
                .isEqualTo("completed");
    }

    @Test
    void malformedArgumentsAreToldToTheModel() throws Exception {
        fixture.model.reply(Reply.toolCall("good", "{\"a\":"), Reply.text("Sorry."));
        assertThat(EngineFixture.outcome(fixture.start("s1", "Go", good)).content())
                .isEqualTo("Sorry.");
        RecordedRequest second = fixture.model.requests().getLast();
        assertThat(second.body().at("/messages/3/content").asText()).contains("not a JSON object");
    }

    @Test
    void twoCallsWithOneIdGetTwo() throws Exception {
        fixture.model.reply(
                Reply.of(
                        new Reply.Step.ToolCall("same", "good", "{}", null),
                        new Reply.Step.ToolCall("same", "good", "{}", null)),
                Reply.text("Both."));
        ActiveRun run = fixture.start("s1", "Go", good);
        assertThat(EngineFixture.outcome(run).content()).isEqualTo("Both.");
        assertThat(EngineFixture.outcome(run).tools())
                .extracting(ToolExecution::callId)
                .doesNotHaveDuplicates()
                .hasSize(2);
    }

    @Test
    void callsOfOneTurnRunInParallel() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        Tool meeting = EngineFixture.tool("meeting", input -> {
            both.countDown();
            both.await();
            return "met";
        });
        fixture.model.reply(Reply.toolCall("meeting", "{}").thenToolCall("meeting", "{}"), Reply.text("Met."));
        ActiveRun.Outcome outcome = EngineFixture.outcome(fixture.start("s1", "Go", meeting));
        assertThat(outcome.tools()).extracting(ToolExecution::result).containsExactly("met", "met");
    }

    @Test
    void theWallClockCutsToolsAndTheirCallsHaveResults() throws Exception {
        fixture.model.reply(
                Reply.toolCall("hung", "{}").thenToolCall("good", "{}").thenToolCall("stubborn", "{}"));
        Instant before = Instant.now();
        ActiveRun run = fixture.start(limits(Duration.ofSeconds(1), Duration.ofSeconds(20)), hung, good, stubborn);
        ActiveRun.Outcome outcome = EngineFixture.outcome(run);
        assertThat(outcome.errorCode()).isEqualTo("limit_wall_clock");
        assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(10));
        assertThat(outcome.tools().getFirst().result()).isEqualTo("The call was cancelled.");
        assertThat(outcome.tools().get(1).result()).isEqualTo("fine");
        fixture.model.reply(Reply.text("Next."));
        assertThat(EngineFixture.outcome(fixture.start("s1", "Again")).content())
                .isEqualTo("Next.");
    }

    @Test
    void theWallClockClosesTheModelsConnectionWithinASecond() throws Exception {
        fixture.model.reply(Reply.text("Let me th").stall());
        ActiveRun run = fixture.start(limits(Duration.ofSeconds(1), Duration.ofSeconds(5)));
        assertThat(EngineFixture.outcome(run).errorCode()).isEqualTo("limit_wall_clock");
        Instant ended = Instant.now();
        RecordedRequest.Outcome upstream = fixture.model.requests().getFirst().outcome(Duration.ofSeconds(2));
        assertThat(upstream.closedEarly()).isTrue();
        assertThat(upstream.at()).isBefore(ended.plusSeconds(1));
        // What the model had said until then is paid for.
        assertThat(fixture.scalar(
                        Integer.class, "SELECT count(*) FROM token_usage WHERE is_estimated AND completion_tokens > 0"))
                .isEqualTo(1);
    }

    @Test
    void modelTurnsAreLimited() throws Exception {
        fixture.model.otherwise(request -> Reply.toolCall("good", "{}"));
        ActiveRun.Outcome outcome = EngineFixture.outcome(
                fixture.start(new Limits(3, Duration.ofSeconds(20), Duration.ofSeconds(5), 1000, 1000), good));
        assertThat(outcome.errorCode()).isEqualTo("limit_model_turns");
        assertThat(outcome.tools()).hasSize(3);
        assertThat(fixture.model.requests()).hasSize(3);
    }

    @Test
    void outputIsLimitedAlsoWhenItIsCallsWithoutArguments() throws Exception {
        Limits small = new Limits(3, Duration.ofSeconds(20), Duration.ofSeconds(5), 1000, 1000);
        fixture.model.reply(Reply.text("x".repeat(900), "y".repeat(200)).stall());
        assertThat(EngineFixture.outcome(fixture.start(small)).errorCode()).isEqualTo("limit_output_size");
        assertThat(fixture.model
                        .requests()
                        .getFirst()
                        .outcome(Duration.ofSeconds(1))
                        .closedEarly())
                .isTrue();
        Reply calls = Reply.of();
        for (int i = 0; i < 50; i++) {
            calls = calls.thenToolCall("good", "{}");
        }
        fixture.model.reply(calls);
        assertThat(EngineFixture.outcome(fixture.start(small, good)).errorCode())
                .isEqualTo("limit_output_size");
    }
}
