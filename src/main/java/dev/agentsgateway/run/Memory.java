package dev.agentsgateway.run;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;

/** Something that agents remember of a user. {@code input} is the request that led to it. */
public record Memory(
        UUID id,
        String userId,
        String memory,
        List<String> topics,
        String input,
        OffsetDateTime createdAt,
        OffsetDateTime updatedAt) {}
