package dev.agentsgateway.observability;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import java.util.Set;

/**
 * What the OpenTelemetry SDK says of itself: how many spans or log records it had to drop because its queue was full or
 * because they could not be exported. Read on demand, thread-safe. Names: OpenTelemetry semantic conventions, "SDK
 * metrics".
 */
final class SdkHealth implements MetricReader {
    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
    private static final Set<String> COUNTERS = Set.of(
            "otel.sdk.processor.span.processed",
            "otel.sdk.exporter.span.exported",
            "otel.sdk.processor.log.processed",
            "otel.sdk.exporter.log.exported");

    private final SdkMeterProvider meters;
    private volatile CollectionRegistration registration = CollectionRegistration.noop();

    SdkHealth() {
        this.meters = SdkMeterProvider.builder().registerMetricReader(this).build();
    }

    MeterProvider meters() {
        return meters;
    }

    /** Never decreases. */
    long dropped() {
        long lost = 0;
        for (MetricData metric : registration.collectAllMetrics()) {
            if (COUNTERS.contains(metric.getName())) {
                for (LongPointData point : metric.getLongSumData().getPoints()) {
                    lost += point.getAttributes().get(ERROR_TYPE) == null ? 0 : point.getValue();
                }
            }
        }
        return lost;
    }

    @Override
    public void register(CollectionRegistration value) {
        registration = value;
    }

    @Override
    public AggregationTemporality getAggregationTemporality(InstrumentType type) {
        return AggregationTemporality.CUMULATIVE;
    }

    @Override
    public CompletableResultCode forceFlush() {
        return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
        return CompletableResultCode.ofSuccess();
    }
}
