package dev.agentsgateway.http;

import java.util.Set;

/**
 * Whose data a caller may touch. This is the one place that decides it. What is found by an id of its own (a run, a
 * session, an approval) and does not {@link #covers belong} to the reach answers like what does not exist. A user or
 * tenant that a request names itself is checked against the reach alone, so that the answer says nothing about data:
 * components marked {@link UserId} and {@link TenantId} by the dispatcher, others by {@link #requireUser} and
 * {@link #requireTenant}.
 *
 * <p>Lists are confined in their SQL, by {@link #tenantId} and {@link #usersOrNull}.
 *
 * @param tenantId the only tenant, never empty; null for all
 * @param userIds  the only users; empty for all
 */
public record Reach(String tenantId, Set<String> userIds) {
    public static final Reach ALL = new Reach(null, Set.of());

    private static final int MAX_SHOWN = 255;

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

    /** @throws HttpException 403 when this user is out of reach, whether or not there is such a user */
    public void requireUser(String user) {
        if (!user(user)) {
            throw refused("user", user);
        }
    }

    /** @throws HttpException 403 when this tenant is out of reach, whether or not there is such a tenant */
    public void requireTenant(String tenant) {
        if (!tenant(tenant)) {
            throw refused("tenant", tenant);
        }
    }

    /** The only users as an SQL array; null for all. */
    public String[] usersOrNull() {
        return userIds.isEmpty() ? null : userIds.toArray(String[]::new);
    }

    /** The part of a session's identity that keeps tenants apart: the tenant, or nothing for a caller without one. */
    public String realm() {
        return tenantId == null ? "" : tenantId;
    }

    private static HttpException refused(String what, String id) {
        String shown = String.valueOf(id);
        if (shown.codePointCount(0, shown.length()) > MAX_SHOWN) {
            shown = shown.substring(0, shown.offsetByCodePoints(0, MAX_SHOWN)) + "…";
        }
        return new HttpException(403, refusal(what, shown));
    }

    static String refusal(String what, String id) {
        return "This API key may not act for " + what + " " + id;
    }
}
