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

class DrainTest {
    private static CompletableFuture<TestGateway.Answer> chat(TestGateway gateway, String session, boolean stream) {
        CompletableFuture<TestGateway.Answer> answer = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                answer.complete(gateway.chat(
                        "a1", "Hi", body -> body.put("stream", stream).put("session_id", session)));
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
    void whatIsInProgressMayFinishAndTheRestIsEndedWithATerminalEvent() throws Exception {
        try (TestDatabase database = TestDatabase.create()) {
            TestGateway gateway = TestGateway.startOn(database.settings(), Map.of("SHUTDOWN_TIMEOUT_SECONDS", "2"));
            gateway.createAgent("a1", "You wait.");
            gateway.model()
                    .otherwise(request -> request.body().toString().contains("\"stream\":true")
                            ? Reply.text("Endless ").stall()
                            : Reply.text("In time.").thenPause(Duration.ofSeconds(1)));
            CompletableFuture<TestGateway.Answer> endless = chat(gateway, "s1", true);
            CompletableFuture<TestGateway.Answer> behind = chat(gateway, "s1", true);
            CompletableFuture<TestGateway.Answer> shortly = chat(gateway, "s2", false);
            gateway.model().takeRequest(Duration.ofSeconds(5));
            gateway.model().takeRequest(Duration.ofSeconds(5));
            Thread.sleep(100);
            long began = System.nanoTime();
            gateway.close();
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isBetween(Duration.ofMillis(1900), Duration.ofSeconds(5));
            assertThat(shortly.join().json().get("content").asText()).isEqualTo("In time.");
            for (TestGateway.Answer answer : List.of(endless.join(), behind.join())) {
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.eventNames().getLast()).isEqualTo("RunError");
            }
            assertThat(column(database, "SELECT status || coalesce(' ' || error_code, '') FROM ai.runs ORDER BY 1"))
                    .containsExactly("completed", "failed interrupted", "failed interrupted");
            assertThat(column(database, "SELECT session_id FROM ai.sessions WHERE active_run IS NOT NULL"))
                    .isEmpty();
            assertThat(column(database, "SELECT run_id FROM ai.run_segments WHERE events::text LIKE '%\"failed\"%'"))
                    .hasSize(2);
        }
    }
}
