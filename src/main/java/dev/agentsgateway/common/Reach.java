package dev.agentsgateway.common;

import java.util.Set;

/**
 * Whose data a caller may touch. This is the one place that decides it. What is found by an id of its own (a run, a
 * session, an approval) and does not {@link #covers belong} to the reach answers like what does not exist. A user or
 * tenant that a request names itself is checked against the reach alone before the request is handled, so that the
 * answer says nothing about data.
 *
 * <p>Lists are confined in their SQL, by {@link #tenantId} and {@link #usersOrNull}.
 *
 * @param tenantId the only tenant, never empty; null for all
 * @param userIds  the only users; empty for all
 */
public record Reach(String tenantId, Set<String> userIds) {
    public static final Reach ALL = new Reach(null, Set.of());

    public Reach {
        if (tenantId != null && tenantId.isEmpty()) {
            throw new IllegalArgumentException("the empty tenant is the realm of callers without one");
        }
        userIds = Set.copyOf(userIds);
    }

    /** Whether something of this tenant is within reach; null is what belongs to no tenant. */
    public boolean tenant(String tenant) {
        return tenantId == null || tenantId.equals(tenant);
    }

    /** Whether something of this user is within reach; null is what belongs to no user. */
    public boolean user(String user) {
        return userIds.isEmpty() || (user != null && userIds.contains(user));
    }

    /** Whether what belongs to this tenant and this user is within reach. */
    public boolean covers(String tenant, String user) {
        return tenant(tenant) && user(user);
    }

    /** Whether there is anything out of reach. */
    public boolean bound() {
        return tenantId != null || !userIds.isEmpty();
    }

    /** The only users as an SQL array; null for all. */
    public String[] usersOrNull() {
        return userIds.isEmpty() ? null : userIds.toArray(String[]::new);
    }

    /** The part of a session's identity that keeps tenants apart: the tenant, or nothing for a caller without one. */
    public String realm() {
        return tenantId == null ? "" : tenantId;
    }
}
