package dev.agentsgateway.observability;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

class LoggingTest {
    private static final String KEY = "agw_CANARYcanaryCANARYcanaryCANARYcanaryCANARYc12";

    private final Logger log = LoggerFactory.getLogger("dev.agentsgateway.run.Engine");
    private final ByteArrayOutputStream console = new ByteArrayOutputStream();
    private final Scrubber scrubber = new Scrubber();

    @AfterEach
    void restore() {
        MDC.clear();
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        new Logging.Quiet().configure(context);
    }

    @Test
    void jsonLinesAreOneObjectEach() {
        try (Logging _ = install(Map.of("LOG_FORMAT", "json"))) {
            MDC.put("request_id", "req-1");
            MDC.put("run_id", "run-1");
            MDC.put("trace_id", "0af7651916cd43dd8448eb211c80319c");
            MDC.put("span_id", "b7ad6b7169203331");
            log.atInfo().addKeyValue("attempt", 2).addKeyValue("level", "x").log("line one\nline {}", "two");
            MDC.clear();
            log.warn("failed", new IllegalStateException("outer", new RuntimeException("inner")));
        }
        List<String> lines = lines();
        assertThat(lines).hasSize(2);
        JsonNode first = Json.read(lines.get(0));
        assertThat(first.properties())
                .extracting(Map.Entry::getKey)
                .containsExactly(
                        "ts",
                        "level",
                        "logger",
                        "thread",
                        "msg",
                        "request_id",
                        "run_id",
                        "trace_id",
                        "span_id",
                        "attempt",
                        "field.level");
        assertThat(first.get("ts").asText()).endsWith("Z");
        assertThat(Instant.parse(first.get("ts").asText()))
                .isBetween(Instant.now().minusSeconds(60), Instant.now());
        assertThat(first.get("level").asText()).isEqualTo("INFO");
        assertThat(first.get("logger").asText()).isEqualTo("dev.agentsgateway.run.Engine");
        assertThat(first.get("msg").asText()).isEqualTo("line one\nline two");
        assertThat(first.get("trace_id").asText()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(first.get("attempt").isInt()).isTrue();

        JsonNode second = Json.read(lines.get(1));
        assertThat(second.has("request_id")).isFalse();
        assertThat(second.get("error.type").asText()).isEqualTo("java.lang.IllegalStateException");
        assertThat(second.get("error.message").asText()).isEqualTo("outer");
        assertThat(second.get("error.stack").asText())
                .contains("IllegalStateException: outer\n\tat dev.agentsgateway")
                .contains("Caused by: java.lang.RuntimeException: inner");
    }

    @Test
    void textLinesAreForPeopleAndCannotBeForged() {
        try (Logging _ = install(Map.of())) {
            MDC.put("request_id", "req-1\nforged");
            log.info("said {}", "hello\n2026-01-01 00:00:00.000 ERROR Engine: forged\u001b[31m");
        }
        assertThat(lines())
                .singleElement()
                .asString()
                .matches(
                        "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} INFO  Engine: said hello\\\\n.*forged\\?\\[31m"
                                + " request_id=req-1\\\\nforged");
    }

    @Test
    void nothingSecretLeaves() {
        scrubber.register("hunter-canary-2");
        try (Logging _ = install(Map.of("LOG_FORMAT", "json"))) {
            MDC.put("request_id", KEY);
            log.atError()
                    .addKeyValue("header", "Authorization: Bearer CANARY")
                    .setCause(new IllegalStateException("password hunter-canary-2", new RuntimeException(KEY)))
                    .log("message " + KEY + " argument {}", "x-api-key: CANARY");
        }
        assertThat(console.toString(StandardCharsets.UTF_8)).contains("***").doesNotContainIgnoringCase("canary");
    }

    @Test
    void longLinesAreCut() {
        try (Logging _ = install(Map.of("LOG_FORMAT", "json"))) {
            log.error("x".repeat(1_000_000), new IllegalStateException("y".repeat(1_000_000)));
        }
        assertThat(console.size()).isBetween(10_000, 60_000);
    }

    @Test
    void librariesAreQuietAndCanBeHeard() {
        try (Logging _ = install(Map.of("OTEL_LOG_LEVEL", "debug", "LOG_LEVELS", "org.flywaydb=INFO"))) {
            log.debug("own debug");
            LoggerFactory.getLogger("com.zaxxer.hikari.HikariDataSource").info("pool started");
            LoggerFactory.getLogger("com.zaxxer.hikari.HikariDataSource").warn("pool exhausted");
            LoggerFactory.getLogger("org.flywaydb.core.Flyway").info("migrated");
            java.util.logging.Logger.getLogger("io.helidon.Main").info("banner");
            java.util.logging.Logger.getLogger("io.helidon.Main").severe("broken");
        }
        assertThat(console.toString(StandardCharsets.UTF_8))
                .contains("own debug", "pool exhausted", "migrated", "broken")
                .doesNotContain("pool started", "banner");
    }

    @Test
    void levelsFollowTheVariables() {
        try (Logging _ = install(Map.of("LOG_LEVEL", "WARNING"))) {
            log.info("not heard");
            log.warn("heard");
        }
        assertThat(lines()).singleElement().asString().endsWith("Engine: heard");
    }

    @Test
    void aStuckConsoleNeverStopsTheWork() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        OutputStream pipe = new OutputStream() {
            @Override
            public void write(int b) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                try {
                    stuck.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                console.write(bytes, offset, length);
            }
        };
        Logging logging = Logging.install(config(Map.of()), scrubber, pipe);
        for (int i = 0; i < 20_000; i++) {
            log.info("line {}", i);
        }
        long dropped = logging.dropped().get("console").getAsLong();
        stuck.countDown();
        logging.close();

        assertThat(dropped).isBetween(20_000L - 8_192 - 1_024, 20_000L - 8_192);
        assertThat(lines()).hasSize((int) (20_000 - dropped + 1));
        assertThat(lines())
                .filteredOn(line -> line.contains(dropped + " log lines were dropped"))
                .hasSize(1);
    }

    @Test
    void logContextIsRestored() {
        MDC.put("run_id", "outer");
        try (LogContext _ = LogContext.open("req", "inner", TraceSpan.NONE)) {
            assertThat(MDC.getCopyOfContextMap()).isEqualTo(Map.of("request_id", "req", "run_id", "inner"));
        }
        assertThat(MDC.getCopyOfContextMap()).isEqualTo(Map.of("run_id", "outer"));
    }

    @Test
    void otlpCarriesTheSameLine() throws Exception {
        try (FakeCollector collector = FakeCollector.http()) {
            Logging logging = install(Map.of(
                    "OTEL_LOGGING_BACKEND", "otlp",
                    "OTEL_EXPORTER_OTLP_ENDPOINT", collector.uri().toString(),
                    "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
                    "OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=bluish"));
            MDC.put("run_id", "run-1");
            MDC.put("trace_id", "0af7651916cd43dd8448eb211c80319c");
            MDC.put("span_id", "b7ad6b7169203331");
            log.atWarn()
                    .addKeyValue("attempt", 2)
                    .setCause(new IllegalStateException(KEY))
                    .log("hello {}", KEY);
            logging.close();

            assertThat(collector.requests.getFirst().path()).isEqualTo("/v1/logs");
            assertThat(collector.requests.getFirst().headers()).containsEntry("x-tenant", "bluish");
            assertThat(collector.logs()).singleElement().satisfies(record -> {
                assertThat(record.getBody().getStringValue()).isEqualTo("hello ***");
                assertThat(record.getSeverityText()).isEqualTo("WARN");
                assertThat(record.getSeverityNumberValue()).isEqualTo(13);
                assertThat(FakeCollector.hex(record.getTraceId())).isEqualTo("0af7651916cd43dd8448eb211c80319c");
                assertThat(FakeCollector.hex(record.getSpanId())).isEqualTo("b7ad6b7169203331");
                assertThat(FakeCollector.attributes(record.getAttributesList()))
                        .containsEntry("run_id", "run-1")
                        .containsEntry("attempt", "2")
                        .containsEntry("exception.type", "java.lang.IllegalStateException")
                        .containsEntry("exception.message", "***");
            });
            assertThat(logging.dropped().get("otlp").getAsLong()).isZero();
            assertThat(console.size()).isZero();
        }
    }

    @Test
    void logtailReceivesBatches() throws Exception {
        try (FakeCollector betterStack = FakeCollector.http()) {
            betterStack.status = 202;
            Logging logging = install(Map.of(
                    "OTEL_LOGGING_BACKEND", "console,logtail",
                    "BETTERSTACK_SOURCE_TOKEN", "source-token",
                    "BETTERSTACK_HOST", betterStack.uri().toString()));
            log.info("first source-token");
            log.info("second");
            logging.close();

            assertThat(betterStack.requests).singleElement().satisfies(request -> {
                assertThat(request.path()).isIn("", "/");
                assertThat(request.headers())
                        .containsEntry("authorization", "Bearer source-token")
                        .hasEntrySatisfying(
                                "content-type", type -> assertThat(type).startsWith("application/json"));
                JsonNode events = Json.read(new String(request.body(), StandardCharsets.UTF_8));
                assertThat(events.size()).isEqualTo(2);
                assertThat(events.get(0).get("message").asText()).isEqualTo("first ***");
                assertThat(Instant.parse(events.get(1).get("dt").asText())).isBefore(Instant.now());
            });
            assertThat(lines()).hasSize(2);
            assertThat(logging.dropped().get("logtail").getAsLong()).isZero();
        }
    }

    @Test
    void logtailCountsWhatIsRefused() throws Exception {
        try (FakeCollector betterStack = FakeCollector.http()) {
            betterStack.status = 403;
            Logging logging = install(Map.of(
                    "OTEL_LOGGING_BACKEND", "console,logtail",
                    "BETTERSTACK_SOURCE_TOKEN", "source-token",
                    "BETTERSTACK_HOST", betterStack.uri().toString()));
            log.info("refused");
            while (logging.dropped().get("logtail").getAsLong() == 0) {
                Thread.sleep(5);
            }
            logging.close();
            assertThat(betterStack.requests).hasSize(1);
            assertThat(logging.dropped().get("logtail").getAsLong()).isEqualTo(1);
            assertThat(console.toString(StandardCharsets.UTF_8))
                    .contains("Better Stack does not take logs (status 403)");
        }
    }

    @Test
    void logtailTriesAgainWhenItIsBusy() throws Exception {
        try (FakeCollector betterStack = FakeCollector.http()) {
            betterStack.status = 503;
            Logging logging = install(Map.of(
                    "OTEL_LOGGING_BACKEND", "logtail",
                    "BETTERSTACK_SOURCE_TOKEN", "source-token",
                    "BETTERSTACK_HOST", betterStack.uri().toString()));
            log.info("patience");
            while (betterStack.requests.isEmpty()) {
                Thread.sleep(5);
            }
            betterStack.status = 202;
            logging.close();
            assertThat(betterStack.requests).hasSize(2);
            assertThat(logging.dropped().get("logtail").getAsLong()).isZero();
        }
    }

    private List<String> lines() {
        return console.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private Logging install(Map<String, String> variables) {
        return Logging.install(config(variables), scrubber, console);
    }

    private static ObservabilityConfig config(Map<String, String> variables) {
        return ObservabilityConfig.from(new HashMap<>(variables)::get);
    }
}
