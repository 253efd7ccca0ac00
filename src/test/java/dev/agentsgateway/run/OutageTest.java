package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.auth.CuttableProxy;
import dev.agentsgateway.auth.Outage;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Ids;
import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.db.TestDatabase;
import dev.agentsgateway.tool.Tool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class OutageTest {
    private CuttableProxy proxy;

    private EngineFixture fixture() {
        return new EngineFixture(settings -> {
            try {
                proxy = new CuttableProxy(settings.host(), settings.port());
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            return Outage.through(proxy, settings);
        });
    }

    /** The pool tries again after a pause of its own, up to a few seconds after the database is back. */
    private static <T> T recovered(Supplier<T> work) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (true) {
            try {
                return work.get();
            } catch (DatabaseUnavailableException e) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.sleep(100);
            }
        }
    }

    @Test
    void aRunGoesOnAfterAnOutageBetweenCallAndResult() throws Exception {
        try (EngineFixture fixture = fixture()) {
            Tool cutting = EngineFixture.tool("cutting", input -> {
                proxy.cut();
                return "cut";
            });
            fixture.model.reply(Reply.toolCall("cutting", "{}"), Reply.text("All ", "is ", "well."));
            ActiveRun run = fixture.start("s1", "Go", cutting);
            Thread.sleep(2000);
            assertThat(run.isEnded()).isFalse();
            assertThatThrownBy(() -> fixture.start("s2", "Go")).isInstanceOf(DatabaseUnavailableException.class);
            proxy.mend();
            ActiveRun.Outcome outcome = EngineFixture.outcome(run);
            assertThat(outcome.content()).as(outcome.errorCode()).isEqualTo("All is well.");
            assertThat(fixture.unanswered()).isZero();
            assertThat(recovered(() -> fixture.messages(run.id()))).hasSize(4);
            List<JsonNode> events = fixture.storedEvents(run.id());
            assertThat(events.getLast().get("type").asText()).isEqualTo("completed");
            assertThat(fixture.scalar(Integer.class, "SELECT count(*) FROM token_usage"))
                    .isEqualTo(1);
            assertThat(fixture.claimedSessions()).isZero();
            fixture.model.reply(Reply.text("Next."));
            assertThat(EngineFixture.outcome(recovered(() -> fixture.start("s1", "Again")))
                            .content())
                    .isEqualTo("Next.");
        } finally {
            proxy.close();
        }
    }

    @Test
    void theEndIsStoredWhenTheDatabaseIsBackAndOnlyThenShown() throws Exception {
        try (EngineFixture fixture = fixture()) {
            fixture.model.otherwise(request -> {
                proxy.cut();
                return Reply.text("Said ", "in the dark.");
            });
            ActiveRun run = fixture.start("s1", "Go");
            RunEvents events = fixture.engine.events(run, 0);
            CompletableFuture<RunEvent> last = new CompletableFuture<>();
            Thread.startVirtualThread(() -> {
                try {
                    RunEvent event = null;
                    while (!events.ended()) {
                        for (RunEvent next : events.next(Duration.ofSeconds(5)).events()) {
                            event = next;
                        }
                    }
                    last.complete(event);
                } catch (InterruptedException | RuntimeException e) {
                    last.completeExceptionally(e);
                }
            });
            Thread.sleep(1500);
            assertThat(last).isNotDone();
            assertThat(run.isEnded()).isFalse();
            proxy.mend();
            assertThat(EngineFixture.outcome(run).content()).isEqualTo("Said in the dark.");
            assertThat(last.join()).isInstanceOf(RunEvent.Completed.class);
            assertThat(fixture.engine.find(run.id()).orElseThrow().status()).isEqualTo("completed");
            assertThat(fixture.scalar(Integer.class, "SELECT count(*) FROM token_usage"))
                    .isEqualTo(1);
            fixture.storedEvents(run.id());
        } finally {
            proxy.close();
        }
    }

    @Test
    void anEndThatCannotBeStoredBeforeTheDatabaseIsClosedIsLeftToTheNextStart() throws Exception {
        try (EngineFixture fixture = fixture()) {
            fixture.model.otherwise(request -> {
                proxy.cut();
                return Reply.text("Too late.");
            });
            ActiveRun run = fixture.start("s1", "Go");
            Thread.sleep(500);
            assertThat(run.isEnded()).isFalse();
            fixture.database.close();
            ActiveRun.Outcome outcome = EngineFixture.outcome(run);
            assertThat(outcome.status()).isEqualTo(RunStatus.RUNNING);
            assertThat(outcome.errorCode()).isEqualTo("interrupted");
            RunEvents events = fixture.engine.events(run, 0);
            assertThat(events.next(Duration.ofSeconds(5)).events()).noneMatch(RunEvent::terminal);
            assertThat(events.ended()).isTrue();
        } finally {
            proxy.close();
        }
    }

    /** The commit arrives, its acknowledgement does not: nothing may be there that nobody drives. */
    @Test
    void aRunThatIsThisReplicasButThatNobodyDrivesIsFoundAndDriven() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            fixture.model.reply(Reply.text("Found."));
            UUID ghost = Ids.timeOrdered();
            UUID replica = fixture.scalar(UUID.class, "SELECT id FROM ai.replicas");
            fixture.store(ghost, "s1", "Ghost", replica);
            long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            while (!fixture.engine.find(ghost).orElseThrow().status().equals("completed")) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.sleep(50);
            }
            assertThat(fixture.claimedSessions()).isZero();
            assertThat(fixture.scalar(Integer.class, "SELECT takeovers FROM ai.runs"))
                    .isZero();
        }
    }

    @Test
    void whatTheDatabaseRefusesEndsTheRunAsFailedAndFreesTheSession() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            fixture.test.database().with(handle -> handle.execute("""
                    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        IF NEW.body::text LIKE '%poison%' THEN RAISE EXCEPTION 'no poison here'; END IF;
                        RETURN NEW;
                    END $$;
                    CREATE TRIGGER refuse BEFORE INSERT ON ai.messages FOR EACH ROW EXECUTE FUNCTION refuse();
                    """));
            fixture.model.reply(Reply.text("poison"));
            ActiveRun run = fixture.start("s1", "Go");
            assertThat(EngineFixture.outcome(run).errorCode()).isEqualTo("internal_error");
            assertThat(fixture.scalar(
                            String.class, "SELECT events FROM ai.run_segments ORDER BY last_seq DESC LIMIT 1"))
                    .contains("internal_error");
            Run stored = fixture.engine.find(run.id()).orElseThrow();
            assertThat(stored.status()).isEqualTo("failed");
            assertThat(stored.inputTokens()).isEqualTo(11);
            assertThat(fixture.claimedSessions()).isZero();
            // A result that is refused, and the call that it belongs to.
            Tool drink = EngineFixture.tool("drink", input -> "poison");
            fixture.model.reply(Reply.toolCall("drink", "{}"));
            ActiveRun drunk = fixture.start("s1", "Drink", drink);
            assertThat(EngineFixture.outcome(drunk).errorCode()).isEqualTo("internal_error");
            assertThat(fixture.unanswered()).isZero();
            assertThat(fixture.claimedSessions()).isZero();
            fixture.model.reply(Reply.text("Water."));
            assertThat(EngineFixture.outcome(fixture.start("s1", "Again")).content())
                    .isEqualTo("Water.");
        }
    }

    @Test
    void booksThatRefuseDoNotKeepTheSession() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            fixture.test.database().with(handle -> handle.execute("ALTER TABLE token_usage RENAME TO away"));
            fixture.model.reply(Reply.text("Much."));
            ActiveRun run = fixture.start("s1", "Go");
            assertThat(EngineFixture.outcome(run).errorCode()).isEqualTo("internal_error");
            Run stored = fixture.engine.find(run.id()).orElseThrow();
            assertThat(stored.status()).isEqualTo("failed");
            assertThat(stored.inputTokens()).isEqualTo(11);
            assertThat(fixture.claimedSessions()).isZero();
        }
    }

    @Test
    void whatASessionWasToldToKeepOutlivesTheProcess() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            fixture.model.reply(Reply.text("Kept."));
            UUID run = Ids.timeOrdered();
            fixture.storeStep(run, "s1", SessionStateTool.NAME, "{\"session_state_updates\":{\"seat\":\"12A\"}}");
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (!fixture.engine.find(run).orElseThrow().status().equals("completed")) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.sleep(50);
            }
            assertThat(fixture.scalar(String.class, "SELECT state ->> 'seat' FROM ai.sessions"))
                    .isEqualTo("12A");
        }
    }

    @Test
    void countsBeyondTheReferencesColumnsAreStoredAsTheLargest() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            fixture.model.reply(Reply.text("Much.").usage(5_000_000_000L, 7));
            ActiveRun run = fixture.start("s1", "Go");
            assertThat(EngineFixture.outcome(run).content()).isEqualTo("Much.");
            assertThat(fixture.engine.find(run.id()).orElseThrow().inputTokens())
                    .isEqualTo(5_000_000_000L);
            assertThat(fixture.scalar(Integer.class, "SELECT prompt_tokens FROM token_usage"))
                    .isEqualTo(Integer.MAX_VALUE);
        }
    }

    @Test
    void aRunThatAnotherReplicaHasTakenIsLeftToIt() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            CountDownLatch asked = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            Tool waiting = EngineFixture.tool("waiting", input -> {
                asked.countDown();
                go.await();
                return "went on";
            });
            fixture.model.reply(Reply.toolCall("waiting", "{}"), Reply.text("Too late."));
            ActiveRun run = fixture.start("s1", "Go", waiting);
            asked.await();
            UUID other = Ids.timeOrdered();
            fixture.test.database().transact(handle -> {
                new ReplicaStore().beat(handle, other, Instant.now(), Duration.ofMinutes(1));
                return handle.execute("UPDATE ai.runs SET fence = fence + 1, replica = ?", other);
            });
            go.countDown();
            ActiveRun.Outcome outcome = EngineFixture.outcome(run);
            assertThat(outcome.status()).isEqualTo(RunStatus.RUNNING);
            assertThat(fixture.engine.find(run.id()).orElseThrow().status()).isEqualTo("running");
            assertThat(fixture.scalar(Integer.class, "SELECT count(*) FROM ai.messages"))
                    .isEqualTo(2);
            assertThat(fixture.claimedSessions()).isOne();
        }
    }

    @Test
    void aRunThatAnotherReplicaHasTakenIsNotPaidForAnyLonger() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            fixture.model.reply(Reply.text("Slow").stall());
            ActiveRun run = fixture.start("s1", "Go");
            fixture.model.takeRequest(Duration.ofSeconds(10));
            UUID other = Ids.timeOrdered();
            fixture.test.database().transact(handle -> {
                new ReplicaStore().beat(handle, other, Instant.now(), Duration.ofMinutes(1));
                return handle.execute("UPDATE ai.runs SET fence = fence + 1, replica = ?", other);
            });
            assertThat(EngineFixture.outcome(run).status()).isEqualTo(RunStatus.RUNNING);
            assertThat(fixture.engine.find(run.id()).orElseThrow().status()).isEqualTo("running");
        }
    }

    @Test
    void duringAnOutageRequestsAreToldToTryAgain() throws Exception {
        try (TestDatabase database = TestDatabase.create();
                CuttableProxy cuttable = new CuttableProxy(
                        database.settings().host(), database.settings().port());
                TestGateway gateway =
                        TestGateway.startOn(Outage.through(cuttable, database.settings()), java.util.Map.of())) {
            gateway.createAgent("a1", "You wait.");
            assertThat(gateway.chat("a1", "Hi", body -> body.put("stream", false))
                            .status())
                    .isEqualTo(200);
            cuttable.cut();
            TestGateway.Answer answer = gateway.chat("a1", "Hi", body -> body.put("stream", false));
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("Retry-After")).isPresent();
            cuttable.mend();
            long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            while (gateway.chat("a1", "Hi", body -> body.put("stream", false)).status() != 200) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.sleep(100);
            }
        }
    }
}
