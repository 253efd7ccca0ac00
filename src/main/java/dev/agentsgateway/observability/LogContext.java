package dev.agentsgateway.observability;

import org.slf4j.MDC;

/**
 * What every log line of a thread carries: {@code request_id}, {@code run_id}, {@code trace_id} and {@code span_id}.
 * Belongs to the thread that opened it and is not inherited: a run's thread and its tools' threads each open their own.
 */
public final class LogContext implements AutoCloseable {
    static final String REQUEST_ID = "request_id";
    static final String RUN_ID = "run_id";
    static final String TRACE_ID = "trace_id";
    static final String SPAN_ID = "span_id";

    private final String requestId = MDC.get(REQUEST_ID);
    private final String runId = MDC.get(RUN_ID);
    private final String traceId = MDC.get(TRACE_ID);
    private final String spanId = MDC.get(SPAN_ID);

    private LogContext() {}

    /** Sets the context of this thread until it is closed; a null leaves what was there. */
    public static LogContext open(String requestId, String runId, TraceSpan span) {
        LogContext before = new LogContext();
        if (requestId != null) {
            MDC.put(REQUEST_ID, requestId);
        }
        if (runId != null) {
            MDC.put(RUN_ID, runId);
        }
        if (span.traceId() != null) {
            MDC.put(TRACE_ID, span.traceId());
            MDC.put(SPAN_ID, span.spanId());
        }
        return before;
    }

    /** The request that this thread is working for, null when it works for none. */
    public static String requestId() {
        return MDC.get(REQUEST_ID);
    }

    /** Restores what was there. */
    @Override
    public void close() {
        restore(REQUEST_ID, requestId);
        restore(RUN_ID, runId);
        restore(TRACE_ID, traceId);
        restore(SPAN_ID, spanId);
    }

    private static void restore(String key, String value) {
        if (value == null) {
            MDC.remove(key);
        } else {
            MDC.put(key, value);
        }
    }
}
