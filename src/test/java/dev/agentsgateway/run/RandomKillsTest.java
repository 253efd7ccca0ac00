package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.CrashableGateway;
import dev.agentsgateway.app.EffectServer;
import dev.agentsgateway.bench.ScriptedModelServer;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two replicas serve chats with tools and are killed, and started again, at random moments: nothing is lost or doubled. */
class RandomKillsTest {
    private static final int BURST = 8;
    private static final Duration PACE = Duration.ofMillis(2500);
    private static final String[] PLANS = {"say", "look+send", "put+send+send", "send"};

    @Test
    void fortyRunsAndTwoKills() throws Exception {
        survive(40, 2, Duration.ofSeconds(1));
    }

    @Test
    @Tag("soak")
    void twoHundredRunsAndEightKills() throws Exception {
        survive(200, 8, Duration.ofSeconds(4));
    }

    private static void survive(int runs, int kills, Duration between) throws Exception {
        long seed = System.nanoTime();
        try (ScriptedModelServer model = ScriptedModelServer.start().otherwise(CrashWorld::answer);
                EffectServer effects = new EffectServer(Duration.ofMillis(200));
                CrashWorld world = new CrashWorld(model, effects);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            AtomicReferenceArray<CrashableGateway> replicas = new AtomicReferenceArray<>(2);
            try {
                replicas.set(0, world.start(Map.of()));
                replicas.set(1, world.start(Map.of()));
                CompletableFuture<Void> over = new CompletableFuture<>();
                Future<?> killer = threads.submit(() -> kill(world, replicas, kills, between, new Random(seed), over));
                List<String> answered = chatAll(world, replicas, runs, threads, killer);
                over.complete(null);
                killer.get(5, TimeUnit.MINUTES);
                CrashWorld.await("the end of all runs", () -> unfinished(world) == 0);
                check(world, replicas.get(0), effects, runs, answered);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + "\n" + replicas.get(0).log(), e);
            } finally {
                replicas.get(0).close();
                replicas.get(1).close();
            }
        }
    }

    /** Returns when as many replicas were killed as shall be; both live then. */
    private static Void kill(
            CrashWorld world,
            AtomicReferenceArray<CrashableGateway> replicas,
            int kills,
            Duration between,
            Random random,
            Future<?> over)
            throws Exception {
        for (int i = 0; i < kills; i++) {
            Thread.sleep(between);
            // Both have some: chats alternate between them.
            CrashWorld.await("runs in progress", () -> running(world) >= BURST / 2 + 1 || over.isDone());
            Thread.sleep(random.nextLong(500));
            int which = random.nextInt(2);
            replicas.get(which).kill();
            replicas.set(which, world.start(Map.of()));
        }
        return null;
    }

    /** Chats come in bursts while replicas are killed; returns who got an answer. */
    private static List<String> chatAll(
            CrashWorld world,
            AtomicReferenceArray<CrashableGateway> replicas,
            int runs,
            ExecutorService threads,
            Future<?> killer)
            throws Exception {
        ConcurrentLinkedQueue<String> answered = new ConcurrentLinkedQueue<>();
        List<Future<?>> chats = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            if (i % BURST == 0 && !killer.isDone()) {
                Thread.sleep(PACE);
            }
            String session = "s" + i;
            String message = PLANS[i / 2 % PLANS.length] + " for " + session;
            int first = i;
            chats.add(threads.submit(() -> {
                if (chat(world, replicas, session, message, first)) {
                    answered.add(session);
                }
                return null;
            }));
        }
        for (Future<?> chat : chats) {
            chat.get(5, TimeUnit.MINUTES);
        }
        return List.copyOf(answered);
    }

    /** Sends a message until some replica has accepted it; returns whether this connection got the answer. */
    private static boolean chat(
            CrashWorld world,
            AtomicReferenceArray<CrashableGateway> replicas,
            String session,
            String message,
            int first)
            throws InterruptedException {
        for (int attempt = first; ; attempt++) {
            try {
                HttpResponse<String> answer = world.chat(replicas.get(attempt % 2), session, message, false)
                        .get(60, TimeUnit.SECONDS);
                if (answer.statusCode() == 200) {
                    return true;
                }
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
            } catch (ExecutionException | TimeoutException e) {
                // The process has gone: nobody knows from the connection whether it had accepted.
            }
            // A commit may be on its way yet.
            Thread.sleep(500);
            if (world.count(
                            "SELECT count(*) FROM ai.runs r JOIN ai.sessions s ON s.id = r.session"
                                    + " WHERE s.session_id = ?",
                            session)
                    > 0) {
                return false;
            }
        }
    }

    private static int running(CrashWorld world) {
        return world.count("SELECT count(*) FROM ai.runs WHERE status = 'running'");
    }

    private static int unfinished(CrashWorld world) {
        return world.count("SELECT count(*) FROM ai.runs WHERE status NOT IN ('completed', 'failed')");
    }

    private static void check(
            CrashWorld world, CrashableGateway replica, EffectServer effects, int runs, List<String> answered)
            throws Exception {
        assertThat(world.count("SELECT count(*) FROM ai.runs")).isEqualTo(runs);
        assertThat(world.count("SELECT count(DISTINCT session) FROM ai.runs")).isEqualTo(runs);
        assertThat(world.text("SELECT string_agg(DISTINCT concat_ws(' ', status, error_code), ', ') FROM ai.runs"))
                .isEqualTo("completed");
        assertThat(world.count("SELECT count(*) FROM ai.sessions WHERE active_run IS NOT NULL"))
                .isZero();
        assertThat(world.count("SELECT count(*) FROM token_usage")).isEqualTo(runs);
        // Those that were hit were not answered by the process that was asked.
        int takenOver = world.count("SELECT count(*) FROM ai.runs WHERE cardinality(epochs) > 0");
        assertThat(takenOver).isPositive();
        assertThat(answered).hasSizeLessThan(runs);
        effects.all().forEach((what, times) -> {
            if (what.startsWith("/send/")) {
                assertThat(times).as(what).isEqualTo(1);
            }
        });
        int unknown = 0;
        for (String run : world.texts("SELECT id::text FROM ai.runs")) {
            unknown += check(world, replica, effects, run);
        }
        System.out.printf(
                "%d runs: %d taken over, %d calls of unknown outcome, %d effects%n",
                runs, takenOver, unknown, effects.all().size());
    }

    /** @return how many of the run's calls have an unknown outcome */
    private static int check(CrashWorld world, CrashableGateway replica, EffectServer effects, String run) {
        JsonNode record = world.run(replica, run);
        int unknown = 0;
        for (Map.Entry<String, String> result : CrashWorld.results(record).entrySet()) {
            boolean known = result.getValue().contains("\"did\"");
            assertThat(result.getValue())
                    .matches(text -> known || text.contains("not known whether it took effect"), "a result");
            unknown += known ? 0 : 1;
        }
        long calls = CrashWorld.results(record).size();
        int sends = effects.of("send", run).size();
        int others = effects.of("look", run).size() + effects.of("put", run).size();
        // Every known result has its effect, and no effect is without a call.
        assertThat((long) sends + others).isBetween(calls - unknown, calls);
        List<String> events = world.events(replica, run);
        assertThat(events).last().isEqualTo("RunCompleted");
        assertThat(events.stream().filter("RunCompleted"::equals)).hasSize(1);
        return unknown;
    }
}
