package dev.agentsgateway.observability;

import dev.agentsgateway.http.RequestObserver;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Watches every request: a server span that continues the caller's trace, a timer by method, route and status, the
 * {@code request_id} (and {@code trace_id}) of every log line that the request's thread writes, and one line in the
 * access log when it is done, at INFO, or DEBUG for the routes that probes and scrapers call. The line names the route
 * and not the path: paths hold users' identifiers.
 */
final class HttpObserver implements RequestObserver {
    private static final Logger ACCESS = LoggerFactory.getLogger("dev.agentsgateway.access");
    private static final Set<String> PROBES = Set.of("/health", "/health/live", "/health/ready", "/status", "/metrics");

    private final Telemetry telemetry;
    private final Metrics metrics;
    private final boolean accessLog;

    HttpObserver(Telemetry telemetry, Metrics metrics, boolean accessLog) {
        this.telemetry = telemetry;
        this.metrics = metrics;
        this.accessLog = accessLog;
    }

    @Override
    public Observation started(String method, String route, String requestId, String traceparent) {
        long start = System.nanoTime();
        metrics.requestStarted();
        TraceSpan span = telemetry.request(telemetry.remote(traceparent), method, route, requestId);
        MDC.put(LogContext.REQUEST_ID, requestId);
        if (span.traceId() != null) {
            MDC.put(LogContext.TRACE_ID, span.traceId());
            MDC.put(LogContext.SPAN_ID, span.spanId());
            telemetry.setCurrent(span);
        }
        return status -> finished(method, route, status, start, span);
    }

    private void finished(String method, String route, int status, long start, TraceSpan span) {
        long nanos = System.nanoTime() - start;
        metrics.requestFinished(method, route, status, nanos);
        span.httpStatus(status).end();
        if (accessLog) {
            log(method, route, status, Math.round(nanos / 1e4) / 1e2);
        }
        // Connections are kept, and their threads with them: the next request must not inherit anything.
        MDC.clear();
        telemetry.setCurrent(null);
    }

    private static void log(String method, String route, int status, double millis) {
        String known = SemanticConventions.method(method);
        String path = route == null ? "unmatched" : route;
        var line = PROBES.contains(path) && status < 500 ? ACCESS.atDebug() : ACCESS.atInfo();
        line.addKeyValue("method", known)
                .addKeyValue("route", path)
                .addKeyValue("status", status)
                .addKeyValue("duration_ms", millis)
                .log("{} {} {} {} ms", known, path, status, millis);
    }
}
