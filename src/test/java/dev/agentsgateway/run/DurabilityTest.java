package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is committed at which moment, seen over connections of our own; and what a run costs the database. */
class DurabilityTest {
    private final TestGateway gateway = TestGateway.start(Map.of("DB_POOL_SIZE", "6"));

    @AfterEach
    void close() {
        gateway.close();
    }

    private List<String> column(String sql) {
        return gateway.database()
                .with(handle -> handle.createQuery(sql).mapTo(String.class).list());
    }

    @Test
    void theRunItsMessageAndItsClaimAreCommittedBeforeTheModelIsAsked() {
        gateway.createAgent("a1", "You look.");
        for (boolean stream : new boolean[] {true, false}) {
            AtomicReference<List<String>> seen = new AtomicReference<>();
            gateway.model().otherwise(request -> {
                seen.set(column("""
                        SELECT r.status || ' ' || m.role || ' ' || (m.body -> 'parts' -> 0 ->> 'text') || ' ' || r.turn
                        FROM ai.runs r JOIN ai.messages m ON m.run_id = r.id
                        JOIN ai.sessions s ON s.id = r.session AND s.active_run = r.id
                        """));
                return Reply.text("Seen.");
            });
            TestGateway.Answer answer = gateway.chat("a1", "Look", body -> body.put("stream", stream));
            assertThat(seen.get()).containsExactly("running user Look " + (stream ? 1 : 2));
            assertThat(answer.status()).isEqualTo(200);
        }
        // The answer is out: so is everything else.
        assertThat(column("SELECT status FROM ai.runs")).containsExactly("completed", "completed");
        assertThat(column("SELECT body ->> 'text' FROM ai.messages WHERE role = 'assistant'"))
                .containsExactly("Seen.", "Seen.");
        assertThat(column("SELECT model FROM token_usage")).hasSize(2);
        assertThat(column("SELECT run_id FROM ai.run_segments WHERE events::text LIKE '%\"type\":\"completed\"%'"))
                .hasSize(2);
        assertThat(column("SELECT id FROM ai.sessions WHERE active_run IS NOT NULL"))
                .isEmpty();
        // Streamed or not, the books say the same.
        assertThat(
                        column(
                                "SELECT DISTINCT prompt_tokens || ' ' || completion_tokens || ' ' || is_estimated FROM token_usage"))
                .containsExactly("11 7 false");
    }

    @Test
    void twoHundredWaitingRunsHoldNoConnections() throws Exception {
        gateway.createAgent("a1", "You wait.");
        gateway.model()
                .otherwise(
                        request -> Reply.of().thenPause(Duration.ofSeconds(2)).thenText("Waited."));
        int most = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<TestGateway.Answer>> chats = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String session = "s" + i;
                chats.add(threads.submit(() -> gateway.chat(
                        "a1", "Hi", body -> body.put("stream", false).put("session_id", session))));
            }
            boolean quiet = false;
            while (!chats.stream().allMatch(Future::isDone)) {
                List<String> states = column("""
                        SELECT CASE WHEN state <> 'idle' AND xact_start < clock_timestamp() - interval '500 ms'
                            THEN 'held' ELSE 'free' END
                        FROM pg_stat_activity WHERE datname = current_database()
                            AND pid <> pg_backend_pid() AND application_name LIKE 'agents-gateway%'
                        """);
                most = Math.max(most, states.size());
                if (gateway.model().requests().size() == 200 && chats.stream().noneMatch(Future::isDone)) {
                    quiet = true;
                    // The events' own short commits go on; a connection that a run held would be in one for 2 s.
                    assertThat(states).doesNotContain("held");
                }
                Thread.sleep(20);
            }
            for (Future<TestGateway.Answer> chat : chats) {
                assertThat(chat.get().status()).as(chat.get().body()).isEqualTo(200);
                assertThat(chat.get().json().get("content").asText()).isEqualTo("Waited.");
            }
            assertThat(quiet).isTrue();
        }
        // 6 of the gateway, and what the test's own Database keeps open.
        assertThat(most).isBetween(3, 6 + 3);
    }

    /** Bodies only: texts once, and as many bytes again as the JSON around them. */
    @Test
    void aLongSessionStoresEachWordOnceAndItsLaterTurnsCostNoMore() {
        gateway.createAgent("a1", "You chat.", body -> body.putObject("config").put("num_history_runs", 3));
        String question = "Where is it? ".repeat(8);
        String answer = "It is over there. ".repeat(10);
        gateway.model().otherwise(request -> Reply.text(answer));
        List<long[]> cost = new ArrayList<>();
        fillWithOtherSessions();
        for (int turn = 1; turn <= 100; turn++) {
            boolean measured = turn == 5 || turn == 100;
            long[] before = measured ? figures() : null;
            assertThat(gateway.chat("a1", question, body -> body.put("stream", false))
                            .status())
                    .isEqualTo(200);
            if (measured) {
                long[] after = figures();
                cost.add(new long[] {after[0] - before[0], after[1] - before[1]});
            }
        }
        long stored =
                Long.parseLong(column("SELECT sum(octet_length(body::text)) FROM ai.messages WHERE body::text <> '{}'")
                        .getFirst());
        assertThat(stored).isLessThanOrEqualTo((long) (1.3 * 100 * (question.length() + answer.length())));
        assertThat(column("SELECT max(octet_length(request::text)) FROM ai.runs")
                        .getFirst())
                .hasSizeLessThan(4);
        // Rows read and written.
        assertThat(cost.get(1)[0]).isLessThanOrEqualTo(cost.get(0)[0] + 2);
        assertThat(cost.get(1)[1]).isEqualTo(cost.get(0)[1]);
    }

    /** So that reading a whole table is never the cheapest. */
    private void fillWithOtherSessions() {
        gateway.database().with(handle -> handle.execute("""
                INSERT INTO ai.sessions (kind, owner_id, user_id, session_id, state, turn, created_at, updated_at)
                    SELECT 'agent', 'a1', 'u' || n, 's1', '{}', 1, now(), now() FROM generate_series(10, 5009) n;
                INSERT INTO ai.runs (id, session, turn, status, model, request, created_at, finished_at)
                    SELECT gen_random_uuid(), id, 1, 'completed', 'm', '{}', now(), now() FROM ai.sessions;
                INSERT INTO ai.messages (run_id, seq, role, body, created_at)
                    SELECT id, 0, 'user', '{}', now() FROM ai.runs;
                INSERT INTO ai.run_segments (run_id, first_seq, last_seq, events) SELECT id, 1, 1, '[]' FROM ai.runs;
                ANALYZE ai.sessions, ai.runs, ai.messages, ai.run_segments;
                """));
    }

    private long[] figures() {
        String sql = """
                SELECT sum(coalesce(idx_tup_fetch, 0) + seq_tup_read) || ' ' || sum(n_tup_ins + n_tup_upd + n_tup_del)
                FROM pg_stat_user_tables WHERE schemaname = 'ai' AND relname IN ('messages', 'runs', 'run_segments')
                """;
        // A backend reports its counts late, but at its end for sure; the gateway connects again.
        column("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND pid <> pg_backend_pid() AND application_name = 'agents-gateway'");
        try {
            Thread.sleep(1000);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        String last = column(sql).getFirst();
        String[] parts = last.split(" ");
        return new long[] {Long.parseLong(parts[0]), Long.parseLong(parts[1])};
    }
}
