package dev.agentsgateway.observability;

import static dev.agentsgateway.observability.FakeCollector.attributes;
import static dev.agentsgateway.observability.FakeCollector.hex;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class TelemetryTest {
    private static final String CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @Test
    void aTraceFollowsTheWorkThroughEveryThread() throws Exception {
        try (FakeCollector collector = FakeCollector.http();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Telemetry telemetry = telemetry(collector, Map.of("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
            TraceSpan request = telemetry.request(telemetry.remote(CALLER), "POST", "/v2/agents/{agent_id}/runs", "r1");
            TraceSpan run = threads.submit(() -> telemetry.run(request, "7", "Scout", "s1", "run-1"))
                    .get();
            threads.submit(() -> {
                        TraceSpan call = telemetry.modelCall(run, "gemini", "gemini-2.5-pro", "s1", true);
                        call.response("resp-1", "gemini-2.5-pro-001")
                                .usage(120, 30, 100, 5, 8)
                                .firstChunk(Duration.ofMillis(250))
                                .finishReason("tool_calls")
                                .end();
                    })
                    .get();
            threads.submit(() -> telemetry
                            .toolCall(run, "search", "call-1")
                            .failed("timeout")
                            .end())
                    .get();
            TraceSpan commit = telemetry.database(run, "COMMIT");
            commit.failed(new IllegalStateException("a message that must not leave"));
            commit.end();
            run.runStatus("completed").end();
            request.httpStatus(200).end();
            telemetry.close();

            Span server = collector.span("POST /v2/agents/{agent_id}/runs");
            assertThat(collector.spans())
                    .hasSize(5)
                    .allSatisfy(
                            span -> assertThat(hex(span.getTraceId())).isEqualTo("0af7651916cd43dd8448eb211c80319c"));
            assertThat(hex(server.getParentSpanId())).isEqualTo("b7ad6b7169203331");
            assertThat(server.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
            assertThat(attributes(server.getAttributesList()))
                    .isEqualTo(Map.of(
                            "http.request.method", "POST",
                            "http.route", "/v2/agents/{agent_id}/runs",
                            "http.response.status_code", "200",
                            "agentsgateway.request.id", "r1"));

            Span agent = collector.span("invoke_agent Scout");
            assertThat(agent.getParentSpanId()).isEqualTo(server.getSpanId());
            assertThat(attributes(agent.getAttributesList()))
                    .isEqualTo(Map.of(
                            "gen_ai.operation.name", "invoke_agent",
                            "gen_ai.agent.id", "7",
                            "gen_ai.agent.name", "Scout",
                            "gen_ai.conversation.id", "s1",
                            "agentsgateway.run.id", "run-1",
                            "agentsgateway.run.status", "completed"));

            Span chat = collector.span("chat gemini-2.5-pro");
            assertThat(chat.getParentSpanId()).isEqualTo(agent.getSpanId());
            assertThat(chat.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
            assertThat(attributes(chat.getAttributesList()))
                    .isEqualTo(Map.ofEntries(
                            Map.entry("gen_ai.operation.name", "chat"),
                            Map.entry("gen_ai.provider.name", "gcp.gemini"),
                            Map.entry("gen_ai.request.model", "gemini-2.5-pro"),
                            Map.entry("gen_ai.request.stream", "true"),
                            Map.entry("gen_ai.conversation.id", "s1"),
                            Map.entry("gen_ai.response.id", "resp-1"),
                            Map.entry("gen_ai.response.model", "gemini-2.5-pro-001"),
                            Map.entry("gen_ai.response.finish_reasons", "[tool_calls]"),
                            Map.entry("gen_ai.response.time_to_first_chunk", "0.25"),
                            Map.entry("gen_ai.usage.input_tokens", "120"),
                            Map.entry("gen_ai.usage.output_tokens", "30"),
                            Map.entry("gen_ai.usage.cache_read.input_tokens", "100"),
                            Map.entry("gen_ai.usage.cache_creation.input_tokens", "5"),
                            Map.entry("gen_ai.usage.reasoning.output_tokens", "8")));

            Span tool = collector.span("execute_tool search");
            assertThat(tool.getParentSpanId()).isEqualTo(agent.getSpanId());
            assertThat(tool.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
            assertThat(attributes(tool.getAttributesList()))
                    .isEqualTo(Map.of(
                            "gen_ai.operation.name", "execute_tool",
                            "gen_ai.tool.name", "search",
                            "gen_ai.tool.type", "function",
                            "gen_ai.tool.call.id", "call-1",
                            "error.type", "timeout"));

            Span database = collector.span("COMMIT postgresql");
            assertThat(database.getParentSpanId()).isEqualTo(agent.getSpanId());
            assertThat(attributes(database.getAttributesList()))
                    .isEqualTo(Map.of(
                            "db.system.name", "postgresql",
                            "db.operation.name", "COMMIT",
                            "error.type", "java.lang.IllegalStateException"));
            assertThat(collector.spans().toString()).doesNotContain("must not leave");
            assertThat(telemetry.droppedSpans()).isZero();
        }
    }

    @Test
    void speaksHttpWithHeadersAndResource() throws Exception {
        try (FakeCollector collector = FakeCollector.http()) {
            Telemetry telemetry = telemetry(
                    collector,
                    Map.of(
                            "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
                            "OTEL_OTLP_HEADERS", "x-tenant=blue, authorization=Basic%20dXNlcg==",
                            "OTEL_SERVICE_NAME", "gate",
                            "OTEL_SERVICE_VERSION", "9",
                            "OTEL_ENVIRONMENT", "staging",
                            "OTEL_RESOURCE_ATTRIBUTES", "team=core"));
            telemetry.run(TraceSpan.NONE, "1", null, null, "r").end();
            telemetry.close();

            assertThat(collector.requests).singleElement().satisfies(request -> {
                assertThat(request.path()).isEqualTo("/v1/traces");
                assertThat(request.headers())
                        .containsEntry("x-tenant", "blue")
                        .containsEntry("authorization", "Basic dXNlcg==")
                        .containsEntry("content-type", "application/x-protobuf");
            });
            assertThat(attributes(collector.resource().getAttributesList()))
                    .containsEntry("service.name", "gate")
                    .containsEntry("service.version", "9")
                    .containsEntry("deployment.environment.name", "staging")
                    .containsEntry("team", "core")
                    .containsKey("service.instance.id");
        }
    }

    @Test
    void speaksGrpcByDefault() throws Exception {
        try (FakeCollector collector = FakeCollector.grpc()) {
            Telemetry telemetry = telemetry(collector, Map.of("OTLP_HEADERS", "{\"x-tenant\":\"blue\"}"));
            telemetry.toolCall(TraceSpan.NONE, "clock", null).end();
            telemetry.close();

            assertThat(collector.span("execute_tool clock").getParentSpanId().isEmpty())
                    .isTrue();
            assertThat(collector.requests.getFirst().headers())
                    .containsEntry("x-tenant", "blue")
                    .containsEntry("content-type", "application/grpc");
            assertThat(telemetry.droppedSpans()).isZero();
        }
    }

    @Test
    void speaksToSentryWithTheDsn() throws Exception {
        try (FakeCollector collector = FakeCollector.http()) {
            String dsn = "http://publickey@127.0.0.1:" + collector.uri().getPort() + "/42";
            Telemetry telemetry = Telemetry.start(
                    ObservabilityConfig.from(Map.of("SENTRY_DSN", dsn, "OTEL_TRACING_BACKEND", "sentry")::get));
            telemetry.run(TraceSpan.NONE, "1", "a", null, "r").end();
            telemetry.close();

            assertThat(collector.requests.getFirst().path()).isEqualTo("/api/42/integration/otlp/v1/traces");
            assertThat(collector.requests.getFirst().headers())
                    .containsEntry("x-sentry-auth", "sentry sentry_key=publickey");
            assertThat(collector.spans()).hasSize(1);
        }
    }

    @Test
    void countsSpansThatCannotBeExported() throws Exception {
        try (FakeCollector collector = FakeCollector.http()) {
            // Some do not fit into the queue, the others are refused: each is lost once.
            collector.status = 400;
            Telemetry telemetry = telemetry(collector, Map.of("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
            for (int i = 0; i < 30_000; i++) {
                telemetry.run(TraceSpan.NONE, "1", "a", null, "r").end();
            }
            telemetry.close();

            assertThat(telemetry.droppedSpans()).isEqualTo(30_000);
            assertThat(collector.spans()).hasSizeBetween(1, 29_999);
        }
    }

    @Test
    void aParentsDecisionGoesBeforeTheRate() throws Exception {
        try (FakeCollector collector = FakeCollector.http()) {
            Telemetry telemetry = telemetry(
                    collector, Map.of("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "OTEL_TRACING_SAMPLE_RATE", "0"));
            TraceSpan unsampled = telemetry.run(TraceSpan.NONE, "1", "unsampled", null, "r");
            // The last bit says sampled; the one before it, that the id is random (Trace Context level 2).
            assertThat(unsampled.traceparent()).matches(".*-0[02]");
            unsampled.end();
            telemetry.run(telemetry.remote(CALLER), "1", "sampled", null, "r").end();
            telemetry.close();

            assertThat(collector.spans()).extracting(Span::getName).containsExactly("invoke_agent sampled");
        }
    }

    @Test
    void traceparentMakesOthersWorkAPart() {
        Telemetry telemetry = Telemetry.start(ObservabilityConfig.from(Map.of("OTEL_TRACING_BACKEND", "console")::get));
        TraceSpan first = telemetry.run(TraceSpan.NONE, "1", "a", null, "r");
        TraceSpan second = telemetry.run(telemetry.remote(first.traceparent()), "1", "a", null, "r");

        assertThat(first.traceparent()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[13]");
        assertThat(second.traceId()).isEqualTo(first.traceId());
        assertThat(second.spanId()).isNotEqualTo(first.spanId());
        assertThat(telemetry.remote("00-nonsense")).isSameAs(TraceSpan.NONE);
        assertThat(telemetry.remote(null)).isSameAs(TraceSpan.NONE);
    }

    @Test
    void offCostsNothing() {
        Telemetry off = Telemetry.start(ObservabilityConfig.from(name -> null));
        assertThat(off).isSameAs(Telemetry.OFF);
        assertThat(off.enabled()).isFalse();

        Duration firstChunk = Duration.ofMillis(1);
        IllegalStateException error = new IllegalStateException();
        work(off, firstChunk, error, 20_000);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        int spans = work(off, firstChunk, error, 100_000);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(spans).isZero();
        // One object per round would be 1,600,000 bytes; asking for the number allocates a little itself.
        assertThat(allocated).isLessThan(10_000);
    }

    private static int work(Telemetry telemetry, Duration firstChunk, Throwable error, int rounds) {
        int spans = 0;
        for (int i = 0; i < rounds; i++) {
            TraceSpan request = telemetry.request(telemetry.remote(CALLER), "GET", "/x", "r");
            TraceSpan run = telemetry.run(request, "1", "a", "s", "r");
            TraceSpan call = telemetry.modelCall(run, "openai", "gpt", "s", true);
            call.response("id", "m")
                    .usage(1, 2, 3, 4, 5)
                    .firstChunk(firstChunk)
                    .finishReason("end")
                    .end();
            TraceSpan tool = telemetry
                    .toolCall(telemetry.current(), "t", "c")
                    .failed("x")
                    .failed(error);
            tool.end();
            telemetry.database(run, "COMMIT").end();
            run.runStatus("completed").close();
            request.httpStatus(500).end();
            spans += call == TraceSpan.NONE && tool == TraceSpan.NONE ? 0 : 1;
        }
        return spans;
    }

    private static Telemetry telemetry(FakeCollector collector, Map<String, String> more) {
        return Telemetry.start(ObservabilityConfig.from(
                name -> name.equals("OTEL_OTLP_ENDPOINT") ? collector.uri().toString() : more.get(name)));
    }
}
