package dev.agentsgateway.auth;

import dev.agentsgateway.common.Json;
import java.time.LocalDateTime;
import java.util.List;

/**
 * What to change of a key; null leaves a field as it is.
 *
 * @param scopes        empty takes all restrictions away
 * @param rateLimit     requests per hour, 0 for no limit
 * @param expiresInDays from now on; 0 removes the expiry
 * @param tenantId      empty lets the key act for all tenants
 * @param userIds       empty lets the key act for all users
 */
public record ApiKeyChange(
        String name,
        String ownerId,
        List<String> scopes,
        Integer rateLimit,
        Integer expiresInDays,
        Boolean active,
        String tenantId,
        List<String> userIds) {

    ApiKey applyTo(ApiKey key, LocalDateTime now) {
        return new ApiKey(
                key.id(),
                name == null ? key.name() : name,
                ownerId == null ? key.ownerId() : ownerId,
                scopes == null || key.stores(scopes) ? key.storedScopes() : Json.write(scopes),
                rateLimit == null ? key.rateLimit() : rateLimit,
                expiresInDays == null ? key.expiresAt() : ApiKeys.expiry(now, expiresInDays),
                key.lastUsedAt(),
                key.createdAt(),
                key.updatedAt(),
                active == null ? key.isActive() : active,
                tenantId == null ? key.tenantId() : boundTo(tenantId),
                userIds == null ? key.userIds() : userIds);
    }

    private static String boundTo(String tenant) {
        return tenant.isEmpty() ? null : tenant;
    }
}
