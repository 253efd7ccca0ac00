package dev.agentsgateway.observability;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

class HttpObserverTest {
    private static final String CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private final ByteArrayOutputStream console = new ByteArrayOutputStream();

    @AfterEach
    void restore() {
        MDC.clear();
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        new Logging.Quiet().configure(context);
    }

    @Test
    void aRequestIsTracedTimedAndLogged() throws Exception {
        try (FakeCollector collector = FakeCollector.http()) {
            Observability observability = start(Map.of(
                    "LOG_FORMAT", "json",
                    "OTEL_OTLP_ENDPOINT", collector.uri().toString(),
                    "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
            Telemetry telemetry = observability.telemetry();
            var observation = observability.requests().started("GET", "/v2/agents/{agent_id}", "req-1", CALLER);
            assertThat(MDC.get("request_id")).isEqualTo("req-1");
            assertThat(MDC.get("trace_id")).isEqualTo("0af7651916cd43dd8448eb211c80319c");
            TraceSpan request = telemetry.current();
            Thread.ofVirtual()
                    .start(() -> {
                        assertThat(telemetry.current()).isSameAs(TraceSpan.NONE);
                        telemetry.run(request, "1", "a", null, "r").end();
                    })
                    .join();
            assertThat(observability.metrics().scrape()).contains("http_server_active_requests 1.0");
            observation.finished(503);
            assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
            assertThat(telemetry.current()).isSameAs(TraceSpan.NONE);
            assertThat(observability.metrics().scrape())
                    .contains("http_server_active_requests 0.0")
                    .contains("http_server_request_duration_seconds_count{http_request_method=\"GET\","
                            + "http_response_status_code=\"503\",http_route=\"/v2/agents/{agent_id}\"} 1");
            observability.close();

            var server = collector.span("GET /v2/agents/{agent_id}");
            assertThat(FakeCollector.attributes(server.getAttributesList())).containsEntry("error.type", "503");
            assertThat(collector.span("invoke_agent a").getParentSpanId()).isEqualTo(server.getSpanId());
            JsonNode line = Json.read(lines().getFirst());
            assertThat(line.get("msg").asText()).matches("GET /v2/agents/\\{agent_id} 503 [0-9.E-]+ ms");
            assertThat(line.get("logger").asText()).isEqualTo("dev.agentsgateway.access");
            assertThat(line.get("method").asText()).isEqualTo("GET");
            assertThat(line.get("route").asText()).isEqualTo("/v2/agents/{agent_id}");
            assertThat(line.get("status").asInt()).isEqualTo(503);
            assertThat(line.get("duration_ms").isNumber()).isTrue();
            assertThat(line.get("request_id").asText()).isEqualTo("req-1");
            assertThat(line.get("trace_id").asText()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        }
    }

    @Test
    void probesAndUnmatchedPathsDoNotFillTheLog() {
        Observability observability = start(Map.of());
        observability.requests().started("GET", "/health", "r1", null).finished(200);
        observability.requests().started("BREW", null, "r2", null).finished(404);
        observability.close();

        assertThat(lines())
                .singleElement()
                .asString()
                .contains("access: _OTHER unmatched 404")
                .contains("request_id=r2");
    }

    @Test
    void theConsoleBackendPrintsSpans() {
        Observability observability = start(Map.of("OTEL_TRACING_BACKEND", "console", "ACCESS_LOG", "no"));
        observability.requests().started("GET", "/v2/agents", "r1", CALLER).finished(200);
        observability.close();

        assertThat(lines()).singleElement().asString().contains("GET /v2/agents", "0af7651916cd43dd8448eb211c80319c");
    }

    @Test
    void theAccessLogCanBeTurnedOff() {
        Observability observability = start(Map.of("ACCESS_LOG", "false"));
        observability.requests().started("GET", "/x", "r1", null).finished(200);
        observability.close();

        assertThat(lines()).isEmpty();
    }

    private List<String> lines() {
        return console.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private Observability start(Map<String, String> variables) {
        return Observability.start(
                ObservabilityConfig.from(new HashMap<>(variables)::get), new Scrubber(), model -> true, console);
    }
}
