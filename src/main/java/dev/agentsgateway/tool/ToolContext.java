package dev.agentsgateway.tool;

import java.util.UUID;

/**
 * On whose behalf a tool runs.
 *
 * @param tenantId null when the request names no tenant
 * @param timezone IANA name as the request gave it, unchecked
 * @param locale   as the request gave it
 */
public record ToolContext(
        UUID runId, String agentId, String sessionId, String userId, String tenantId, String timezone, String locale) {}
