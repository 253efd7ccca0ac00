package dev.agentsgateway.model;

/** A vendor's chat protocol. Thread-safe. */
public interface ChatModel {
    /**
     * Prepares a question and returns at once; the first {@link ModelStream#next()} connects and asks. Until the first
     * byte of an answer, failures that may pass (408, 409, 429, 5xx, connection) are tried again with growing, jittered
     * pauses and the vendor's {@code Retry-After}; after it nothing is retried. So a {@link ModelException} before the
     * first event means that nothing was answered and another model may be asked. An interrupt of the pulling thread
     * counts as {@link ModelStream#close()}.
     *
     * @throws ModelException when the request cannot be asked at all, for example without a key
     */
    ModelStream stream(ModelRequest request);
}
