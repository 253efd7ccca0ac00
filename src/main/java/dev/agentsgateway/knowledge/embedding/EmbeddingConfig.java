package dev.agentsgateway.knowledge.embedding;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What the environment says of embeddings: {@code EMBEDDING_PROVIDER} ({@code local}, {@code gemini} or {@code openai}),
 * {@code EMBEDDING_MODEL}, {@code EMBEDDING_DIMENSION} and, for the local model, {@code EMBEDDING_THREADS}.
 *
 * @param problems what is wrong, one line for each
 */
public record EmbeddingConfig(Provider provider, String model, int dimension, int threads, List<String> problems) {
    private static final String GEMINI_MODEL = "gemini-embedding-001";
    private static final String OPENAI_MODEL = "text-embedding-3-small";

    /** The reference's size of vectors, which both providers' models can have. */
    private static final int DIMENSION = 1536;

    private static final int LARGEST_DIMENSION = 4096;

    public enum Provider {
        LOCAL,
        GEMINI,
        OPENAI
    }

    public static EmbeddingConfig of(Map<String, String> variables) {
        List<String> problems = new ArrayList<>();
        Provider provider = provider(text(variables, "EMBEDDING_PROVIDER"), problems);
        String givenModel = text(variables, "EMBEDDING_MODEL");
        int given = number(variables, "EMBEDDING_DIMENSION", LARGEST_DIMENSION, problems);
        String model = switch (provider) {
            case LOCAL -> LocalEmbedder.MODEL;
            case GEMINI -> givenModel == null ? GEMINI_MODEL : givenModel;
            case OPENAI -> givenModel == null ? OPENAI_MODEL : givenModel;
        };
        int dimension = provider == Provider.LOCAL ? MiniLm.DIMENSION : given > 0 ? given : DIMENSION;
        if (givenModel != null && !givenModel.equals(model)) {
            problems.add("EMBEDDING_MODEL: the local model is " + model + "; for others set EMBEDDING_PROVIDER");
        }
        if (given > 0 && given != dimension) {
            problems.add("EMBEDDING_DIMENSION: the local model has " + dimension);
        }
        if (provider == Provider.OPENAI && given == 0 && !OpenAiEmbedder.isShortenable(model)) {
            problems.add("EMBEDDING_DIMENSION: must be set to the length of the vectors of " + model);
        }
        if (provider == Provider.GEMINI && noneOf(variables, "GOOGLE_API_KEY", "GEMINI_API_KEY")) {
            problems.add("EMBEDDING_PROVIDER: gemini needs GOOGLE_API_KEY");
        }
        if (provider == Provider.OPENAI && noneOf(variables, "OPENAI_API_KEY", "OPENAI_BASE_URL")) {
            problems.add("EMBEDDING_PROVIDER: openai needs OPENAI_API_KEY or OPENAI_BASE_URL");
        }
        int threads = number(variables, "EMBEDDING_THREADS", 1024, problems);
        return new EmbeddingConfig(provider, model, dimension, threads, List.copyOf(problems));
    }

    private static Provider provider(String word, List<String> problems) {
        if (word == null) {
            return Provider.LOCAL;
        }
        if (!Set.of("local", "gemini", "openai").contains(word.toLowerCase(Locale.ROOT))) {
            problems.add("EMBEDDING_PROVIDER: must be local, gemini or openai, but is '" + word + "'");
            return Provider.LOCAL;
        }
        return Provider.valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** 0 when nothing is said. */
    private static int number(Map<String, String> variables, String name, int max, List<String> problems) {
        String text = text(variables, name);
        if (text == null) {
            return 0;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        problems.add(name + ": must be a number from 1 to " + max + ", but is '" + text + "'");
        return 0;
    }

    private static boolean noneOf(Map<String, String> variables, String... names) {
        for (String name : names) {
            if (text(variables, name) != null) {
                return false;
            }
        }
        return true;
    }

    private static String text(Map<String, String> variables, String name) {
        String value = variables.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }
}
