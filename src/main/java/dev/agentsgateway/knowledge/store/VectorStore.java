package dev.agentsgateway.knowledge.store;

import java.time.Duration;
import java.util.List;

/**
 * Finds chunks of documents by meaning and by words. It is a copy of what PostgreSQL holds and follows the feed of
 * changes by itself. Every search is confined to one tenant, inside the store. Thread-safe.
 */
public interface VectorStore extends AutoCloseable {
    /** One line for people, without credentials. */
    String description();

    /** Begins to follow, in the background. */
    void start();

    /**
     * Waits until a change, and all before it, is in the store, so that searches find it.
     *
     * @throws StoreException when the change cannot be taken in, now or ever, or not in that time
     */
    void await(long change, Duration time) throws InterruptedException;

    /**
     * The chunks that are nearest in meaning, the best first, with the cosine as the score.
     *
     * @param vector of length 1, of the embedding model that the store was made for
     * @throws StoreException when the store cannot be searched
     */
    List<Hit> byVector(Scope scope, float[] vector, int limit);

    /**
     * The chunks that share words with the text, the best first. Scores can be compared within one answer only.
     *
     * @throws StoreException when the store cannot be searched
     */
    List<Hit> byWords(Scope scope, String text, int limit);

    @Override
    void close();
}
