package dev.agentsgateway.tool;

import java.util.UUID;

/**
 * On whose behalf a tool runs.
 *
 * @param runId    null for a direct call of a client, which belongs to no run
 * @param tenantId null when the request names no tenant
 * @param timezone IANA name as the request gave it, unchecked; null when it gave none
 * @param locale   as the request gave it; null when it gave none
 */
public record ToolContext(
        UUID runId, String agentId, String sessionId, String userId, String tenantId, String timezone, String locale) {}
