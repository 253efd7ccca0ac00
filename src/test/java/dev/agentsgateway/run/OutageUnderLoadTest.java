package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.auth.CuttableProxy;
import dev.agentsgateway.auth.Outage;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseSettings;
import dev.agentsgateway.db.StoppablePostgres;
import dev.agentsgateway.db.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The database goes away under load and comes back: nothing that was accepted is lost, and nobody is told a lie. */
class OutageUnderLoadTest {
    private static final int CLIENTS = 16;

    private final Queue<Told> told = new ConcurrentLinkedQueue<>();

    /** What a client was told of its one chat in its own session. */
    private record Told(String session, TestGateway.Answer answer, long atNanos) {}

    private interface Switch {
        void turn() throws Exception;
    }

    @Test
    void threeSecondsCutOff() throws Exception {
        surviveCut(Duration.ofSeconds(3));
    }

    @Test
    @Tag("soak")
    void tenSecondsCutOff() throws Exception {
        surviveCut(Duration.ofSeconds(10));
    }

    @Test
    void tenSecondsStopped(@TempDir Path home) throws Exception {
        try (StoppablePostgres postgres = StoppablePostgres.start(home);
                Database database = Database.open(postgres.settings())) {
            survive(
                    postgres.settings().withTimeouts(Duration.ofMillis(500), Duration.ofSeconds(5)),
                    database,
                    postgres::stop,
                    postgres::startAgain,
                    Duration.ofSeconds(10));
        }
    }

    private void surviveCut(Duration outage) throws Exception {
        try (TestDatabase test = TestDatabase.create();
                CuttableProxy proxy = new CuttableProxy(
                        test.settings().host(), test.settings().port())) {
            survive(Outage.through(proxy, test.settings()), test.database(), proxy::cut, proxy::mend, outage);
        }
    }

    private static Reply answer(RecordedRequest request) {
        boolean asked = request.body().get("messages").toString().contains("\"role\":\"tool\"");
        Reply slow = Reply.of().thenPause(Duration.ofMillis(400));
        return asked ? slow.thenText("Well.") : slow.thenToolCall("resolve_datetime", "{\"text\":\"friday\"}");
    }

    private void survive(DatabaseSettings settings, Database database, Switch down, Switch up, Duration outage)
            throws Exception {
        try (TestGateway one = TestGateway.startOn(settings, Map.of("RUN_LEASE_SECONDS", "3"));
                TestGateway two = one.replica();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            one.createAgent("a1", "You work.");
            one.model().otherwise(OutageUnderLoadTest::answer);
            String unseen = one.createKey("never used before the outage", body -> body.put("rate_limit", 0));
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger sessions = new AtomicInteger();
            for (int i = 0; i < CLIENTS; i++) {
                TestGateway gateway = i % 2 == 0 ? one : two;
                threads.submit(() -> load(gateway, sessions, over));
            }
            await("a first load", () -> answers(200) > CLIENTS);
            down.turn();
            long cut = System.nanoTime();
            while (System.nanoTime() - cut < outage.toNanos()) {
                TestGateway.Answer stranger = one.send("GET", "/v2/agents", null, Map.of("X-API-Key", unseen));
                assertThat(stranger.status()).as(stranger.body()).isEqualTo(503);
                assertThat(stranger.header("Retry-After")).isPresent();
                Thread.sleep(100);
            }
            up.turn();
            long mended = System.nanoTime();
            long before = answers(200);
            await("answers again", () -> answers(200) > before + 2 * CLIENTS);
            over.set(true);
            threads.shutdown();
            assertThat(threads.awaitTermination(60, java.util.concurrent.TimeUnit.SECONDS))
                    .isTrue();
            await(
                    "the end of all runs",
                    () -> rows(database, "SELECT id FROM ai.runs WHERE status IN ('queued', 'running')")
                            .isEmpty());
            check(database);
            long lastRefusal = told.stream()
                    .filter(each -> each.answer().status() == 503)
                    .mapToLong(Told::atNanos)
                    .max()
                    .orElseThrow();
            Duration recovery = Duration.ofNanos(Math.max(0, lastRefusal - mended));
            System.out.printf(
                    "outage of %d s: %d answers, %d of them 503, the last of these %d ms after it%n",
                    outage.toSeconds(), told.size(), answers(503), recovery.toMillis());
            assertThat(recovery).isLessThan(Duration.ofSeconds(30));
            assertThat(one.send("GET", "/v2/agents", null, Map.of("X-API-Key", unseen))
                            .status())
                    .isEqualTo(200);
        }
    }

    private Void load(TestGateway gateway, AtomicInteger sessions, AtomicBoolean over) throws InterruptedException {
        while (!over.get()) {
            String session = "s" + sessions.incrementAndGet();
            TestGateway.Answer answer =
                    gateway.chat("a1", "Work", body -> body.put("stream", false).put("session_id", session));
            told.add(new Told(session, answer, System.nanoTime()));
            Thread.sleep(answer.status() == 200 ? 20 : 200);
        }
        return null;
    }

    private long answers(int status) {
        return told.stream().filter(one -> one.answer().status() == status).count();
    }

    private void check(Database database) {
        assertThat(answers(503)).isPositive();
        assertThat(rows(database, "SELECT session FROM ai.runs GROUP BY session HAVING count(*) > 1"))
                .isEmpty();
        assertThat(rows(database, "SELECT id FROM ai.sessions WHERE active_run IS NOT NULL"))
                .isEmpty();
        List<String> completed = rows(database, runs("r.status = 'completed'"));
        // Nobody knew whether these were accepted; their clients were told to try again.
        List<String> unsure = rows(database, runs("r.status = 'failed' AND r.error_code = 'interrupted'"));
        assertThat(rows(database, runs("true"))).hasSize(completed.size() + unsure.size());
        for (Told one : told) {
            TestGateway.Answer answer = one.answer();
            assertThat(answer.status()).as(answer.body()).isIn(200, 503);
            if (answer.status() == 200) {
                assertThat(answer.json().get("content").asText())
                        .as(answer.body())
                        .isEqualTo("Well.");
                assertThat(completed).contains(one.session());
            } else {
                assertThat(answer.header("Retry-After")).as(answer.body()).isPresent();
                // Who is told of a run finds it.
                assertThat(answer.header("X-Run-Id").isEmpty() || completed.contains(one.session()))
                        .isTrue();
            }
        }
        assertThat(rows(database, "SELECT model FROM token_usage")).hasSize(completed.size());
        assertThat(
                        rows(
                                database,
                                "SELECT run_id FROM ai.messages WHERE run_id IN"
                                        + " (SELECT id FROM ai.runs WHERE status = 'completed') GROUP BY run_id HAVING count(*) <> 4"))
                .isEmpty();
    }

    private static String runs(String which) {
        return "SELECT s.session_id FROM ai.runs r JOIN ai.sessions s ON s.id = r.session WHERE " + which;
    }

    private static List<String> rows(Database database, String sql) {
        return database.with(
                handle -> handle.createQuery(sql).mapTo(String.class).list());
    }

    private static void await(String what, java.util.function.BooleanSupplier condition) {
        CrashWorld.await(what, condition);
    }
}
