package dev.agentsgateway.observability;

import dev.agentsgateway.observability.ObservabilityConfig.Backend;
import dev.agentsgateway.observability.ObservabilityConfig.Service;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.logging.LoggingSpanExporter;
import io.opentelemetry.sdk.common.InternalTelemetryVersion;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Starts spans. Every method takes the parent explicitly, so a trace survives any hop between threads; nothing depends
 * on thread-locals except {@link #current}, which is how a route's handler finds its request's span before it hops.
 * Names and attributes are those of the OpenTelemetry semantic conventions for HTTP, databases and GenAI.
 *
 * <p>Off, every method returns {@link TraceSpan#NONE} and allocates nothing. On, spans are sampled by their parent's
 * decision, else by the configured rate, queued (8,192; more are dropped and counted) and exported in batches.
 *
 * <p>Thread-safe.
 */
public final class Telemetry implements AutoCloseable {
    /** Tracing that is off. */
    public static final Telemetry OFF = new Telemetry(null, null);

    private static final int QUEUE = 8_192;
    private static final int MAX_ATTRIBUTE = 1_024;
    private static final TextMapGetter<String> TRACEPARENT = new TextMapGetter<>() {
        @Override
        public String get(String carrier, String key) {
            return "traceparent".equals(key) ? carrier : null;
        }
    };

    private final SdkTracerProvider provider;
    private final Tracer tracer;
    private final SdkHealth health;

    /** Not static: two instances in one process, as in tests, must not see each other's requests. */
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<TraceSpan> current = new ThreadLocal<>();

    private Telemetry(SdkTracerProvider provider, SdkHealth health) {
        this.provider = provider;
        this.tracer = provider == null ? null : provider.get("dev.agentsgateway");
        this.health = health;
    }

    /** Tracing as configured; {@link #OFF} when the backend is none. Nothing global is set. */
    public static Telemetry start(ObservabilityConfig config) {
        if (config.tracing() == Backend.NONE) {
            return OFF;
        }
        SdkHealth health = new SdkHealth();
        SpanExporter exporter = switch (config.tracing()) {
            case CONSOLE -> LoggingSpanExporter.create();
            case SENTRY -> Exporters.sentrySpans(config.dsn(), health.meters());
            case OTLP -> Exporters.spans(config.otlp(), health.meters());
            case NONE -> throw new AssertionError();
        };
        SdkTracerProvider provider = SdkTracerProvider.builder()
                .setResource(resource(config.service()))
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(config.sampleRate())))
                .setSpanLimits(SpanLimits.builder()
                        .setMaxAttributeValueLength(MAX_ATTRIBUTE)
                        .build())
                .addSpanProcessor(BatchSpanProcessor.builder(exporter)
                        .setMaxQueueSize(QUEUE)
                        .setScheduleDelay(Duration.ofSeconds(1))
                        .setMeterProvider(health.meters())
                        .setInternalTelemetryVersion(InternalTelemetryVersion.LATEST)
                        .build())
                .build();
        return new Telemetry(provider, health);
    }

    static Resource resource(Service service) {
        AttributesBuilder attributes = io.opentelemetry.api.common.Attributes.builder();
        service.attributes().forEach(attributes::put);
        attributes.put("service.name", service.name());
        attributes.put("service.version", service.version());
        attributes.put("service.instance.id", UUID.randomUUID().toString());
        attributes.put("deployment.environment.name", service.environment());
        return Resource.getDefault().merge(Resource.create(attributes.build()));
    }

    public boolean enabled() {
        return tracer != null;
    }

    /** Spans that were lost because the queue was full or the export failed. */
    public long droppedSpans() {
        return health == null ? 0 : health.dropped();
    }

    /** The span of the request that this very thread is handling; {@link TraceSpan#NONE} on any other thread. */
    public TraceSpan current() {
        if (tracer == null) {
            return TraceSpan.NONE;
        }
        TraceSpan span = current.get();
        return span == null ? TraceSpan.NONE : span;
    }

    void setCurrent(TraceSpan span) {
        if (tracer != null && span == null) {
            current.remove();
        } else if (tracer != null) {
            current.set(span);
        }
    }

    /** A parent in another process, from its {@code traceparent}; {@link TraceSpan#NONE} when null or malformed. */
    public TraceSpan remote(String traceparent) {
        if (tracer == null || traceparent == null) {
            return TraceSpan.NONE;
        }
        Context context = W3CTraceContextPropagator.getInstance().extract(Context.root(), traceparent, TRACEPARENT);
        SpanContext parent = Span.fromContext(context).getSpanContext();
        return parent.isValid() ? new TraceSpan(Span.wrap(parent), Context.root()) : TraceSpan.NONE;
    }

    /** {@code {method} {route}}, of kind server (HTTP spans, "HTTP server"). */
    TraceSpan request(TraceSpan parent, String method, String route, String requestId) {
        if (tracer == null) {
            return TraceSpan.NONE;
        }
        String known = SemanticConventions.method(method);
        String verb = known.equals("_OTHER") ? "HTTP" : known;
        SpanBuilder span = span(parent, route == null ? verb : verb + " " + route, SpanKind.SERVER)
                .setAttribute(SemanticConventions.HTTP_METHOD, known);
        set(span, SemanticConventions.HTTP_ROUTE, route);
        set(span, SemanticConventions.REQUEST_ID, requestId);
        return start(span, parent);
    }

    /**
     * {@code invoke_agent {name}}: one run, or the part of it between two pauses or on one replica.
     *
     * @param agentName    shown in the span's name; null when it has none
     * @param conversation the session's id, null when there is none
     */
    public TraceSpan run(TraceSpan parent, String agentId, String agentName, String conversation, String runId) {
        if (tracer == null) {
            return TraceSpan.NONE;
        }
        String name = agentName == null ? "invoke_agent" : "invoke_agent " + agentName;
        SpanBuilder span = span(parent, name, SpanKind.INTERNAL)
                .setAttribute(SemanticConventions.OPERATION, "invoke_agent")
                .setAttribute(SemanticConventions.RUN_ID, runId);
        set(span, SemanticConventions.AGENT_ID, agentId);
        set(span, SemanticConventions.AGENT_NAME, agentName);
        set(span, SemanticConventions.CONVERSATION, conversation);
        return start(span, parent);
    }

    /** {@code chat {model}}, of kind client: one call of a model, its stream included. */
    public TraceSpan modelCall(TraceSpan parent, String provider, String model, String conversation, boolean stream) {
        if (tracer == null) {
            return TraceSpan.NONE;
        }
        SpanBuilder span = span(parent, "chat " + model, SpanKind.CLIENT)
                .setAttribute(SemanticConventions.OPERATION, "chat")
                .setAttribute(SemanticConventions.PROVIDER, SemanticConventions.provider(provider))
                .setAttribute(SemanticConventions.REQUEST_MODEL, model)
                .setAttribute(SemanticConventions.REQUEST_STREAM, stream);
        set(span, SemanticConventions.CONVERSATION, conversation);
        return start(span, parent);
    }

    /** {@code execute_tool {name}}: one call of a tool. */
    public TraceSpan toolCall(TraceSpan parent, String tool, String callId) {
        if (tracer == null) {
            return TraceSpan.NONE;
        }
        SpanBuilder span = span(parent, "execute_tool " + tool, SpanKind.INTERNAL)
                .setAttribute(SemanticConventions.OPERATION, "execute_tool")
                .setAttribute(SemanticConventions.TOOL_NAME, tool)
                .setAttribute(SemanticConventions.TOOL_TYPE, "function");
        set(span, SemanticConventions.TOOL_CALL_ID, callId);
        return start(span, parent);
    }

    /**
     * {@code {operation} postgresql}, of kind client (database spans).
     *
     * @param operation a fixed word such as {@code COMMIT}, never SQL text
     */
    public TraceSpan database(TraceSpan parent, String operation) {
        if (tracer == null) {
            return TraceSpan.NONE;
        }
        SpanBuilder span = span(parent, operation + " postgresql", SpanKind.CLIENT)
                .setAttribute(SemanticConventions.DB_SYSTEM, "postgresql")
                .setAttribute(SemanticConventions.DB_OPERATION, operation);
        return start(span, parent);
    }

    /** Exports what has ended, for ten seconds at most. */
    @Override
    public void close() {
        if (provider != null) {
            provider.shutdown().join(10, TimeUnit.SECONDS);
        }
    }

    private SpanBuilder span(TraceSpan parent, String name, SpanKind kind) {
        return tracer.spanBuilder(name).setParent(parent.context()).setSpanKind(kind);
    }

    private static TraceSpan start(SpanBuilder span, TraceSpan parent) {
        return new TraceSpan(span.startSpan(), parent.context());
    }

    private static void set(SpanBuilder span, io.opentelemetry.api.common.AttributeKey<String> key, String value) {
        if (value != null) {
            span.setAttribute(key, value);
        }
    }
}
