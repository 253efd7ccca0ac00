package dev.agentsgateway.auth;

import dev.agentsgateway.http.Caller;
import java.time.LocalDateTime;

/**
 * What an active key entitles to.
 *
 * @param limit     requests per hour, 0 for no limit
 * @param expiresAt UTC; null for never
 */
record Credential(Caller caller, long limit, LocalDateTime expiresAt) {
    static Credential of(ApiKey key) {
        // A negative limit is one that the reference never enforced.
        long limit = key.rateLimit() == null ? 0 : Math.max(0, key.rateLimit());
        return new Credential(new Caller(key.id(), key.ownerId(), key.grants(), key.reach()), limit, key.expiresAt());
    }
}
