package dev.agentsgateway.run;

import dev.agentsgateway.http.Reach;

/**
 * What a caller may see, as queries filter by it.
 *
 * @param tenant the only tenant; null for all
 * @param users the only users; null for all
 */
record Visible(String tenant, String[] users) {
    static final Visible ALL = new Visible(null, null);

    static Visible to(Reach reach) {
        return new Visible(
                reach.tenantId(),
                reach.userIds().isEmpty() ? null : reach.userIds().toArray(String[]::new));
    }
}
