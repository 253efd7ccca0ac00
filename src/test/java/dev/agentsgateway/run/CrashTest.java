package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.CrashableGateway;
import dev.agentsgateway.app.EffectServer;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.common.Json;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Real processes are killed at every failpoint while another one on the same database lives: what it makes of the run is
 * the table of {@code docs/crash.md}.
 */
class CrashTest {
    private static final Path PAGE = Path.of("docs", "crash.md");
    private static final int LANES = 4;
    private static final String BY_TEST = "paused";
    private static final String ASLEEP = "asleep";

    /** What a replica needs at most to notice a death, with as much again for a slow machine to do the work. */
    private static final Duration TAKEOVER = Duration.ofSeconds(30);

    /**
     * One death.
     *
     * @param point    the failpoint; {@link #BY_TEST} for a process that is killed while the run is paused, {@link #ASLEEP}
     *     for one that is stopped while it waits for the model and wakes up when another one has finished the run
     * @param what     what the run does
     * @param asked    how often the model is asked in all
     * @param executed how often the tool has its effect, always under one key
     * @param result   what the transcript says of the call
     */
    private record Death(String point, String what, int asked, int executed, String result) {
        String session() {
            return point.replace(":", "-") + "-" + what;
        }

        String message() {
            return what + " " + session();
        }

        boolean confirmed() {
            return what.equals("wire");
        }

        /** Whether a person says yes before the process dies. */
        boolean afterConsent() {
            return confirmed() && !point.contains("pause");
        }

        String row() {
            String tool = result.equals("-") ? "-" : Integer.toString(executed);
            return "| `%s` | %s | %d | %s | %s |".formatted(point, RUNS.get(what), asked, tool, result);
        }
    }

    private static final Map<String, String> RUNS = Map.of(
            "say", "an answer",
            "look", "tool `none`",
            "put", "tool `idempotent`",
            "send", "tool `once`",
            "wire", "tool `once`, confirmed");

    private static final List<Death> DEATHS = List.of(
            new Death("after_accept", "say", 1, 0, "-"),
            new Death("before_model_call", "say", 1, 0, "-"),
            new Death("while_streaming:2", "say", 2, 0, "-"),
            new Death("after_model_call", "say", 2, 0, "-"),
            new Death("before_step_commit", "send", 3, 1, "real"),
            new Death("after_step_commit", "send", 2, 1, "real"),
            new Death("before_tool", "look", 2, 1, "real"),
            new Death("before_tool", "send", 2, 0, "unknown"),
            new Death("before_tool", "wire", 2, 0, "unknown"),
            new Death("after_tool", "look", 2, 2, "real"),
            new Death("after_tool", "put", 2, 2, "real"),
            new Death("after_tool", "send", 2, 1, "unknown"),
            new Death("after_tool", "wire", 2, 1, "unknown"),
            new Death("after_tool_commit", "send", 2, 1, "real"),
            new Death("before_pause_commit", "wire", 2, 1, "real"),
            new Death("after_pause_commit", "wire", 2, 1, "real"),
            new Death(BY_TEST, "wire", 2, 1, "real"),
            new Death("after_decision_commit", "wire", 2, 1, "real"),
            new Death("before_end_commit", "say", 2, 0, "-"),
            new Death("before_end_commit", "send", 3, 1, "real"),
            new Death("after_end_commit", "send", 2, 1, "real"),
            new Death(ASLEEP, "send", 3, 1, "real"));

    @Test
    void whereverAProcessDiesAnotherOneFinishesItsRun() throws Exception {
        try (ScriptedModelServer model = ScriptedModelServer.start().otherwise(CrashWorld::answer);
                EffectServer effects = new EffectServer(Duration.ZERO);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            ConcurrentLinkedQueue<Death> left = new ConcurrentLinkedQueue<>(DEATHS);
            ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
            List<Future<?>> lanes = new ArrayList<>();
            for (int i = 0; i < LANES; i++) {
                lanes.add(threads.submit(() -> {
                    lane(model, effects, left, wrong);
                    return null;
                }));
            }
            for (Future<?> lane : lanes) {
                lane.get(5, TimeUnit.MINUTES);
            }
            assertThat(wrong).isEmpty();
            assertThat(left).isEmpty();
        }
        assertPage();
    }

    /** One database, one process that lives, and one after the other that dies. */
    private static void lane(
            ScriptedModelServer model,
            EffectServer effects,
            ConcurrentLinkedQueue<Death> deaths,
            ConcurrentLinkedQueue<String> wrong)
            throws Exception {
        try (CrashWorld world = new CrashWorld(model, effects);
                CrashableGateway survivor = world.start(Map.of())) {
            for (Death death = deaths.poll(); death != null; death = deaths.poll()) {
                try {
                    if (death.point().equals(ASLEEP)) {
                        sleep(world, effects, survivor, death);
                    } else {
                        die(world, effects, survivor, death);
                    }
                } catch (Exception | AssertionError e) {
                    wrong.add(death + ": " + e + "\n" + survivor.log());
                }
            }
        }
    }

    private static void sleep(CrashWorld world, EffectServer effects, CrashableGateway survivor, Death death)
            throws Exception {
        try (CrashableGateway sleeper = world.start(Map.of())) {
            world.chat(sleeper, death.session(), death.message(), true);
            String run = world.awaitRun(death.session());
            CrashWorld.await("a model request", () -> world.asked(death.message()) == 1);
            CrashWorld.await("an event that is stored", () -> world.stored(run) > 0);
            sleeper.signal("STOP");
            CrashWorld.await("the end", () -> world.status(run).equals("completed"));
            sleeper.signal("CONT");
            HttpResponse<String> awake = world.chat(sleeper, "awake-" + death.session(), "say it", false)
                    .get(60, TimeUnit.SECONDS);
            assertThat(awake.statusCode()).as(awake.body()).isEqualTo(200);
            check(world, effects, survivor, death, run);
        }
    }

    private static void die(CrashWorld world, EffectServer effects, CrashableGateway survivor, Death death)
            throws Exception {
        String session = death.session();
        String run;
        long died;
        try (CrashableGateway victim =
                world.start(death.point().equals(BY_TEST) ? Map.of() : Map.of("FAILPOINT", death.point()))) {
            world.chat(victim, session, death.message(), true);
            run = world.awaitRun(session);
            if (death.afterConsent() || death.point().equals(BY_TEST)) {
                CrashWorld.await("a pause", () -> world.status(run).equals("paused"));
            }
            if (death.point().equals(BY_TEST)) {
                victim.kill();
            } else if (death.afterConsent()) {
                world.commit(victim, session, run);
            }
            victim.awaitKilled();
            died = System.nanoTime();
        }
        if (death.confirmed() && !death.afterConsent()) {
            CrashWorld.await("a pause", () -> world.status(run).equals("paused"));
            HttpResponse<String> answer = world.commit(survivor, session, run).get(60, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
        CrashWorld.await("the end", () -> !List.of("queued", "running").contains(world.status(run)));
        assertThat(Duration.ofNanos(System.nanoTime() - died)).isLessThan(TAKEOVER);
        check(world, effects, survivor, death, run);
    }

    private static void check(
            CrashWorld world, EffectServer effects, CrashableGateway survivor, Death death, String run)
            throws Exception {
        String session = death.session();
        JsonNode record = world.run(survivor, run);
        assertThat(record.get("status").asText()).isEqualTo("completed");
        assertThat(record.get("content").asText()).isEqualTo(death.what().equals("say") ? "One two three." : "Done.");
        assertThat(world.asked(death.message())).as("model requests").isEqualTo(death.asked());
        assertThat(List.copyOf(effects.of(death.what(), run).values()))
                .as("executions")
                .isEqualTo(death.executed() == 0 ? List.of() : List.of(death.executed()));
        Map<String, String> results = CrashWorld.results(record);
        assertThat(results).hasSize(death.what().equals("say") ? 0 : 1);
        results.values()
                .forEach(result -> assertThat(result)
                        .contains(death.result().equals("unknown") ? "not known whether it took effect" : "\"did\""));
        List<String> events = world.events(survivor, run);
        assertThat(events).last().isEqualTo("RunCompleted");
        assertThat(events.stream().filter("RunCompleted"::equals)).hasSize(1);
        checkRestart(death, events);
        assertThat(world.count("SELECT count(*) FROM ai.sessions WHERE active_run IS NOT NULL"))
                .isZero();
        assertThat(world.count("SELECT count(*) FROM token_usage WHERE session_id = ?", session))
                .isEqualTo(1);
        HttpResponse<String> next =
                world.chat(survivor, session, "say more of " + session, false).get(60, TimeUnit.SECONDS);
        assertThat(next.statusCode()).as(next.body()).isEqualTo(200);
        assertThat(Json.read(next.body()).get("status").asText())
                .as(next.body())
                .isEqualTo("COMPLETED");
        assertThat(world.asked("say more of " + session)).isEqualTo(1);
    }

    /** Who had read the dead process's events is told that its step is done again. */
    private static void checkRestart(Death death, List<String> events) {
        switch (death.point()) {
            case "after_accept", "after_pause_commit", BY_TEST, "after_end_commit" ->
                assertThat(events).doesNotContain("StepRestarted");
            // Its first event may have been stored, or not.
            case "before_model_call" -> assertThat(events.getFirst()).isIn("RunStarted", "StepRestarted");
            default -> assertThat(events).contains("StepRestarted");
        }
    }

    private static void assertPage() throws Exception {
        StringBuilder table = new StringBuilder(
                "| Killed at | Run | Model asked | Tool executed | Result of the call |\n" + "|---|---|---|---|---|\n");
        DEATHS.forEach(death -> table.append(death.row()).append('\n'));
        Path fresh = Path.of("target", "crash-table.md");
        Files.writeString(fresh, table);
        assertThat(Files.readString(PAGE))
                .as("docs/crash.md holds the table of target/crash-table.md")
                .contains(table);
    }

    @Test
    void aRunThatKillsEveryProcessIsGivenUp() throws Exception {
        Map<String, String> once = Map.of("RUN_MAX_TAKEOVERS", "1");
        try (ScriptedModelServer model = ScriptedModelServer.start().otherwise(CrashWorld::answer);
                EffectServer effects = new EffectServer(Duration.ZERO);
                CrashWorld world = new CrashWorld(model, effects)) {
            String run;
            try (CrashableGateway first = world.start(once)) {
                world.chat(first, "s1", "poison me", true);
                run = world.awaitRun("s1");
                first.awaitKilled();
            }
            try (CrashableGateway second = world.start(once)) {
                second.awaitKilled();
            }
            try (CrashableGateway third = world.start(once)) {
                CrashWorld.await("the end", () -> world.status(run).equals("failed"));
                JsonNode record = world.run(third, run);
                assertThat(record.at("/error/code").asText()).isEqualTo("poisoned");
                assertThat(CrashWorld.results(record).values())
                        .hasSize(1)
                        .allMatch(result -> result.contains("not known whether it took effect"));
                assertThat(world.asked("poison me")).isEqualTo(1);
                assertThat(world.events(third, run)).last().isEqualTo("RunError");
                HttpResponse<String> next =
                        world.chat(third, "s1", "say it", false).get(60, TimeUnit.SECONDS);
                assertThat(Json.read(next.body()).path("status").asText()).isEqualTo("COMPLETED");
            }
        }
    }
}
