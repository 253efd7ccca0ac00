package dev.agentsgateway.knowledge.embedding;

import java.util.List;

/**
 * Turns texts into vectors whose cosine says how much two of them have to do with each other. Every vector of one
 * embedder has {@link #dimension()} finite numbers and a length of 1. Thread-safe; all methods may block, the first call
 * of a local model longest.
 */
public interface Embedder {
    /** The model's name. Vectors of different models cannot be compared. */
    String model();

    int dimension();

    /**
     * How many tokens the model reads in a text, the marks that it adds itself left out. An estimate for remote models.
     * What is parted by blanks counts by itself: tokens of two texts are those of both with a blank in between.
     */
    int countTokens(String text);

    /** The longest text that counts whole in its vector, in {@link #countTokens tokens}. */
    int maxTokens();

    /**
     * Vectors of texts that are to be found, in the order of the texts. Any number of texts; none of them blank.
     *
     * @throws EmbeddingException when not every text got its vector
     */
    List<float[]> embedDocuments(List<String> texts);

    /**
     * The vector of a text that is searched for.
     *
     * @throws EmbeddingException when there is none
     */
    float[] embedQuery(String text);
}
