package dev.agentsgateway.auth;

import java.util.Set;

/**
 * What a key's scopes allow. A route needs {@code resource:action}. A key has it with no scopes at all, with that text,
 * with the action ({@code read}), the resource ({@code agents}) or {@code agents:*} alone, with {@code *}, or with
 * {@code admin}.
 */
final class Scopes {
    private Scopes() {}

    static boolean satisfy(Set<String> scopes, String needed) {
        if (scopes.isEmpty() || scopes.contains("*") || scopes.contains("admin") || scopes.contains(needed)) {
            return true;
        }
        int colon = needed.indexOf(':');
        if (colon < 0) {
            return false;
        }
        String resource = needed.substring(0, colon);
        String action = needed.substring(colon + 1);
        return scopes.contains(action) || scopes.contains(resource) || scopes.contains(resource + ":*");
    }
}
