package dev.agentsgateway.skill;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.LocalDateTime;
import java.util.List;

/**
 * A text package that agents load on demand, as clients see it. Timestamps are UTC.
 *
 * @param references   documents, each an object of {@code name} and {@code content} by convention; null for none
 * @param scripts      the same of programs, which the gateway shows and never runs
 * @param allowedTools names of the only tools that may be called once the skill is loaded; null or empty for all
 */
public record Skill(
        String id,
        String name,
        String instructions,
        String description,
        String category,
        List<JsonNode> references,
        List<JsonNode> scripts,
        List<String> allowedTools,
        List<String> tags,
        LocalDateTime createdAt,
        LocalDateTime updatedAt,
        boolean isActive) {
    /** What lists tell of a skill. */
    public record Summary(
            String id, String name, String description, String category, List<String> tags, boolean isActive) {}
}
