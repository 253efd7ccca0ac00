package dev.agentsgateway.http;

/** Watches requests: spans, metrics, log lines. Thread-safe. */
public interface RequestObserver {
    /**
     * A request has been routed.
     *
     * @param route       the declared path, for example {@code /v2/agents/{agent_id}}, or null when none matched
     * @param traceparent the W3C header, null when absent
     */
    Observation started(String method, String route, String requestId, String traceparent);

    /** One request being watched; called on its thread. */
    interface Observation {
        /** The answer is complete, a stream's last byte included. */
        void finished(int status);
    }

    RequestObserver NONE = (method, route, requestId, traceparent) -> status -> {};
}
