package dev.agentsgateway.knowledge.embedding;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The sentence-transformers model {@code all-MiniLM-L6-v2}, quantised, in this process: no key, no network, English
 * above all. It is loaded by the first text. Documents are embedded by a fixed number of threads whoever waits for them;
 * queries have threads of their own and never stand behind documents. Thread-safe.
 */
public final class LocalEmbedder implements Embedder {
    public static final String MODEL = "all-minilm-l6-v2-q";

    /** The model was trained on 256 tokens (its card on Hugging Face), two of which mark the ends. */
    private static final int MAX_TOKENS = 254;

    /** Far more than {@value #MAX_TOKENS} tokens of any writing; what is behind it would only cost time. */
    private static final int MAX_CHARACTERS = 4096;

    /** Texts that one caller hands over at a time, so that callers take turns. */
    private static final int BATCH = 16;

    private final ExecutorService documents;
    private final ExecutorService queries;
    private volatile MiniLm loaded;

    /** With half of the cores for documents. */
    public LocalEmbedder() {
        this(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    }

    /** @param threads most threads that embed documents, and as many again for queries */
    public LocalEmbedder(int threads) {
        this.documents = threads(threads, "embedding-documents");
        this.queries = threads(threads, "embedding-queries");
    }

    @Override
    public String model() {
        return MODEL;
    }

    @Override
    public int dimension() {
        return MiniLm.DIMENSION;
    }

    @Override
    public int countTokens(String text) {
        return loaded().countTokens(text);
    }

    @Override
    public int maxTokens() {
        return MAX_TOKENS;
    }

    @Override
    public List<float[]> embedDocuments(List<String> texts) {
        List<float[]> vectors = new ArrayList<>(texts.size());
        for (int from = 0; from < texts.size(); from += BATCH) {
            embed(texts.subList(from, Math.min(from + BATCH, texts.size())), documents, vectors);
        }
        return vectors;
    }

    @Override
    public float[] embedQuery(String text) {
        List<float[]> vectors = new ArrayList<>(1);
        embed(List.of(text), queries, vectors);
        return vectors.getFirst();
    }

    private void embed(List<String> texts, ExecutorService threads, List<float[]> vectors) {
        MiniLm model = loaded();
        List<Callable<float[]>> tasks = texts.stream()
                .<Callable<float[]>>map(text -> () -> model.vector(cut(text)))
                .toList();
        try {
            for (Future<float[]> vector : threads.invokeAll(tasks)) {
                vectors.add(vector.get());
            }
        } catch (ExecutionException e) {
            throw EmbeddingException.permanent("The text could not be embedded.", e.toString(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw EmbeddingException.passing("Embedding was interrupted.", null, e);
        }
    }

    private static String cut(String text) {
        return text.length() <= MAX_CHARACTERS ? text : text.substring(0, MAX_CHARACTERS);
    }

    private MiniLm loaded() {
        MiniLm model = loaded;
        return model == null ? load() : model;
    }

    private synchronized MiniLm load() {
        if (loaded == null) {
            try {
                loaded = new MiniLm();
            } catch (IOException | RuntimeException | LinkageError e) {
                throw EmbeddingException.permanent("The local embedding model cannot be loaded.", e.toString(), e);
            }
        }
        return loaded;
    }

    /** They end when nobody has embedded anything for a while, so that nothing needs to be closed. */
    private static ExecutorService threads(int count, String name) {
        var threads = new ThreadPoolExecutor(
                count,
                count,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name(name + "-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }
}
