package dev.agentsgateway.observability;

import dev.agentsgateway.observability.ObservabilityConfig.Otlp;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.logs.OtlpGrpcLogRecordExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.common.InternalTelemetryVersion;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.time.Duration;
import java.util.Map;

/** Builds the exporters that speak OTLP (opentelemetry-proto 1.x, "OTLP Specification"). */
final class Exporters {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private Exporters() {}

    static SpanExporter spans(Otlp otlp, MeterProvider health) {
        return switch (otlp.protocol()) {
            case GRPC ->
                OtlpGrpcSpanExporter.builder()
                        .setEndpoint(otlp.endpoint().toString())
                        .setHeaders(otlp::headers)
                        .setTimeout(TIMEOUT)
                        .setMeterProvider(health)
                        .setInternalTelemetryVersion(InternalTelemetryVersion.LATEST)
                        .build();
            case HTTP_PROTOBUF -> httpSpans(path(otlp, "/v1/traces"), otlp.headers(), health);
        };
    }

    static LogRecordExporter logs(Otlp otlp, MeterProvider health) {
        return switch (otlp.protocol()) {
            case GRPC ->
                OtlpGrpcLogRecordExporter.builder()
                        .setEndpoint(otlp.endpoint().toString())
                        .setHeaders(otlp::headers)
                        .setTimeout(TIMEOUT)
                        .setMeterProvider(health)
                        .setInternalTelemetryVersion(InternalTelemetryVersion.LATEST)
                        .build();
            case HTTP_PROTOBUF ->
                OtlpHttpLogRecordExporter.builder()
                        .setEndpoint(path(otlp, "/v1/logs"))
                        .setHeaders(otlp::headers)
                        .setTimeout(TIMEOUT)
                        .setMeterProvider(health)
                        .setInternalTelemetryVersion(InternalTelemetryVersion.LATEST)
                        .build();
        };
    }

    /**
     * Spans to Sentry's own OTLP endpoint (docs.sentry.io, "Direct OTLP Traces"):
     * {@code https://host/api/PROJECT/integration/otlp/v1/traces} with the DSN's public key in {@code x-sentry-auth}.
     *
     * @param dsn {@code https://KEY[:SECRET]@HOST[/PREFIX]/PROJECT}
     */
    static SpanExporter sentrySpans(URI dsn, MeterProvider health) {
        String key = dsn.getUserInfo().split(":", 2)[0];
        int slash = dsn.getPath().lastIndexOf('/');
        String prefix = dsn.getPath().substring(0, slash);
        String project = dsn.getPath().substring(slash + 1);
        String port = dsn.getPort() < 0 ? "" : ":" + dsn.getPort();
        String endpoint = dsn.getScheme() + "://" + dsn.getHost() + port + prefix + "/api/" + project
                + "/integration/otlp/v1/traces";
        return httpSpans(endpoint, Map.of("x-sentry-auth", "sentry sentry_key=" + key), health);
    }

    private static SpanExporter httpSpans(String endpoint, Map<String, String> headers, MeterProvider health) {
        return OtlpHttpSpanExporter.builder()
                .setEndpoint(endpoint)
                .setHeaders(() -> headers)
                .setTimeout(TIMEOUT)
                .setMeterProvider(health)
                .setInternalTelemetryVersion(InternalTelemetryVersion.LATEST)
                .build();
    }

    private static String path(Otlp otlp, String path) {
        String base = otlp.endpoint().toString();
        return (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path;
    }
}
