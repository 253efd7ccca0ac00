package dev.agentsgateway.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.model.ModelEvent.StopReason;
import dev.agentsgateway.model.ModelException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** What holds for every vendor: answers, retries, time-outs, cuts, cancellation, secrets. */
class ModelCallTest {
    private static final Duration SOON = Duration.ofSeconds(1);

    private final ScriptedModelServer server = ScriptedModelServer.start();
    private Models models = Vendor.models(server, Vendor.QUICK);

    @AfterEach
    void stop() {
        models.close();
        server.close();
    }

    private ChatModel chat(Vendor vendor) {
        return models.resolve(vendor.model).chat();
    }

    private CollectedAnswer ask(Vendor vendor, boolean stream) {
        return CollectedAnswer.of(chat(vendor), vendor.hello(stream));
    }

    private ModelException fail(Vendor vendor, boolean stream) {
        return catchThrowableOfType(ModelException.class, () -> ask(vendor, stream));
    }

    private void use(ModelHttp.Settings settings) {
        models.close();
        models = Vendor.models(server, settings);
    }

    @ParameterizedTest
    @EnumSource
    void answersStreamed(Vendor vendor) {
        server.reply(Reply.text("Hel", "lo ü€😀").usage(90, 2));
        CollectedAnswer answer = ask(vendor, true);
        assertThat(answer.text()).isEqualTo("Hello ü€😀");
        assertThat(answer.deltas()).endsWith("Hel", "lo ü€😀");
        assertThat(answer.id()).isNotBlank();
        assertThat(answer.usage()).isEqualTo(new Usage(90, 2, 0, 0, 0, false));
        assertThat(answer.stop()).isEqualTo(StopReason.END);
    }

    @ParameterizedTest
    @EnumSource
    void answersWhole(Vendor vendor) {
        server.reply(Reply.text("Hel", "lo").usage(90, 2));
        CollectedAnswer answer = ask(vendor, false);
        assertThat(answer.text()).isEqualTo("Hello");
        assertThat(answer.id()).isNotBlank();
        assertThat(answer.usage()).isEqualTo(new Usage(90, 2, 0, 0, 0, false));
        assertThat(answer.stop()).isEqualTo(StopReason.END);
    }

    @ParameterizedTest
    @EnumSource
    void copesWithOneJsonDocumentInsteadOfAStream(Vendor vendor) {
        server.reply(Reply.text("Hello").asJsonAlways());
        assertThat(ask(vendor, true).text()).isEqualTo("Hello");
    }

    @ParameterizedTest
    @EnumSource
    void reportsNoUsageWhenTheVendorReportsNone(Vendor vendor) {
        server.reply(Reply.text("Hello").withoutUsage(), Reply.text("Hello").withoutUsage());
        assertThat(ask(vendor, true).usage()).isNull();
        assertThat(ask(vendor, false).usage()).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void collectsParallelToolCalls(Vendor vendor) {
        Reply reply = Reply.text("Let me see. ")
                .thenToolCall("search", "{\"q\":\"é\"}")
                .thenToolCall("now", "{}")
                .thenToolCall("search", "{\"q\":2}");
        for (boolean stream : new boolean[] {true, false}) {
            server.reply(reply);
            CollectedAnswer answer = ask(vendor, stream);
            assertThat(answer.text()).isEqualTo("Let me see. ");
            assertThat(answer.calls()).extracting(Message.ToolCall::name).containsExactly("search", "now", "search");
            assertThat(answer.calls())
                    .extracting(call -> ToolArguments.object(call.arguments()).toString())
                    .containsExactly("{\"q\":\"é\"}", "{}", "{\"q\":2}");
            assertThat(answer.calls()).extracting(Message.ToolCall::id).doesNotHaveDuplicates();
            assertThat(answer.stop()).isEqualTo(StopReason.TOOL_CALLS);
        }
    }

    @ParameterizedTest
    @EnumSource
    void mapsStopReasons(Vendor vendor) {
        for (StopReason reason : new StopReason[] {StopReason.MAX_TOKENS, StopReason.CONTENT_FILTER}) {
            server.reply(Reply.text("x").stop(reason), Reply.text("x").stop(reason));
            assertThat(ask(vendor, true).stop()).isEqualTo(reason);
            assertThat(ask(vendor, false).stop()).isEqualTo(reason);
        }
    }

    @ParameterizedTest
    @EnumSource
    void sendsItsKeyInAHeaderOnly(Vendor vendor) {
        server.expectKey(Vendor.KEY);
        ask(vendor, true);
        RecordedRequest request = server.takeRequest(SOON);
        assertThat(request.path()).doesNotContain(Vendor.KEY);
        assertThat(request.body().toString()).doesNotContain(Vendor.KEY);
        assertThat(request.header("accept")).isEqualTo("text/event-stream");
        assertThat(request.header("accept-encoding")).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void keepsConnectionsAlive(Vendor vendor) {
        for (int i = 0; i < 5; i++) {
            ask(vendor, i % 2 == 0);
        }
        assertThat(server.connections()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"408", "409", "429", "500", "502", "503", "529"})
    void triesAgainWhatMayPass(int status) {
        for (Vendor vendor : Vendor.values()) {
            server.reply(Reply.error(status, "busy"), Reply.error(status, "busy"), Reply.text("at last"));
            assertThat(ask(vendor, true).text()).isEqualTo("at last");
        }
    }

    @ParameterizedTest
    @EnumSource
    void givesUpAfterThreeTries(Vendor vendor) {
        for (int i = 0; i < 4; i++) {
            server.reply(Reply.error(503, "busy"));
        }
        ModelException e = fail(vendor, true);
        assertThat(e.kind()).isEqualTo(Kind.OVERLOADED);
        assertThat(e.detail()).contains("503").contains("busy");
        assertThat(server.requests()).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource({
        "400,INVALID_REQUEST",
        "401,AUTHENTICATION",
        "403,AUTHENTICATION",
        "404,NOT_FOUND",
        "413,INVALID_REQUEST",
        "402,QUOTA"
    })
    void failsAtOnceWhereAnotherTryIsUseless(int status, Kind kind) {
        for (Vendor vendor : Vendor.values()) {
            server.reply(Reply.error(status, "no"));
            assertThat(fail(vendor, false).kind()).isEqualTo(kind);
        }
        assertThat(server.requests()).hasSize(3);
    }

    @Test
    void waitsAsLongAsTheVendorSays() {
        ZonedDateTime date = ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(2).truncatedTo(ChronoUnit.SECONDS);
        server.reply(
                Reply.error(429, "slow").header("retry-after-ms", "300").header("Retry-After", "60"),
                Reply.error(429, "slow").header("Retry-After", DateTimeFormatter.RFC_1123_DATE_TIME.format(date)),
                Reply.text("ok"));
        Instant start = Instant.now();
        assertThat(ask(Vendor.OPENAI, true).text()).isEqualTo("ok");
        Instant second = server.requests().get(1).at();
        assertThat(Duration.between(start, second)).isBetween(Duration.ofMillis(290), Duration.ofSeconds(20));
        assertThat(server.requests().get(2).at())
                .isBetween(date.toInstant().minusMillis(10), date.toInstant().plusSeconds(20));
    }

    @Test
    void failsAtOnceWhenTheVendorWantsALongPause() {
        server.reply(Reply.error(429, "slow").header("Retry-After", "30"));
        Instant start = Instant.now();
        ModelException e = fail(Vendor.ANTHROPIC, true);
        assertThat(e.kind()).isEqualTo(Kind.RATE_LIMITED);
        assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(30));
        assertThat(Duration.between(start, Instant.now())).isLessThan(SOON);
    }

    @ParameterizedTest
    @EnumSource
    void aCutStreamIsNoSuccess(Vendor vendor) {
        server.reply(Reply.text("half").cut());
        assertThat(fail(vendor, true).kind()).isEqualTo(Kind.STREAM_CUT);
        server.reply(Reply.text("half").endBody());
        assertThat(fail(vendor, true).kind()).isEqualTo(Kind.STREAM_CUT);
        server.reply(Reply.text("half").cut());
        assertThat(fail(vendor, false).kind()).isEqualTo(Kind.STREAM_CUT);
        assertThat(server.requests())
                .as("nothing is tried again once an answer began")
                .hasSize(3);
    }

    @ParameterizedTest
    @EnumSource
    void aFailureStaysAFailure(Vendor vendor) {
        server.reply(Reply.text("half").cut());
        try (ModelStream stream = chat(vendor).stream(vendor.hello(true))) {
            assertThatThrownBy(() -> CollectedAnswer.of(stream)).isInstanceOf(ModelException.class);
            assertThatThrownBy(stream::next).isInstanceOf(ModelException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void typesErrorsInsideAStream(Vendor vendor) {
        String word = switch (vendor) {
            case OPENAI -> "rate_limit_exceeded";
            case ANTHROPIC -> "rate_limit_error";
            case GEMINI -> "RESOURCE_EXHAUSTED";
        };
        server.reply(Reply.text("half").thenStreamError(word, "slow down"));
        ModelException e = fail(vendor, true);
        assertThat(e.kind()).isEqualTo(Kind.RATE_LIMITED);
        assertThat(e.detail()).contains("slow down");
    }

    @ParameterizedTest
    @EnumSource
    void refusesNonsense(Vendor vendor) {
        server.reply(Reply.text("half").thenRaw("data: {nonsense\n\n"));
        assertThat(fail(vendor, true).kind()).isEqualTo(Kind.UPSTREAM);
    }

    @ParameterizedTest
    @EnumSource
    void ignoresCommentsBetweenEvents(Vendor vendor) {
        server.reply(Reply.text("a").thenRaw(": keep-alive\n\n").thenText("b"));
        assertThat(ask(vendor, true).text()).isEqualTo("ab");
    }

    @ParameterizedTest
    @EnumSource
    void stopsWaitingForASilentModel(Vendor vendor) {
        use(Vendor.QUICK.withTimeouts(SOON, Duration.ofMillis(300), Duration.ofSeconds(20)));
        server.reply(Reply.text("half").stall());
        assertThat(fail(vendor, true).kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(server.takeRequest(SOON).outcome(SOON).closedEarly()).isTrue();
    }

    @Test
    void aSlowButSteadyStreamIsNotIdle() {
        use(Vendor.QUICK.withTimeouts(SOON, Duration.ofMillis(300), Duration.ofSeconds(20)));
        Duration pause = Duration.ofMillis(150);
        server.reply(Reply.text("a")
                .thenPause(pause)
                .thenText("b")
                .thenPause(pause)
                .thenText("c")
                .thenPause(pause));
        assertThat(ask(Vendor.OPENAI, true).text()).isEqualTo("abc");
    }

    @ParameterizedTest
    @EnumSource
    void endsACallThatTakesTooLongInAll(Vendor vendor) {
        use(Vendor.QUICK.withTimeouts(SOON, Duration.ofSeconds(5), Duration.ofMillis(400)));
        Reply dripping = Reply.text("a");
        for (int i = 0; i < 40; i++) {
            dripping = dripping.thenPause(Duration.ofMillis(50)).thenText("b");
        }
        server.reply(dripping, Reply.text("x").stall());
        Instant start = Instant.now();
        assertThat(fail(vendor, true).kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(fail(vendor, false).kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(8));
    }

    @ParameterizedTest
    @EnumSource
    void cancelsFromAnotherThread(Vendor vendor) throws Exception {
        server.reply(Reply.text("half").stall());
        ModelStream stream = chat(vendor).stream(vendor.hello(true));
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
        ModelStream stream = chat(vendor).stream(vendor.hello(false));
        var reading = readInBackground(stream);
        RecordedRequest request = server.takeRequest(SOON);
        stream.close();
        assertCancelled(reading);
        assertThat(request.outcome(SOON).closedEarly()).isTrue();
    }

    @Test
    void cancelsBetweenTwoTries() throws Exception {
        server.reply(Reply.error(429, "slow").header("Retry-After", "2"));
        ModelStream stream = chat(Vendor.OPENAI).stream(Vendor.OPENAI.hello(true));
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
        ModelStream stream = chat(Vendor.OPENAI).stream(Vendor.OPENAI.hello(true));
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
        try (ModelStream stream = chat(Vendor.OPENAI).stream(Vendor.OPENAI.hello(true))) {
            stream.next();
        }
        assertThat(server.takeRequest(SOON).outcome(SOON).closedEarly()).isTrue();
    }

    @Test
    void nothingIsSentForAStreamThatIsNeverRead() {
        chat(Vendor.OPENAI).stream(Vendor.OPENAI.hello(true)).close();
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void triesAgainWhenNobodyListens() {
        server.close();
        for (Vendor vendor : Vendor.values()) {
            assertThat(fail(vendor, true).kind()).isEqualTo(Kind.CONNECTION);
        }
    }

    @Test
    void boundsAnAnswer() {
        use(Vendor.QUICK.withSizes(1000, 2000));
        server.reply(Reply.text("x".repeat(5000)));
        assertThat(fail(Vendor.OPENAI, true).kind()).isEqualTo(Kind.UPSTREAM);
        server.reply(Reply.text("x".repeat(5000)));
        assertThat(fail(Vendor.OPENAI, false).kind()).isEqualTo(Kind.UPSTREAM);
        String[] many = new String[50];
        java.util.Arrays.fill(many, "x".repeat(100));
        server.reply(Reply.text(many));
        assertThat(fail(Vendor.OPENAI, true).kind()).isEqualTo(Kind.UPSTREAM);
    }

    @ParameterizedTest
    @EnumSource
    void neverShowsCredentials(Vendor vendor) {
        String words = "bad key " + Vendor.KEY + " or sk-proj-abcdef123456 or Bearer abcdefghi123 " + "x".repeat(5000);
        server.reply(Reply.error(400, words), Reply.text("x").thenStreamError("server_error", words));
        for (boolean stream : new boolean[] {false, true}) {
            ModelException e = fail(vendor, stream);
            assertThat(e.detail())
                    .contains("bad key [redacted]")
                    .doesNotContain(Vendor.KEY)
                    .doesNotContain("abcdef");
            assertThat(e.detail().length()).isLessThanOrEqualTo(2048);
            assertThat(e.toString()).doesNotContain(Vendor.KEY);
        }
    }

    @Test
    void logsNoCredentialsEvenWhenEverythingIsLogged() {
        var client = (Logger) LoggerFactory.getLogger("org.apache.hc");
        var log = new ListAppender<ILoggingEvent>();
        log.start();
        client.setAdditive(false);
        client.setLevel(Level.TRACE);
        client.addAppender(log);
        try {
            for (Vendor vendor : Vendor.values()) {
                ask(vendor, true);
                server.reply(Reply.error(401, "no " + Vendor.KEY));
                fail(vendor, false);
            }
        } finally {
            client.detachAppender(log);
            client.setLevel(null);
            client.setAdditive(true);
        }
        assertThat(log.list).as("the client does log").isNotEmpty();
        assertThat(log.list).noneMatch(event -> event.getFormattedMessage().contains(Vendor.KEY));
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
