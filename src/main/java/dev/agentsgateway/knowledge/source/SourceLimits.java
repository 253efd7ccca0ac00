package dev.agentsgateway.knowledge.source;

import java.time.Duration;
import java.util.Map;

/**
 * @param maxBytes longest document, decompressed
 * @param time     for the whole of a fetch, its redirects included
 */
public record SourceLimits(long maxBytes, Duration time) {
    public static final SourceLimits DEFAULT = new SourceLimits(50L << 20, Duration.ofSeconds(30));

    /** From the environment variable {@code KNOWLEDGE_MAX_FILE_BYTES}; what is no number counts as unset. */
    public static SourceLimits of(Map<String, String> variables) {
        try {
            long bytes = Long.parseLong(
                    variables.getOrDefault("KNOWLEDGE_MAX_FILE_BYTES", "").strip());
            return bytes > 0 ? new SourceLimits(bytes, DEFAULT.time) : DEFAULT;
        } catch (NumberFormatException e) {
            return DEFAULT;
        }
    }
}
