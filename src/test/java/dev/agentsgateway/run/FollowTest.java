package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Ids;
import dev.agentsgateway.db.Database;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FollowTest {
    private EngineFixture fixture;
    private Database otherDatabase;
    private RunEngine other;

    @BeforeEach
    void start() {
        fixture = new EngineFixture();
        otherDatabase = Database.open(fixture.test.settings());
        other = EngineFixture.engine(otherDatabase);
    }

    @AfterEach
    void stop() {
        other.close();
        otherDatabase.close();
        fixture.close();
    }

    @Test
    void whoFollowsFromElsewhereSeesEventsWithin200Milliseconds() throws Exception {
        Reply reply = Reply.of();
        for (int i = 0; i < 20; i++) {
            reply = reply.thenText("t" + i).thenPause(Duration.ofMillis(90));
        }
        fixture.model.reply(reply);
        ActiveRun run = fixture.start("s1", "Go");
        List<Long> late = new ArrayList<>();
        List<RunEvent> seen = new ArrayList<>();
        try (RunEvents events = other.events(run.id(), EventId.START)) {
            while (!events.ended()) {
                List<RunEvent> some = events.next(Duration.ofSeconds(5)).events();
                long now = System.currentTimeMillis();
                seen.addAll(some);
                some.forEach(event -> late.add(now - event.at()));
            }
        }
        assertThat(seen).hasSizeGreaterThan(20);
        assertThat(seen.getLast()).isInstanceOf(RunEvent.Completed.class);
        List<Long> sorted = late.stream().sorted().toList();
        assertThat(sorted.get(sorted.size() * 8 / 10)).as("of %s", sorted).isLessThan(600);
        assertThat(other.logs().followers().isFollowed(run.id())).isFalse();
    }

    @Test
    void nobodyIsToldOfRunsThatNobodyFollows() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        otherDatabase.listen("agents_gateway_run_stored", told::add);
        fixture.model.reply(
                Reply.text("One ", "two ").thenPause(Duration.ofMillis(300)).thenText("three"));
        ActiveRun run = fixture.start("s1", "Go");
        EngineFixture.outcome(run);
        // What was sent before this is there when this is.
        fixture.test.database().with(handle -> {
            Database.notify(handle, "agents_gateway_run_stored", run.id().toString());
            return null;
        });
        long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (told.isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(5);
        }
        assertThat(told).hasSize(1);
    }

    @Test
    void aFollowerOfARunThatIsDeletedComesToAnEnd() throws Exception {
        UUID run = Ids.timeOrdered();
        fixture.store(run, "s1", "Go");
        Thread.startVirtualThread(() -> {
            pause(300);
            fixture.test.database().with(handle -> handle.execute("DELETE FROM ai.sessions"));
        });
        try (RunEvents events = other.events(run, EventId.START)) {
            assertThat(events.next(Duration.ofSeconds(10)).events()).isEmpty();
            assertThat(events.ended()).isTrue();
        }
    }

    @Test
    void whoFollowsIsToldWhenItsServerStops() throws Exception {
        UUID run = Ids.timeOrdered();
        fixture.store(run, "s1", "Go");
        Thread.startVirtualThread(() -> {
            pause(300);
            other.drain(Duration.ZERO);
        });
        try (RunEvents events = other.events(run, EventId.START)) {
            long from = System.nanoTime();
            assertThat(events.next(Duration.ofSeconds(10)).events()).isEmpty();
            assertThat(events.stopped()).isTrue();
            assertThat(events.ended()).isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(3));
        }
    }

    /**
     * Epoch 0 wrote 1 to 60, of which those from 51 on are void; epoch 1 wrote 51 to 58, void from 55 on; epoch 2 the rest.
     */
    private UUID takenOverTwice() {
        UUID run = Ids.timeOrdered();
        fixture.store(run, "s1", "Go");
        fixture.test.database().transact(handle -> {
            handle.execute(
                    "UPDATE ai.runs SET epochs = '{51,55}', status = 'completed', last_seq = 62,"
                            + " finished_at = now() WHERE id = ?",
                    run);
            RunStore store = new RunStore();
            store.saveSegment(handle, run, 0, 1, 45, texts(0, 1, 45));
            store.saveSegment(handle, run, 0, 46, 56, texts(0, 46, 56));
            store.saveSegment(handle, run, 0, 57, 60, texts(0, 57, 60));
            store.saveSegment(handle, run, 1, 51, 53, texts(1, 51, 53));
            store.saveSegment(handle, run, 1, 54, 58, texts(1, 54, 58));
            store.saveSegment(handle, run, 2, 55, 61, texts(2, 55, 61));
            store.saveSegment(handle, run, 2, 62, 62, EventJson.write(List.of(new RunEvent.ContentCompleted(0))));
            return null;
        });
        return run;
    }

    private static String texts(int epoch, int first, int last) {
        return EventJson.write(IntStream.rangeClosed(first, last)
                .<RunEvent>mapToObj(seq -> new RunEvent.Content(0, new EventId(seq, epoch).toString(), "", null))
                .toList());
    }

    private List<String> read(UUID run, String after) throws InterruptedException {
        List<String> ids = new ArrayList<>();
        try (RunEvents events = other.events(run, EventId.parse(after).orElseThrow())) {
            while (!events.ended()) {
                RunEvents.Batch batch = events.next(Duration.ofSeconds(2));
                for (int i = 0; i < batch.events().size(); i++) {
                    if (batch.events().get(i) instanceof RunEvent.Content content) {
                        assertThat(batch.id(i)).hasToString(content.text());
                    }
                    ids.add(batch.id(i).toString());
                }
            }
        }
        return ids;
    }

    @Test
    void whatIsVoidAfterATakeoverIsReadByNobody() throws Exception {
        UUID run = takenOverTwice();
        List<String> all = new ArrayList<>();
        IntStream.rangeClosed(1, 50).forEach(seq -> all.add(Integer.toString(seq)));
        IntStream.rangeClosed(51, 54).forEach(seq -> all.add(seq + ".1"));
        IntStream.rangeClosed(55, 62).forEach(seq -> all.add(seq + ".2"));
        assertThat(read(run, "0")).isEqualTo(all);
        for (int i = 0; i < all.size(); i++) {
            assertThat(read(run, all.get(i))).as(all.get(i)).isEqualTo(all.subList(i + 1, all.size()));
        }
        for (String isVoid : List.of("51", "56", "60", "999")) {
            assertThat(read(run, isVoid)).as(isVoid).isEqualTo(all.subList(50, all.size()));
        }
        for (String isVoid : List.of("55.1", "58.1", "999.1")) {
            assertThat(read(run, isVoid)).as(isVoid).isEqualTo(all.subList(54, all.size()));
        }
    }

    @Test
    void aFollowerGoesBackToWhereTheNewDriverBeganWhenItsRunIsTakenOver() throws Exception {
        UUID run = Ids.timeOrdered();
        fixture.store(run, "s1", "Go");
        RunStore store = new RunStore();
        fixture.test.database().transact(handle -> {
            store.saveSegment(handle, run, 0, 1, 5, texts(0, 1, 5));
            return null;
        });
        try (RunEvents events = other.events(run, EventId.START)) {
            assertThat(events.next(Duration.ofSeconds(2)).lastId()).hasToString("5");
            fixture.test.database().transact(handle -> {
                handle.execute("UPDATE ai.runs SET epochs = '{4}' WHERE id = ?", run);
                store.saveSegment(handle, run, 1, 4, 6, texts(1, 4, 6));
                return null;
            });
            RunEvents.Batch batch = events.next(Duration.ofSeconds(3));
            assertThat(batch.id(0)).hasToString("4.1");
            assertThat(batch.lastId()).hasToString("6.1");
        }
    }

    @Test
    void halfASurrogatePairIsStoredAsItWasSaid() {
        List<RunEvent> events = List.of(new RunEvent.Content(0, "\uD83D", "", null));
        UUID run = Ids.timeOrdered();
        fixture.store(run, "s1", "Go");
        fixture.test.database().transact(handle -> {
            new RunStore().saveSegment(handle, run, 0, 1, 1, EventJson.write(events));
            return null;
        });
        assertThat(fixture.test
                        .database()
                        .with(handle -> new EventLogStore().segments(handle, run, 0, 0, 9))
                        .getFirst()
                        .events())
                .isEqualTo(events);
    }

    private static void pause(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
