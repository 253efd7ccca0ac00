package dev.agentsgateway.model;

import static dev.agentsgateway.model.ModelCalls.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.model.ModelException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is tried again, how often and when, with every vendor. */
class ModelRetriesTest {
    private final ModelCalls calls = new ModelCalls();
    private final ScriptedModelServer server = calls.server;

    @AfterEach
    void stop() {
        calls.close();
    }

    @ParameterizedTest
    @CsvSource({"408", "409", "429", "500", "502", "503", "529"})
    void triesAgainWhatMayPass(int status) {
        for (Vendor vendor : Vendor.values()) {
            server.reply(Reply.error(status, "busy"), Reply.error(status, "busy"), Reply.text("at last"));
            assertThat(calls.ask(vendor, true).text()).isEqualTo("at last");
        }
    }

    @ParameterizedTest
    @EnumSource
    void givesUpAfterThreeTries(Vendor vendor) {
        for (int i = 0; i < 4; i++) {
            server.reply(Reply.error(503, "busy"));
        }
        ModelException e = calls.fail(vendor, true);
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
            assertThat(calls.fail(vendor, false).kind()).isEqualTo(kind);
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
        assertThat(calls.ask(Vendor.OPENAI, true).text()).isEqualTo("ok");
        Instant second = server.requests().get(1).at();
        assertThat(Duration.between(start, second)).isBetween(Duration.ofMillis(290), Duration.ofSeconds(20));
        assertThat(server.requests().get(2).at())
                .isBetween(date.toInstant().minusMillis(10), date.toInstant().plusSeconds(20));
    }

    @Test
    void failsAtOnceWhenTheVendorWantsALongPause() {
        server.reply(Reply.error(429, "slow").header("Retry-After", "30"));
        Instant start = Instant.now();
        ModelException e = calls.fail(Vendor.ANTHROPIC, true);
        assertThat(e.kind()).isEqualTo(Kind.RATE_LIMITED);
        assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(30));
        assertThat(Duration.between(start, Instant.now())).isLessThan(SOON);
    }

    @Test
    void triesAgainWhenNobodyListens() {
        server.close();
        for (Vendor vendor : Vendor.values()) {
            assertThat(calls.fail(vendor, true).kind()).isEqualTo(Kind.CONNECTION);
        }
    }
}
