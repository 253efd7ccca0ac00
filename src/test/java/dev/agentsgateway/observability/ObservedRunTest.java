package dev.agentsgateway.observability;

import static dev.agentsgateway.observability.FakeCollector.attributes;
import static dev.agentsgateway.observability.FakeCollector.hex;
import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a real chat leaves behind in traces and metrics. */
class ObservedRunTest {
    private static final String CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @Test
    void aChatIsOneTraceFromTheCallerToTheCommits() throws Exception {
        try (FakeCollector collector = FakeCollector.http()) {
            ObservabilityConfig config = ObservabilityConfig.from(Map.of(
                    "OTEL_TRACING_BACKEND", "otlp",
                    "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
                    "OTEL_OTLP_ENDPOINT", collector.uri().toString())::get);
            Telemetry telemetry = Telemetry.start(config);
            Metrics metrics = new Metrics("test", _ -> true);
            String scraped;
            try (TestGateway gateway = TestGateway.start(
                    new Observability(null, telemetry, metrics, new HttpObserver(telemetry, metrics, false)))) {
                gateway.createAgent("scout", "You look for things.");
                gateway.model()
                        .reply(
                                Reply.toolCall("resolve_datetime", "{\"text\":\"secret-canary 2030\"}"),
                                Reply.text("Found."));
                TestGateway.Answer answer = gateway.send(
                        "POST",
                        "/v2/agents/scout/chat",
                        TestGateway.chatBody("secret-canary", body -> body.put("stream", false))
                                .toString(),
                        Map.of("X-API-Key", gateway.apiKey(), "traceparent", CALLER));
                assertThat(answer.json().get("content").asText()).isEqualTo("Found.");
                scraped = gateway.get("/metrics").body();
            }
            telemetry.close();
            metrics.close();

            Span request = collector.span("POST /v2/agents/{agent_id}/chat");
            Span run = collector.span("invoke_agent scout");
            assertThat(hex(request.getTraceId())).isEqualTo("0af7651916cd43dd8448eb211c80319c");
            assertThat(run.getParentSpanId()).isEqualTo(request.getSpanId());
            List<Span> ofRun = collector.spans().stream()
                    .filter(span -> span.getParentSpanId().equals(run.getSpanId()))
                    .toList();
            assertThat(ofRun)
                    .extracting(Span::getName)
                    .contains("chat gpt-5.4", "chat gpt-5.4", "execute_tool resolve_datetime", "COMMIT postgresql");
            Map<String, ?> call = attributes(ofRun.stream()
                    .filter(span -> span.getName().equals("chat gpt-5.4"))
                    .findFirst()
                    .orElseThrow()
                    .getAttributesList());
            assertThat(call.get("gen_ai.usage.input_tokens")).hasToString("11");
            assertThat(call.get("gen_ai.provider.name")).hasToString("openai");
            assertThat(collector.spans().toString()).doesNotContain("secret-canary");
            assertThat(scraped)
                    .contains("agentsgateway_run_duration_seconds_count{kind=\"agent\",status=\"completed\"} 1")
                    .contains("gen_ai_client_token_usage")
                    .contains("gen_ai_execute_tool_duration_seconds")
                    .contains("agentsgateway_group_commit_batch_size_count")
                    .contains("hikaricp_connections");
        }
    }
}
