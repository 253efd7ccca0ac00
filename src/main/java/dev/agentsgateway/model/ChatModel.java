package dev.agentsgateway.model;

/** A vendor's chat protocol. Thread-safe. */
public interface ChatModel {
    /**
     * Asks the model. Returns when the answer has begun: connection, status and head are there. Until then failures
     * that may pass (429, 5xx, connection) are tried again with growing, jittered pauses and the vendor's
     * {@code Retry-After}; after it nothing is retried.
     *
     * @throws ModelException when no answer can be had
     */
    ModelStream stream(ModelRequest request);
}
