package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.common.Ids;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.TestDatabase;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every write executed twice changes nothing more; what is old goes. */
class RunStoreTest {
    private final TestDatabase test = TestDatabase.create();
    private final RunStore store = new RunStore();
    private final TranscriptStore transcripts = new TranscriptStore();
    private final ReplicaStore replicas = new ReplicaStore();
    private final UUID replica = Ids.timeOrdered();
    private final Instant now = Instant.ofEpochSecond(1_800_000_000);

    @AfterEach
    void close() {
        test.close();
    }

    private List<String> dump() {
        return test.database()
                .with(handle -> handle.createQuery("""
                        SELECT t::text FROM ai.sessions t UNION ALL SELECT t::text FROM ai.runs t
                        UNION ALL SELECT t::text FROM ai.messages t UNION ALL SELECT t::text FROM ai.run_segments t
                        UNION ALL SELECT t::text FROM ai.attachments t UNION ALL SELECT t::text FROM token_usage t
                        ORDER BY 1
                        """).mapTo(String.class).list());
    }

    private void twice(Consumer<Handle> write) {
        List<String> before = dump();
        for (int i = 0; i < 2; i++) {
            test.database().transact(handle -> {
                write.accept(handle);
                return null;
            });
            if (i == 0) {
                assertThat(dump()).isNotEqualTo(before);
                before = dump();
            }
        }
        assertThat(dump()).isEqualTo(before);
    }

    private RunStore.Accepted accept(Handle handle, UUID run, boolean claim) {
        Message.User message = new Message.User(List.of(
                new Message.Part.Text("Hi \0 \uD83D\uDE00"), new Message.Part.Media("image/png", new byte[] {1, 2})));
        NewRun request = new NewRun(
                EngineFixture.session("s1"), "t1", 7, message, Json.object().put("a", "\0"));
        return store.accept(handle, run, request, replica, claim, "gpt-5.4", now);
    }

    @Test
    void everyWriteMayBeRepeated() {
        UUID run = Ids.timeOrdered();
        UUID queued = Ids.timeOrdered();
        twice(handle -> assertThat(accept(handle, run, true).claim().turn()).isEqualTo(1));
        twice(handle -> assertThat(accept(handle, queued, true).claim()).isNull());
        long session =
                test.database().transact(handle -> accept(handle, run, true).session());
        twice(handle -> transcripts.saveMessage(handle, run, 1, Message.Assistant.of("Yes"), now));
        twice(handle -> transcripts.replaceUserMessage(handle, run, Message.User.of("filled")));
        twice(handle -> store.saveSegment(handle, run, 0, 1, 2, "[{},{}]"));
        twice(handle -> store.saveSegment(handle, run, 0, 1, 3, "[{},{},{}]"));
        List<String> longer = dump();
        test.database().transact(handle -> {
            store.saveSegment(handle, run, 0, 1, 2, "[{},{}]");
            return null;
        });
        assertThat(dump()).isEqualTo(longer);
        RunStore.End end = new RunStore.End(
                RunStatus.COMPLETED, null, null, "m".repeat(150), new Usage(1, Integer.MAX_VALUE, 0, 0, 0, false), now);
        RunStore.Tail tail = RunStore.Tail.of(
                new RunLog.Segment(4, List.of(new RunEvent.ContentCompleted(1))),
                new TreeMap<>(Map.of(2, Message.Assistant.of("More \0 \uD83D\uDE00"))),
                Json.object().put("k", 1));
        twice(handle -> store.finish(handle, run, EngineFixture.session("s1"), session, end, tail));
        twice(handle -> assertThat(store.claimQueued(handle, queued, session, now)
                        .orElseThrow()
                        .turn())
                .isEqualTo(2));
        twice(handle -> replicas.endRuns(handle, List.of(queued), "interrupted", "why"));
        List<Message> history = test.database().with(handle -> transcripts.history(handle, session, 2, 5));
        assertThat(history).hasSize(3);
    }

    @Test
    void onlyTheRunsOfDeadReplicasAreEndedAndTheirEventsAreDroppedInTime() {
        UUID dead = Ids.timeOrdered();
        test.database().transact(handle -> {
            replicas.beat(handle, replica, now, Duration.ofMinutes(1));
            accept(handle, dead, true);
            store.saveSegment(handle, dead, 0, 1, 2, "[{},{}]");
            return null;
        });
        assertThat(test.database().<Integer>transact(handle -> replicas.endOrphans(handle, "interrupted", "why")))
                .isZero();
        test.database().with(handle -> {
            replicas.beat(handle, replica, now, Duration.ZERO);
            return null;
        });
        assertThat(test.database().<Integer>transact(handle -> replicas.endOrphans(handle, "interrupted", "why")))
                .isOne();
        Run run = test.database().with(handle -> store.find(handle, dead)).orElseThrow();
        assertThat(run.status()).isEqualTo("failed");
        assertThat(run.lastSeq()).isEqualTo(2);
        Instant hourAgo = Instant.now().minus(Duration.ofHours(1));
        assertThat(test.database().<Integer>with(handle -> replicas.dropSegments(handle, hourAgo)))
                .isZero();
        Instant later = Instant.now().plusSeconds(1);
        assertThat(test.database().<Integer>with(handle -> replicas.dropSegments(handle, later)))
                .isOne();
        List<RunLog.Segment> left = test.database().with(handle -> new EventLogStore().segments(handle, dead, 0, 0, 9));
        assertThat(left).isEmpty();
        assertThat(test.database().<Integer>with(handle -> replicas.dropSegments(handle, later)))
                .isZero();
    }
}
