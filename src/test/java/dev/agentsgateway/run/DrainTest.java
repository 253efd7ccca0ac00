package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.db.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A gateway is told to stop: what it cannot finish, another one does. */
class DrainTest {
    private static CompletableFuture<TestGateway.Answer> chat(
            TestGateway gateway, String session, String message, boolean stream) {
        CompletableFuture<TestGateway.Answer> answer = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                answer.complete(gateway.chat(
                        "a1", message, body -> body.put("stream", stream).put("session_id", session)));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private static List<String> column(TestDatabase database, String sql) {
        return database.database()
                .with(handle -> handle.createQuery(sql).mapTo(String.class).list());
    }

    @Test
    void whatIsInProgressMayFinishAndTheRestIsHandedOver() throws Exception {
        try (TestDatabase database = TestDatabase.create()) {
            TestGateway gateway = TestGateway.startOn(database.settings(), Map.of("SHUTDOWN_TIMEOUT_SECONDS", "2"));
            gateway.createAgent("a1", "You wait.");
            gateway.model()
                    .otherwise(request -> request.body().toString().contains("\"stream\":true")
                                    || request.body().toString().contains("Endless")
                            ? Reply.text("Endless ").stall()
                            : Reply.text("In time.").thenPause(Duration.ofSeconds(1)));
            CompletableFuture<TestGateway.Answer> endless = chat(gateway, "s1", "Hi", true);
            CompletableFuture<TestGateway.Answer> whole = chat(gateway, "s3", "Endless", false);
            await(database, "SELECT count(*) FROM ai.runs", 2);
            CompletableFuture<TestGateway.Answer> behind = chat(gateway, "s1", "Hi again", true);
            CompletableFuture<TestGateway.Answer> shortly = chat(gateway, "s2", "Hi", false);
            await(database, "SELECT count(*) FROM ai.runs", 4);
            await(database, "SELECT count(*) FROM ai.run_segments WHERE events::text LIKE '%Endless%'", 1);
            long began = System.nanoTime();
            gateway.close();
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isBetween(Duration.ofMillis(1900), Duration.ofSeconds(15));
            assertThat(shortly.join().json().get("content").asText()).isEqualTo("In time.");
            for (TestGateway.Answer answer : List.of(endless.join(), behind.join())) {
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.eventNames()).doesNotContain("RunError", "RunCompleted", "RunCancelled", "RunPaused");
            }
            assertThat(whole.join().status()).isEqualTo(503);
            assertThat(whole.join().header("Retry-After")).isPresent();
            assertThat(column(database, "SELECT status || ' ' || (replica IS NULL) FROM ai.runs ORDER BY 1"))
                    .containsExactly("completed false", "queued true", "running true", "running true");
            goesOnElsewhere(database, endless.join(), behind.join(), whole.join());
        }
    }

    private static void goesOnElsewhere(TestDatabase database, TestGateway.Answer... left) {
        // No process was lost: handing over does not count.
        try (TestGateway other = TestGateway.startOn(database.settings(), Map.of("RUN_MAX_TAKEOVERS", "0"))) {
            await(database, "SELECT count(*) FROM ai.runs WHERE status = 'completed'", 4);
            assertThat(column(database, "SELECT session_id FROM ai.sessions WHERE active_run IS NOT NULL"))
                    .isEmpty();
            assertThat(column(database, "SELECT model FROM token_usage")).hasSize(4);
            for (TestGateway.Answer answer : left) {
                String run = answer.header("X-Run-Id").orElseThrow();
                assertThat(other.get("/v2/runs/" + run).json().get("content").asText())
                        .isEqualTo("Hello from the scripted model.");
                Map<String, String> resume =
                        Map.of("X-API-Key", other.apiKey(), "Last-Event-ID", lastId(answer.body()));
                TestGateway.Answer rest = other.send("GET", "/v2/runs/" + run + "/events", null, resume);
                assertThat(rest.eventNames().getLast()).isEqualTo("RunCompleted");
            }
        }
    }

    private static String lastId(String stream) {
        return stream.lines()
                .filter(line -> line.startsWith("id: "))
                .reduce("0", (_, line) -> line.substring("id: ".length()));
    }

    private static void await(TestDatabase database, String count, int wanted) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!column(database, count).equals(List.of(Integer.toString(wanted)))) {
            assertThat(System.nanoTime()).as(count).isLessThan(deadline);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
