package dev.agentsgateway.http;

import java.util.Set;

/**
 * Whose data a caller may touch. What is out of reach answers like what does not exist.
 *
 * @param tenantId the only tenant; null for all
 * @param userIds  the only users; empty for all
 */
public record Reach(String tenantId, Set<String> userIds) {
    public static final Reach ALL = new Reach(null, Set.of());

    public Reach {
        userIds = Set.copyOf(userIds);
    }

    /** Whether something of this tenant is within reach; null is what belongs to no tenant. */
    public boolean tenant(String tenant) {
        return tenantId == null || tenantId.equals(tenant);
    }

    public boolean user(String user) {
        return userIds.isEmpty() || userIds.contains(user);
    }

    /** The part of a session's identity that keeps tenants apart: the tenant, or nothing for a caller without one. */
    public String realm() {
        return tenantId == null ? "" : tenantId;
    }
}
