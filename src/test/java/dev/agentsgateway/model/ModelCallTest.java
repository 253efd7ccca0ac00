package dev.agentsgateway.model;

import static dev.agentsgateway.model.ModelCalls.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.model.ModelEvent.StopReason;
import dev.agentsgateway.model.ModelException.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** What holds for the answers of every vendor: texts, tool calls, errors, bounds, secrets. */
class ModelCallTest {
    private final ModelCalls calls = new ModelCalls();
    private final ScriptedModelServer server = calls.server;

    @AfterEach
    void stop() {
        calls.close();
    }

    @ParameterizedTest
    @EnumSource
    void answersStreamed(Vendor vendor) {
        server.reply(Reply.text("Hel", "lo ü€😀").usage(90, 2));
        CollectedAnswer answer = calls.ask(vendor, true);
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
        CollectedAnswer answer = calls.ask(vendor, false);
        assertThat(answer.text()).isEqualTo("Hello");
        assertThat(answer.id()).isNotBlank();
        assertThat(answer.usage()).isEqualTo(new Usage(90, 2, 0, 0, 0, false));
        assertThat(answer.stop()).isEqualTo(StopReason.END);
    }

    @ParameterizedTest
    @EnumSource
    void copesWithOneJsonDocumentInsteadOfAStream(Vendor vendor) {
        server.reply(Reply.text("Hello").asJsonAlways());
        assertThat(calls.ask(vendor, true).text()).isEqualTo("Hello");
    }

    @ParameterizedTest
    @EnumSource
    void reportsNoUsageWhenTheVendorReportsNone(Vendor vendor) {
        server.reply(Reply.text("Hello").withoutUsage(), Reply.text("Hello").withoutUsage());
        assertThat(calls.ask(vendor, true).usage()).isNull();
        assertThat(calls.ask(vendor, false).usage()).isNull();
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
            CollectedAnswer answer = calls.ask(vendor, stream);
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
            assertThat(calls.ask(vendor, true).stop()).isEqualTo(reason);
            assertThat(calls.ask(vendor, false).stop()).isEqualTo(reason);
        }
    }

    @ParameterizedTest
    @EnumSource
    void sendsItsKeyInAHeaderOnly(Vendor vendor) {
        server.expectKey(Vendor.KEY);
        calls.ask(vendor, true);
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
            calls.ask(vendor, i % 2 == 0);
        }
        assertThat(server.connections()).isEqualTo(1);
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
        ModelException e = calls.fail(vendor, true);
        assertThat(e.kind()).isEqualTo(Kind.RATE_LIMITED);
        assertThat(e.detail()).contains("slow down");
    }

    @ParameterizedTest
    @EnumSource
    void refusesNonsense(Vendor vendor) {
        server.reply(Reply.text("half").thenRaw("data: {nonsense\n\n"));
        assertThat(calls.fail(vendor, true).kind()).isEqualTo(Kind.UPSTREAM);
    }

    @ParameterizedTest
    @EnumSource
    void ignoresCommentsBetweenEvents(Vendor vendor) {
        server.reply(Reply.text("a").thenRaw(": keep-alive\n\n").thenText("b"));
        assertThat(calls.ask(vendor, true).text()).isEqualTo("ab");
    }

    @Test
    void boundsAnAnswer() {
        calls.use(Vendor.QUICK.withSizes(1000, 2000));
        server.reply(Reply.text("x".repeat(5000)));
        assertThat(calls.fail(Vendor.OPENAI, true).kind()).isEqualTo(Kind.UPSTREAM);
        server.reply(Reply.text("x".repeat(5000)));
        assertThat(calls.fail(Vendor.OPENAI, false).kind()).isEqualTo(Kind.UPSTREAM);
        String[] many = new String[50];
        java.util.Arrays.fill(many, "x".repeat(100));
        server.reply(Reply.text(many));
        assertThat(calls.fail(Vendor.OPENAI, true).kind()).isEqualTo(Kind.UPSTREAM);
    }

    @ParameterizedTest
    @EnumSource
    void neverShowsCredentials(Vendor vendor) {
        String words = "bad key " + Vendor.KEY + " or sk-proj-abcdef123456 or Bearer abcdefghi123 " + "x".repeat(5000);
        server.reply(Reply.error(400, words), Reply.text("x").thenStreamError("server_error", words));
        for (boolean stream : new boolean[] {false, true}) {
            ModelException e = calls.fail(vendor, stream);
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
                calls.ask(vendor, true);
                server.reply(Reply.error(401, "no " + Vendor.KEY));
                calls.fail(vendor, false);
            }
        } finally {
            client.detachAppender(log);
            client.setLevel(null);
            client.setAdditive(true);
        }
        assertThat(log.list).as("the client does log").isNotEmpty();
        assertThat(log.list).noneMatch(event -> event.getFormattedMessage().contains(Vendor.KEY));
    }
}
