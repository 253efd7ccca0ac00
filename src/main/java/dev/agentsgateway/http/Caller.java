package dev.agentsgateway.http;

import dev.agentsgateway.common.Reach;
import java.util.Set;

/**
 * Who is calling.
 *
 * @param keyId   the API key's id; null for admins, public routes and when authentication is off
 * @param ownerId the key's owner; null when it has none
 * @param scopes  the key's scopes; empty means all
 * @param reach   whose data the key may touch
 */
public record Caller(Integer keyId, String ownerId, Set<String> scopes, Reach reach) {
    public static final Caller ANONYMOUS = new Caller(null, null, Set.of(), Reach.ALL);

    public Caller {
        scopes = Set.copyOf(scopes);
    }
}
