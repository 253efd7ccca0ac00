package dev.agentsgateway.model;

import static dev.agentsgateway.model.ModelCalls.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.model.ModelException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cuts, time-outs and cancellation, with every vendor. */
class ModelInterruptionTest {
    private final ModelCalls calls = new ModelCalls();
    private final ScriptedModelServer server = calls.server;

    @AfterEach
    void stop() {
        calls.close();
    }

    @ParameterizedTest
    @EnumSource
    void aCutStreamIsNoSuccess(Vendor vendor) {
        server.reply(Reply.text("half").cut());
        assertThat(calls.fail(vendor, true).kind()).isEqualTo(Kind.STREAM_CUT);
        server.reply(Reply.text("half").endBody());
        assertThat(calls.fail(vendor, true).kind()).isEqualTo(Kind.STREAM_CUT);
        server.reply(Reply.text("half").cut());
        assertThat(calls.fail(vendor, false).kind()).isEqualTo(Kind.STREAM_CUT);
        assertThat(server.requests())
                .as("nothing is tried again once an answer began")
                .hasSize(3);
    }

    @ParameterizedTest
    @EnumSource
    void aFailureStaysAFailure(Vendor vendor) {
        server.reply(Reply.text("half").cut());
        try (ModelStream stream = calls.chat(vendor).stream(vendor.hello(true))) {
            assertThatThrownBy(() -> CollectedAnswer.of(stream)).isInstanceOf(ModelException.class);
            assertThatThrownBy(stream::next).isInstanceOf(ModelException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void stopsWaitingForASilentModel(Vendor vendor) {
        calls.use(Vendor.QUICK.withTimeouts(SOON, Duration.ofMillis(300), Duration.ofSeconds(20)));
        server.reply(Reply.text("half").stall());
        assertThat(calls.fail(vendor, true).kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(server.takeRequest(SOON).outcome(SOON).closedEarly()).isTrue();
    }

    @Test
    void aSlowButSteadyStreamIsNotIdle() {
        calls.use(Vendor.QUICK.withTimeouts(SOON, Duration.ofMillis(300), Duration.ofSeconds(20)));
        Duration pause = Duration.ofMillis(150);
        server.reply(Reply.text("a")
                .thenPause(pause)
                .thenText("b")
                .thenPause(pause)
                .thenText("c")
                .thenPause(pause));
        assertThat(calls.ask(Vendor.OPENAI, true).text()).isEqualTo("abc");
    }

    @ParameterizedTest
    @EnumSource
    void endsACallThatTakesTooLongInAll(Vendor vendor) {
        calls.use(Vendor.QUICK.withTimeouts(SOON, Duration.ofSeconds(5), Duration.ofMillis(400)));
        Reply dripping = Reply.text("a");
        for (int i = 0; i < 40; i++) {
            dripping = dripping.thenPause(Duration.ofMillis(50)).thenText("b");
        }
        server.reply(dripping, Reply.text("x").stall());
        Instant start = Instant.now();
        assertThat(calls.fail(vendor, true).kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(calls.fail(vendor, false).kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(8));
    }

    @ParameterizedTest
    @EnumSource
    void cancelsFromAnotherThread(Vendor vendor) throws Exception {
        server.reply(Reply.text("half").stall());
        ModelStream stream = calls.chat(vendor).stream(vendor.hello(true));
        var reading = readInBackground(stream);
        RecordedRequest request = server.takeRequest(SOON);
        Thread.sleep(50);
        Instant closed = Instant.now();
        stream.close();
        assertCancelled(reading);
        assertThat(request.outcome(SOON).closedEarly()).isTrue();
        assertThat(Duration.between(closed, request.outcome(SOON).at())).isLessThan(SOON);
        stream.close();
        assertThatThrownBy(stream::next).hasFieldOrPropertyWithValue("kind", Kind.CANCELLED);
    }

    @ParameterizedTest
    @EnumSource
    void cancelsBeforeTheHeadIsThere(Vendor vendor) throws Exception {
        server.reply(Reply.of(new Reply.Step.Stall()));
        ModelStream stream = calls.chat(vendor).stream(vendor.hello(false));
        var reading = readInBackground(stream);
        RecordedRequest request = server.takeRequest(SOON);
        stream.close();
        assertCancelled(reading);
        assertThat(request.outcome(SOON).closedEarly()).isTrue();
    }

    @Test
    void cancelsBetweenTwoTries() throws Exception {
        server.reply(Reply.error(429, "slow").header("Retry-After", "2"));
        ModelStream stream = calls.chat(Vendor.OPENAI).stream(Vendor.OPENAI.hello(true));
        var reading = readInBackground(stream);
        server.takeRequest(SOON).outcome(SOON);
        Thread.sleep(50);
        stream.close();
        assertCancelled(reading);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void anInterruptCancels() throws Exception {
        server.reply(Reply.text("half").stall());
        ModelStream stream = calls.chat(Vendor.OPENAI).stream(Vendor.OPENAI.hello(true));
        var failure = new CompletableFuture<Throwable>();
        Thread reader = Thread.ofVirtual().start(() -> {
            try (stream) {
                CollectedAnswer.of(stream);
                failure.complete(null);
            } catch (RuntimeException e) {
                failure.complete(e);
            }
        });
        RecordedRequest request = server.takeRequest(SOON);
        Thread.sleep(50);
        reader.interrupt();
        assertThat(failure.get(1, TimeUnit.SECONDS)).hasFieldOrPropertyWithValue("kind", Kind.CANCELLED);
        assertThat(request.outcome(SOON).closedEarly()).isTrue();
    }

    @Test
    void closingInTheMiddleClosesTheConnection() {
        server.reply(Reply.text("a", "b").stall());
        try (ModelStream stream = calls.chat(Vendor.OPENAI).stream(Vendor.OPENAI.hello(true))) {
            stream.next();
        }
        assertThat(server.takeRequest(SOON).outcome(SOON).closedEarly()).isTrue();
    }

    @Test
    void nothingIsSentForAStreamThatIsNeverRead() {
        calls.chat(Vendor.OPENAI).stream(Vendor.OPENAI.hello(true)).close();
        assertThat(server.requests()).isEmpty();
    }

    private static CompletableFuture<CollectedAnswer> readInBackground(ModelStream stream) {
        var result = new CompletableFuture<CollectedAnswer>();
        Thread.ofVirtual().start(() -> {
            try {
                result.complete(CollectedAnswer.of(stream));
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private static void assertCancelled(CompletableFuture<CollectedAnswer> reading) {
        assertThatThrownBy(() -> reading.get(1, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .hasFieldOrPropertyWithValue("kind", Kind.CANCELLED);
    }
}
