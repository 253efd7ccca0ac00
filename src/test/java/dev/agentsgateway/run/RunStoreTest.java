package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
                        UNION ALL SELECT t::text FROM ai.attachments t UNION ALL SELECT t::text FROM ai.tool_starts t UNION ALL SELECT t::text FROM token_usage t
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

    private AcceptStore.Accepted accept(Handle handle, ActiveRun run, boolean claim) {
        Message.User message = new Message.User(List.of(
                new Message.Part.Text("Hi \0 \uD83D\uDE00"), new Message.Part.Media("image/png", new byte[] {1, 2})));
        NewRun request = new NewRun(
                EngineFixture.session("s1"), "t1", 7, message, Json.object().put("a", "\0"));
        return (AcceptStore.Accepted)
                new AcceptStore(Duration.ofHours(1)).accept(handle, run, request, replica, claim, now);
    }

    private static ActiveRun active() {
        return new ActiveRun(Ids.timeOrdered(), EngineFixture.session("s1"), "Test", "m".repeat(150));
    }

    @Test
    void everyWriteMayBeRepeated() {
        ActiveRun run = active();
        ActiveRun queued = active();
        twice(handle -> assertThat(accept(handle, run, true).claim().turn()).isEqualTo(1));
        twice(handle -> assertThat(accept(handle, queued, true).claim()).isNull());
        long session =
                test.database().transact(handle -> accept(handle, run, true).session());
        twice(handle -> transcripts.saveMessage(handle, run.id(), 1, Message.Assistant.of("Yes"), now));
        twice(handle -> transcripts.replaceUserMessage(handle, run, Message.User.of("filled")));
        twice(handle -> store.saveSegment(handle, run.id(), 0, 1, 2, "[{},{}]"));
        twice(handle -> store.saveSegment(handle, run.id(), 0, 1, 3, "[{},{},{}]"));
        List<String> longer = dump();
        test.database().transact(handle -> {
            store.saveSegment(handle, run.id(), 0, 1, 2, "[{},{}]");
            return null;
        });
        assertThat(dump()).isEqualTo(longer);
        twice(handle -> assertThat(transcripts.saveStep(handle, run, 2, Message.Assistant.of("Step"), "{}", now))
                .isTrue());
        twice(handle -> assertThat(transcripts.startCall(handle, run, 3, now)).isTrue());
        RunMetrics metrics = new RunMetrics(new Usage(1, Integer.MAX_VALUE, 0, 0, 0, false), 0.1, 0.2, List.of());
        RunStore.End end = new RunStore.End(RunStatus.COMPLETED, null, null, run.model(), metrics, now, true);
        RunStore.Tail tail = RunStore.Tail.of(
                0,
                new RunLog.Segment(4, List.of(new RunEvent.ContentCompleted(1))),
                new TreeMap<>(Map.of(3, Message.Assistant.of("More \0 \uD83D\uDE00"))),
                Json.object().put("k", 1));
        twice(handle -> store.finish(handle, run, session, end, tail));
        twice(handle -> assertThat(store.claimQueued(handle, queued, session, now)
                        .orElseThrow()
                        .turn())
                .isEqualTo(2));
        List<Message> history = test.database().with(handle -> transcripts.history(handle, session, 2, 5));
        assertThat(history).hasSize(4);
    }

    @Test
    void whoHasAnOldFenceWritesNothing() {
        ActiveRun run = active();
        long session =
                test.database().transact(handle -> accept(handle, run, true).session());
        test.database().with(handle -> handle.execute("UPDATE ai.runs SET fence = 2"));
        List<String> before = dump();
        RunStore.End end = new RunStore.End(
                RunStatus.COMPLETED, null, null, "m", new RunMetrics(Usage.NONE, null, 0, List.of()), now, true);
        RunStore.Tail tail = RunStore.Tail.of(
                0,
                new RunLog.Segment(1, List.of(new RunEvent.ContentCompleted(1))),
                new TreeMap<>(Map.of(1, Message.Assistant.of("Late"))),
                null);
        test.database().transact(handle -> {
            assertThat(transcripts.saveStep(handle, run, 1, Message.Assistant.of("Late"), "{}", now))
                    .isFalse();
            assertThat(transcripts.startCall(handle, run, 2, now)).isFalse();
            assertThat(store.finish(handle, run, session, end, tail)).isFalse();
            return null;
        });
        assertThat(dump()).isEqualTo(before);
        assertThatThrownBy(() -> test.database().transact(handle -> store.claimQueued(handle, run, session, now)))
                .isEqualTo(RunFailure.LOST);
    }

    @Test
    void onlyTheRunsOfDeadReplicasAreTakenOverAndEventsAreDroppedInTime() {
        ActiveRun dead = active();
        test.database().transact(handle -> {
            replicas.beat(handle, replica, now, Duration.ofMinutes(1));
            accept(handle, dead, true);
            store.saveSegment(handle, dead.id(), 0, 1, 2, "[{},{}]");
            return null;
        });
        UUID other = Ids.timeOrdered();
        assertThat(test.database().<List<UUID>>transact(handle -> replicas.takeOver(handle, other, 10)))
                .isEmpty();
        test.database().with(handle -> {
            replicas.beat(handle, replica, now, Duration.ZERO);
            return null;
        });
        assertThat(test.database().<List<UUID>>transact(handle -> replicas.takeOver(handle, other, 10)))
                .containsExactly(dead.id());
        Checkpoint taken = test.database()
                .with(handle -> new CheckpointStore()
                        .load(handle, dead.id(), other, Checkpoint.Entry.TAKEN_OVER)
                        .orElseThrow());
        assertThat(List.of(taken.fence(), taken.epochs().newest(), taken.lastSeq(), taken.takeovers()))
                .containsExactly(2, 1, 2, 1);
        RunStore.End end = new RunStore.End(
                RunStatus.FAILED, "x", "y", "m", new RunMetrics(Usage.NONE, null, 0, List.of()), now, true);
        RunStore.Tail tail = RunStore.Tail.of(
                1, new RunLog.Segment(3, List.of(new RunEvent.ContentCompleted(1))), new TreeMap<>(), null);
        assertThat(test.database()
                        .<Boolean>transact(
                                handle -> store.finish(handle, new ActiveRun(taken), taken.session(), end, tail)))
                .isTrue();
        Instant hourAgo = now.minus(Duration.ofHours(1));
        assertThat(test.database().<Integer>with(handle -> replicas.dropSegments(handle, hourAgo)))
                .isZero();
        Instant later = now.plusSeconds(1);
        assertThat(test.database().<Integer>with(handle -> replicas.dropSegments(handle, later)))
                .isOne();
        List<RunLog.Segment> left = test.database()
                .with(handle -> new EventLogStore().segments(handle, dead.id(), 1, 2, Integer.MAX_VALUE));
        assertThat(left).isEmpty();
        assertThat(test.database().<Integer>with(handle -> replicas.dropSegments(handle, later)))
                .isZero();
    }
}
