package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.db.DatabaseSettings;
import dev.agentsgateway.db.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Runs hold no connections while they wait, so that a small pool serves any number of them. */
class ConnectionsTest {
    private static final int RUNS = 500;
    private static final int POOL = 10;

    @Test
    void fiveHundredRunsAtOnceUseNoMoreThanTenConnections() throws Exception {
        DatabaseSettings settings = TestDatabase.createEmpty();
        try (TestGateway gateway = TestGateway.startOn(settings, Map.of("DB_POOL_SIZE", Integer.toString(POOL)));
                Connection observer = observer(settings);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            gateway.createAgent("a1", "You wait.");
            gateway.model().otherwise(request -> {
                boolean asked = request.body().get("messages").toString().contains("\"role\":\"tool\"");
                Reply slow = Reply.of().thenPause(Duration.ofSeconds(2));
                return asked
                        ? slow.thenText("Waited.")
                        : slow.thenToolCall("resolve_datetime", "{\"text\":\"friday\"}");
            });
            String deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
            long before = number(observer, deadlocks);
            List<Future<TestGateway.Answer>> chats = new ArrayList<>();
            for (int i = 0; i < RUNS; i++) {
                String session = "s" + i;
                chats.add(threads.submit(() -> gateway.chat(
                        "a1", "Hi", body -> body.put("stream", false).put("session_id", session))));
            }
            long most = 0;
            long together = 0;
            while (!chats.stream().allMatch(Future::isDone)) {
                most = Math.max(most, number(observer, """
                        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                            AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                        """));
                together =
                        Math.max(together, number(observer, "SELECT count(*) FROM ai.runs WHERE status = 'running'"));
                Thread.sleep(20);
            }
            for (Future<TestGateway.Answer> chat : chats) {
                TestGateway.Answer answer = chat.get(60, TimeUnit.SECONDS);
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                assertThat(answer.json().get("content").asText()).isEqualTo("Waited.");
            }
            assertThat(most).isBetween(2L, (long) POOL);
            assertThat(together).isGreaterThan(10 * POOL);
            assertThat(number(observer, "SELECT count(*) FROM ai.runs WHERE status = 'completed'"))
                    .isEqualTo(RUNS);
            assertThat(number(observer, "SELECT count(*) FROM token_usage")).isEqualTo(RUNS);
            assertThat(number(observer, deadlocks)).isEqualTo(before);
            System.out.printf("%d runs, at most %d at once, over at most %d connections%n", RUNS, together, most);
        } finally {
            TestDatabase.drop(settings);
        }
    }

    private static Connection observer(DatabaseSettings settings) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://" + settings.host() + ":" + settings.port() + "/" + settings.database(),
                settings.user(),
                settings.password());
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getLong(1);
        }
    }
}
