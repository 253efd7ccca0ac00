package dev.agentsgateway.observability;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Sends logs over OTLP. Attributes follow the OpenTelemetry semantic conventions ({@code exception.*},
 * {@code thread.name}); the request and run identifiers and the events' own fields keep their names, and the trace
 * identifiers become the record's trace context.
 */
final class OtlpAppender extends QueuedAppender {
    private final SdkLoggerProvider provider;
    private final LogEvents events;

    OtlpAppender(SdkLoggerProvider provider, LogEvents events) {
        super("otlp", 512, Duration.ZERO, Duration.ofSeconds(2));
        this.provider = provider;
        this.events = events;
    }

    @Override
    protected void append(ILoggingEvent event) {
        // An exporter that complains about itself would never end.
        if (!event.getLoggerName().startsWith("io.opentelemetry.")) {
            super.append(event);
        }
    }

    @Override
    protected void write(List<ILoggingEvent> batch) {
        for (ILoggingEvent event : batch) {
            emit(event);
        }
    }

    /** The provider exports what it holds within its own time-out. */
    @Override
    public void stop() {
        super.stop();
        provider.shutdown().join(5, java.util.concurrent.TimeUnit.SECONDS);
    }

    private void emit(ILoggingEvent event) {
        Logger logger = provider.get(event.getLoggerName());
        LogRecordBuilder log = logger.logRecordBuilder()
                .setTimestamp(event.getInstant())
                .setSeverity(severity(event.getLevel()))
                .setSeverityText(event.getLevel().toString())
                .setBody(events.message(event))
                .setContext(context(event))
                .setAttribute("thread.name", event.getThreadName());
        attribute(log, LogContext.REQUEST_ID, events.context(event, LogContext.REQUEST_ID));
        attribute(log, LogContext.RUN_ID, events.context(event, LogContext.RUN_ID));
        for (Map.Entry<String, Object> field : events.fields(event).entrySet()) {
            switch (field.getValue()) {
                case null -> {}
                case Double number -> log.setAttribute(field.getKey(), (double) number);
                case Float number -> log.setAttribute(field.getKey(), (double) number);
                case Number number -> log.setAttribute(field.getKey(), number.longValue());
                case Boolean flag -> log.setAttribute(field.getKey(), (boolean) flag);
                case Object other -> log.setAttribute(field.getKey(), other.toString());
            }
        }
        IThrowableProxy error = event.getThrowableProxy();
        if (error != null) {
            attribute(log, "exception.type", error.getClassName());
            attribute(log, "exception.message", events.errorMessage(error));
            attribute(log, "exception.stacktrace", events.stack(error));
        }
        log.emit();
    }

    private static void attribute(LogRecordBuilder log, String key, String value) {
        if (value != null) {
            log.setAttribute(key, value);
        }
    }

    private static Context context(ILoggingEvent event) {
        String traceId = event.getMDCPropertyMap().get(LogContext.TRACE_ID);
        String spanId = event.getMDCPropertyMap().get(LogContext.SPAN_ID);
        if (traceId == null || spanId == null) {
            return Context.root();
        }
        // An invalid pair becomes the invalid context, which is sent as none.
        SpanContext span = SpanContext.create(traceId, spanId, TraceFlags.getSampled(), TraceState.getDefault());
        return Context.root().with(Span.wrap(span));
    }

    private static Severity severity(Level level) {
        return switch (level.toInt()) {
            case Level.ERROR_INT -> Severity.ERROR;
            case Level.WARN_INT -> Severity.WARN;
            case Level.DEBUG_INT -> Severity.DEBUG;
            case Level.TRACE_INT -> Severity.TRACE;
            default -> Severity.INFO;
        };
    }
}
