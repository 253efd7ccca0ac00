package dev.agentsgateway.knowledge;

import dev.agentsgateway.knowledge.store.QdrantStore;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the environment says of knowledge: {@code QDRANT_URL}, {@code QDRANT_PORT}, {@code QDRANT_API_KEY}, {@code
 * QDRANT_COLLECTION}, {@code KNOWLEDGE_MAX_FILE_BYTES}, {@code KNOWLEDGE_WORKERS}, {@code KNOWLEDGE_MAX_ATTEMPTS} and {@code
 * KNOWLEDGE_RETRY_SECONDS}.
 *
 * @param qdrant       null for the embedded index
 * @param maxFileBytes of one upload
 * @param problems     what is wrong, one line for each
 */
public record KnowledgeConfig(
        QdrantStore.Address qdrant, int maxFileBytes, IndexerSettings indexer, List<String> problems) {
    static final String COLLECTION = "unified_knowledge";
    private static final int QDRANTS_PORT = 6333;

    /** @param lease of everything that a process has taken */
    public static KnowledgeConfig of(Map<String, String> variables, Duration lease) {
        List<String> problems = new ArrayList<>();
        IndexerSettings indexer = new IndexerSettings(
                number(variables, "KNOWLEDGE_WORKERS", 2, 0, 64, problems),
                lease,
                number(variables, "KNOWLEDGE_MAX_ATTEMPTS", 8, 1, 100, problems),
                Duration.ofSeconds(number(variables, "KNOWLEDGE_RETRY_SECONDS", 5, 1, 600, problems)));
        return new KnowledgeConfig(
                qdrant(variables, problems),
                number(variables, "KNOWLEDGE_MAX_FILE_BYTES", 50 << 20, 1, 500 << 20, problems),
                indexer,
                List.copyOf(problems));
    }

    private static QdrantStore.Address qdrant(Map<String, String> variables, List<String> problems) {
        String url = text(variables, "QDRANT_URL");
        if (url == null) {
            return null;
        }
        String collection = text(variables, "QDRANT_COLLECTION");
        String key = text(variables, "QDRANT_API_KEY");
        return address(url, port(variables), key, collection == null ? COLLECTION : collection, problems);
    }

    /** As in the reference, what is no number is 6333. */
    private static int port(Map<String, String> variables) {
        try {
            return Integer.parseInt(String.valueOf(text(variables, "QDRANT_PORT")));
        } catch (NumberFormatException e) {
            return QDRANTS_PORT;
        }
    }

    /** @param port when the URL has none */
    static QdrantStore.Address address(String url, int port, String key, String collection, List<String> problems) {
        try {
            URI uri = URI.create(url.contains("://") ? url : "http://" + url);
            boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (web && uri.getHost() != null) {
                String path = uri.getPath() == null ? "" : uri.getPath().replaceAll("/+$", "");
                String host = uri.getHost();
                int at = uri.getPort() < 0 ? port : uri.getPort();
                return new QdrantStore.Address(
                        URI.create(uri.getScheme() + "://" + host + ":" + at + path), key, collection);
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        problems.add("QDRANT_URL: must be an http or https URL");
        return null;
    }

    private static int number(
            Map<String, String> variables, String name, int otherwise, int min, int max, List<String> problems) {
        String value = text(variables, name);
        if (value == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        problems.add(name + ": must be a number from " + min + " to " + max + ", but is '" + value + "'");
        return otherwise;
    }

    private static String text(Map<String, String> variables, String name) {
        String value = variables.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }
}
