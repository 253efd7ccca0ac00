package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Runs of one session never overlap and never lose each other's words, whoever drives them. */
class SessionOrderTest {
    private static final int CHATS = 50;

    @Test
    void fiftyChatsOfOneSessionGetASerialOrder() throws Exception {
        try (TestGateway gateway = TestGateway.start()) {
            check(gateway, List.of(gateway));
        }
    }

    @Test
    void alsoOverTwoReplicas() throws Exception {
        try (TestGateway gateway = TestGateway.start();
                TestGateway other = gateway.replica()) {
            check(gateway, List.of(gateway, other));
        }
    }

    private static void check(TestGateway gateway, List<TestGateway> replicas) throws Exception {
        gateway.createAgent("a1", "You count.", body -> body.putObject("config").put("num_history_runs", 100));
        gateway.model().otherwise(SessionOrderTest::echo);
        List<Callable<TestGateway.Answer>> chats = new ArrayList<>();
        for (int i = 0; i < CHATS; i++) {
            TestGateway replica = replicas.get(i % replicas.size());
            String message = "m" + i;
            chats.add(() -> replica.chat("a1", message, body -> body.put("stream", false)));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            HashSet<String> said = new HashSet<>();
            for (Future<TestGateway.Answer> chat : threads.invokeAll(chats)) {
                TestGateway.Answer answer = chat.get();
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                said.add(answer.json().get("content").asText());
            }
            assertThat(said).hasSize(CHATS);
        }
        List<Integer> turns = gateway.database()
                .with(handle -> handle.createQuery("SELECT turn FROM ai.runs WHERE status = 'completed' ORDER BY turn")
                        .mapTo(Integer.class)
                        .list());
        assertThat(turns).hasSize(CHATS).startsWith(1).endsWith(CHATS).doesNotHaveDuplicates();
        checkHistories(gateway.model().requests());
        long deadlocks = gateway.database()
                .with(handle -> handle.createQuery(
                                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
                        .mapTo(Long.class)
                        .one());
        assertThat(deadlocks).isZero();
    }

    /** Every history is the one before it, and one exchange more. */
    private static void checkHistories(List<RecordedRequest> requests) {
        assertThat(requests).hasSize(CHATS);
        List<String> before = List.of();
        for (RecordedRequest request : requests) {
            List<String> now = new ArrayList<>();
            for (JsonNode message : request.body().get("messages")) {
                if (!message.get("role").asText().equals("developer")) {
                    now.add(message.get("content").asText());
                }
            }
            assertThat(now).hasSize(before.isEmpty() ? 1 : before.size() + 2);
            assertThat(now.subList(0, before.size())).isEqualTo(before);
            if (!before.isEmpty()) {
                assertThat(now.get(before.size())).isEqualTo("echo " + before.getLast());
            }
            before = now;
        }
    }

    private static Reply echo(RecordedRequest request) {
        JsonNode messages = request.body().get("messages");
        return Reply.text(
                "echo " + messages.get(messages.size() - 1).get("content").asText());
    }
}
