package dev.agentsgateway.auth;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.Reach;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * An API key as it is kept, without its hash. Times are UTC.
 *
 * @param storedScopes a JSON array as text; null when there are none
 * @param rateLimit    requests per hour; null or 0 for no limit
 * @param expiresAt    null for never
 * @param tenantId     the only tenant for which the key may act; null for all
 * @param userIds      the only users for whom the key may act; duplicates are dropped; null or empty for all
 */
public record ApiKey(
        int id,
        String name,
        String ownerId,
        String storedScopes,
        Integer rateLimit,
        LocalDateTime expiresAt,
        LocalDateTime lastUsedAt,
        LocalDateTime createdAt,
        LocalDateTime updatedAt,
        boolean isActive,
        String tenantId,
        List<String> userIds) {
    public ApiKey {
        userIds = userIds == null ? List.of() : List.copyOf(new LinkedHashSet<>(userIds));
    }

    /** Whose data the key may touch. */
    Reach reach() {
        return new Reach(tenantId, Set.copyOf(userIds));
    }

    /** What clients are shown: empty when none are stored or the stored text is no JSON array. */
    public List<String> scopes() {
        List<String> readable = readable();
        return readable == null ? List.of() : readable;
    }

    /**
     * What the key may do; empty means everything. Text that is no JSON array, which only a person with SQL can have
     * left, counts as one scope of that name, so that damage never widens what a key may do.
     */
    Set<String> grants() {
        List<String> readable = readable();
        if (readable != null) {
            return new HashSet<>(readable);
        }
        return storedScopes == null ? Set.of() : Set.of(storedScopes);
    }

    /** Whether exactly these scopes are stored. */
    boolean stores(List<String> scopes) {
        return scopes.equals(readable());
    }

    private List<String> readable() {
        if (storedScopes == null) {
            return null;
        }
        try {
            JsonNode stored = Json.read(storedScopes);
            if (!stored.isArray()) {
                return null;
            }
            List<String> scopes = new ArrayList<>();
            stored.forEach(scope -> scopes.add(scope.asText()));
            return List.copyOf(scopes);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    ApiKey withUse(LocalDateTime use) {
        boolean newer = use != null && (lastUsedAt == null || lastUsedAt.isBefore(use));
        return newer ? with(use, isActive) : this;
    }

    ApiKey withActive(boolean active) {
        return with(lastUsedAt, active);
    }

    private ApiKey with(LocalDateTime use, boolean active) {
        return new ApiKey(
                id,
                name,
                ownerId,
                storedScopes,
                rateLimit,
                expiresAt,
                use,
                createdAt,
                updatedAt,
                active,
                tenantId,
                userIds);
    }
}
