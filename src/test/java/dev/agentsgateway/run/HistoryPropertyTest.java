package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolException;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Conversations of random runs, whose model, window and luck change from run to run: the scripted vendors, which are as
 * strict as their documentation, must accept every request.
 */
class HistoryPropertyTest {
    private static final String[] MODELS = {"gpt-5.4", "claude-sonnet-4-6", "gemini-2.5-pro", "gemini-3-flash-preview"};
    private static final int SESSIONS = 12;
    private static final int RUNS = 14;

    @Test
    void everyHistoryIsValidForEveryVendor() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (EngineFixture fixture = new EngineFixture()) {
            Tool flaky = EngineFixture.tool("flaky", input -> {
                if (random.nextInt(3) == 0) {
                    throw new ToolException("No luck.");
                }
                return random.nextInt(4) == 0 ? "" : "luck";
            });
            fixture.model.otherwise(request -> reply(random));
            Limits limits = new Limits(3, Duration.ofSeconds(20), Duration.ofSeconds(2), 2_000, 100);
            for (int session = 0; session < SESSIONS; session++) {
                for (int i = 0; i < RUNS; i++) {
                    String model = MODELS[random.nextInt(MODELS.length)];
                    RunPlan plan = fixture.plan(model, limits, flaky);
                    RunPlan windowed = new RunPlan(
                            plan.name(),
                            plan.models(),
                            plan.system(),
                            plan.state(),
                            plan.tools(),
                            false,
                            true,
                            1 + random.nextInt(6),
                            null,
                            Set.of(),
                            ToolGate.OPEN,
                            Guard.NONE,
                            null,
                            null,
                            random.nextBoolean(),
                            null,
                            "UTC",
                            "en",
                            limits,
                            RunOptions.DEFAULT);
                    String said = random.nextInt(8) == 0 ? " " : "Question " + i;
                    ActiveRun run = fixture.engine
                            .start(EngineFixture.request("s" + session, said), windowed)
                            .run();
                    ActiveRun.Outcome outcome = EngineFixture.outcome(run);
                    if (!said.isBlank()) {
                        assertThat(outcome.errorCode())
                                .as("seed %d, session %d, run %d, %s", seed, session, i, model)
                                .isNotEqualTo("model_invalid_request")
                                .isNotEqualTo("internal_error");
                    }
                }
            }
            assertThat(fixture.scalar(Integer.class, "SELECT count(*) FROM ai.runs WHERE status = 'completed'"))
                    .isGreaterThan(SESSIONS * RUNS / 3);
            assertThat(fixture.unanswered()).isZero();
        }
    }

    private static Reply reply(Random random) {
        return switch (random.nextInt(9)) {
            case 0 -> Reply.toolCall("flaky", "{}");
            case 1 -> Reply.text("Let me see. ").thenToolCall("flaky", "{}").thenToolCall("nobody", "{\"a\":1}");
            case 2 -> Reply.toolCall("flaky", "{}").thenToolCall("flaky", "{}");
            case 3 -> Reply.error(404, "bad luck");
            case 4 -> Reply.text("half").cut();
            case 5 -> Reply.text("");
            case 6 -> Reply.text("x".repeat(3_000));
            default -> Reply.text("Answer.");
        };
    }
}
