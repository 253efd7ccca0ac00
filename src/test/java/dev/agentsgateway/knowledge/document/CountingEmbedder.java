package dev.agentsgateway.knowledge.document;

import dev.agentsgateway.knowledge.embedding.Embedder;
import java.util.List;

/** Reads a token for every four characters of a word, which tests can count by hand. It embeds nothing. */
record CountingEmbedder(int maxTokens) implements Embedder {
    @Override
    public String model() {
        return "counting";
    }

    @Override
    public int dimension() {
        return 1;
    }

    @Override
    public int countTokens(String text) {
        int tokens = 0;
        for (String word : text.strip().split("\\s+")) {
            tokens += (word.length() + 3) / 4;
        }
        return tokens;
    }

    @Override
    public List<float[]> embedDocuments(List<String> texts) {
        throw new UnsupportedOperationException();
    }

    @Override
    public float[] embedQuery(String text) {
        throw new UnsupportedOperationException();
    }
}
