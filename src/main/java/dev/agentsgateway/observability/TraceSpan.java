package dev.agentsgateway.observability;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.util.List;

/**
 * One piece of work in a trace, and the parent to name when its parts are started. It is an ordinary value: hand it to
 * whatever thread continues the work. With tracing off it is always {@link #NONE}, and nothing here does anything.
 *
 * <p>Thread-safe. What is said after {@link #end} is ignored. Nothing that users or models write is ever recorded.
 */
public final class TraceSpan implements AutoCloseable {
    /** No span: the parent of a trace's first span, and all there is while tracing is off. */
    public static final TraceSpan NONE = new TraceSpan(null, Context.root());

    private final Span span;
    private final Context context;

    TraceSpan(Span span, Context parent) {
        this.span = span;
        this.context = span == null ? parent : parent.with(span);
    }

    Context context() {
        return context;
    }

    /** 32 hexadecimal digits, or null when there is no span. */
    public String traceId() {
        return span == null ? null : span.getSpanContext().getTraceId();
    }

    /** 16 hexadecimal digits, or null when there is no span. */
    public String spanId() {
        return span == null ? null : span.getSpanContext().getSpanId();
    }

    /**
     * The W3C {@code traceparent} (Trace Context, section 3.2) that makes others' work part of this span: for outgoing
     * requests, and to be stored with a run that another process may continue. Null when there is no span.
     */
    public String traceparent() {
        if (span == null) {
            return null;
        }
        SpanContext own = span.getSpanContext();
        return "00-" + own.getTraceId() + "-" + own.getSpanId() + "-"
                + own.getTraceFlags().asHex();
    }

    /** What the vendor called its answer and the model that gave it; null for what it did not say. */
    public TraceSpan response(String id, String model) {
        if (span != null) {
            set(id, model);
        }
        return this;
    }

    private void set(String id, String model) {
        if (id != null) {
            span.setAttribute(SemanticConventions.RESPONSE_ID, id);
        }
        if (model != null) {
            span.setAttribute(SemanticConventions.RESPONSE_MODEL, model);
        }
    }

    /** Token counts with the meaning of the model layer's usage: the parts are contained in input and output. */
    public TraceSpan usage(long input, long output, long cacheRead, long cacheWrite, long reasoning) {
        if (span != null) {
            span.setAttribute(SemanticConventions.INPUT_TOKENS, input);
            span.setAttribute(SemanticConventions.OUTPUT_TOKENS, output);
            if (cacheRead > 0) {
                span.setAttribute(SemanticConventions.CACHE_READ, cacheRead);
            }
            if (cacheWrite > 0) {
                span.setAttribute(SemanticConventions.CACHE_WRITE, cacheWrite);
            }
            if (reasoning > 0) {
                span.setAttribute(SemanticConventions.REASONING, reasoning);
            }
        }
        return this;
    }

    /** How long the model's first piece of answer took. */
    public TraceSpan firstChunk(Duration sinceRequest) {
        if (span != null) {
            span.setAttribute(SemanticConventions.FIRST_CHUNK, sinceRequest.toNanos() / 1e9);
        }
        return this;
    }

    /** Why the model stopped, for example {@code end}. */
    public TraceSpan finishReason(String reason) {
        if (span != null) {
            span.setAttribute(SemanticConventions.FINISH_REASONS, List.of(reason));
        }
        return this;
    }

    /** How a run ended or that it waits: {@code completed}, {@code failed}, {@code cancelled}, {@code paused}. */
    public TraceSpan runStatus(String status) {
        if (span != null) {
            span.setAttribute(SemanticConventions.RUN_STATUS, status);
        }
        return this;
    }

    TraceSpan httpStatus(int status) {
        if (span != null) {
            span.setAttribute(SemanticConventions.HTTP_STATUS, status);
            // A 4xx is the client's error, not the server's (HTTP spans, "Status").
            if (status >= 500) {
                failed(Integer.toString(status));
            }
        }
        return this;
    }

    /**
     * The work failed.
     *
     * @param type a class of errors, never a message: a code such as {@code model_timeout}
     */
    public TraceSpan failed(String type) {
        if (span != null) {
            span.setAttribute(SemanticConventions.ERROR_TYPE, type);
            span.setStatus(StatusCode.ERROR);
        }
        return this;
    }

    /** The work failed with this exception; only its class is recorded. */
    public TraceSpan failed(Throwable error) {
        return span == null ? this : failed(error.getClass().getName());
    }

    /** The work is done; the first call counts. */
    public void end() {
        if (span != null) {
            span.end();
        }
    }

    /** {@link #end}. */
    @Override
    public void close() {
        end();
    }
}
