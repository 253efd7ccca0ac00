package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.LocalDateTime;
import java.util.List;

/**
 * A prompt as clients see it. Timestamps are UTC.
 *
 * @param version from 1, one more with every change
 */
public record Prompt(
        String id,
        String name,
        String template,
        String description,
        List<String> tags,
        List<JsonNode> tools,
        int version,
        LocalDateTime createdAt,
        LocalDateTime updatedAt,
        boolean isActive) {}
