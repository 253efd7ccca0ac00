package dev.agentsgateway.model;

/**
 * An answer in progress, pulled by one thread. {@link #close()} may be called from any thread, at any time and more than
 * once; it closes the upstream connection at once, so that the vendor stops generating, and a blocked {@link #next()}
 * ends with a {@link ModelException} of kind {@code CANCELLED}. Closing after {@link ModelEvent.Stop} gives the
 * connection back.
 */
public interface ModelStream extends AutoCloseable {
    /**
     * Waits for the next piece.
     *
     * @return null after {@link ModelEvent.Stop}, again and again
     * @throws ModelException when the answer breaks off: an answer that was cut is never a success;
     *     thrown again by every further call
     */
    ModelEvent next();

    @Override
    void close();
}
