package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.app.CrashableGateway;
import dev.agentsgateway.app.EffectServer;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.common.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Real processes are killed while a model thinks in steps, and while a run is searched for memories. */
class ReasoningTakeoverTest {
    private static final String STEP = "{\"title\":\"S\",\"reasoning\":\"R\",\"next_action\":\"%s\"}";

    private static Reply answer(RecordedRequest request) {
        String body = request.body().toString();
        if (body.contains("You keep what is remembered")) {
            return Reply.toolCall("add_memory", "{\"memory\":\"Is a pilot\"}");
        }
        if (body.contains("next_action") && !request.body().has("tools")) {
            return Reply.text(STEP.formatted(body.contains("Give the next step") ? "final_answer" : "continue"));
        }
        return Reply.text("Done.");
    }

    private static long thought(ScriptedModelServer model) {
        return model.requests().stream()
                .filter(request -> !request.body().has("tools"))
                .count();
    }

    @Test
    void whereverAProcessDiesTheRestIsDoneOnce() throws Exception {
        try (ScriptedModelServer model = ScriptedModelServer.start().otherwise(ReasoningTakeoverTest::answer);
                EffectServer effects = new EffectServer(Duration.ZERO);
                CrashWorld world = new CrashWorld(model, effects);
                CrashableGateway survivor = world.start(Map.of())) {
            configure(world, "{\"enable_reasoning\": true}");
            List<String> cut = die(world, survivor, "while_reasoning:2", "cut");
            assertThat(thought(model)).as("thought again").isEqualTo(4);
            // What the first process had said may have died with it.
            assertThat(cut).containsSequence("ReasoningStarted", "ReasoningStep", "ReasoningStep");
            List<String> finished = die(world, survivor, "after_reasoning_commit", "finished");
            assertThat(thought(model)).as("never thought again").isEqualTo(6);
            assertThat(finished.subList(Math.max(0, finished.indexOf("StepRestarted")), finished.size()))
                    .doesNotContain("ReasoningStarted");
            assertThat(model.requests().getLast().body().toString()).contains("## S");

            configure(world, "{\"extract_memories\": true}");
            die(world, survivor, "before_extraction_commit", "searched");
            world.database
                    .database()
                    .with(handle -> handle.createUpdate("UPDATE ai.memory_extractions SET due_at = now()")
                            .execute());
            CrashWorld.await("the search", () -> world.count("SELECT count(*) FROM ai.memory_extractions") == 0);
            assertThat(world.texts("SELECT memory FROM ai.memories")).containsExactly("Is a pilot");
            assertThat(world.count("SELECT count(*) FROM token_usage"))
                    .as("three runs and a search")
                    .isEqualTo(4);
        }
    }

    private static void configure(CrashWorld world, String config) {
        world.database
                .database()
                .with(handle -> handle.createUpdate("UPDATE agent_info SET config = :config WHERE id = :agent")
                        .bind("config", config)
                        .bind("agent", CrashWorld.AGENT)
                        .execute());
    }

    private static List<String> die(CrashWorld world, CrashableGateway survivor, String point, String session)
            throws Exception {
        try (CrashableGateway dying = world.start(Map.of("FAILPOINT", point))) {
            world.chat(dying, session, "q " + session, true);
            dying.awaitKilled();
        }
        String run = world.awaitRun(session);
        CrashWorld.await("the end of " + session, () -> "completed".equals(world.status(run)));
        assertThat(Json.read(world.get(survivor, "/v2/runs/" + run))
                        .get("content")
                        .asText())
                .isEqualTo("Done.");
        return world.events(survivor, run);
    }
}
