package dev.agentsgateway.run;

import java.time.OffsetDateTime;
import java.util.UUID;

/**
 * A run as it is stored, without its messages and events.
 *
 * @param kind   {@code agent} or {@code team}
 * @param turn   its place among the runs of its session, null while it waits
 * @param status the word of a {@link RunStatus}
 */
public record Run(
        UUID id,
        String kind,
        String ownerId,
        String userId,
        String sessionId,
        String tenantId,
        Integer keyId,
        Integer turn,
        String status,
        String model,
        String errorCode,
        String errorMessage,
        long inputTokens,
        long outputTokens,
        long cacheReadTokens,
        long cacheWriteTokens,
        long reasoningTokens,
        boolean usageEstimated,
        int lastSeq,
        int fence,
        OffsetDateTime createdAt,
        OffsetDateTime startedAt,
        OffsetDateTime finishedAt) {}
