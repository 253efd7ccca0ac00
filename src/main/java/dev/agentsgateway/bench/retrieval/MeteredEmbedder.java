package dev.agentsgateway.bench.retrieval;

import dev.agentsgateway.knowledge.embedding.Embedder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An embedder that tells how long documents were being embedded, and can answer queries that it has seen from memory, so that
 * the rest of a search can be measured alone. It remembers every query: for as many as a bench has. Thread-safe.
 */
final class MeteredEmbedder implements Embedder {
    private final Embedder embedder;
    private final Map<String, float[]> queries = new ConcurrentHashMap<>();
    private volatile boolean fromMemory;
    private int active;
    private long begun;
    private long busy;

    MeteredEmbedder(Embedder embedder) {
        this.embedder = embedder;
    }

    @Override
    public String model() {
        return embedder.model();
    }

    @Override
    public int dimension() {
        return embedder.dimension();
    }

    @Override
    public int countTokens(String text) {
        return embedder.countTokens(text);
    }

    @Override
    public int maxTokens() {
        return embedder.maxTokens();
    }

    @Override
    public List<float[]> embedDocuments(List<String> texts) {
        begin();
        try {
            return embedder.embedDocuments(texts);
        } finally {
            end();
        }
    }

    @Override
    public float[] embedQuery(String text) {
        if (fromMemory) {
            return queries.get(text);
        }
        float[] vector = embedder.embedQuery(text);
        queries.put(text, vector);
        return vector;
    }

    /** Whether queries are answered from memory from now on; they must have been embedded before. */
    void fromMemory(boolean whether) {
        fromMemory = whether;
    }

    private synchronized void begin() {
        if (active++ == 0) {
            begun = System.nanoTime();
        }
    }

    private synchronized void end() {
        if (--active == 0) {
            busy += System.nanoTime() - begun;
        }
    }

    /** Seconds in which at least one caller waited for vectors of documents. */
    synchronized double busySeconds() {
        return busy / 1e9;
    }
}
