package dev.agentsgateway.run;

import dev.agentsgateway.common.Reach;
import java.util.HashMap;
import java.util.Map;

/** The conditions of a list: only those that are asked for, so that the planner knows what it plans. */
final class ListFilter {
    private final StringBuilder sql = new StringBuilder("true");
    private final Map<String, Object> values = new HashMap<>();

    ListFilter and(String condition) {
        sql.append(" AND ").append(condition);
        return this;
    }

    /** @param value null leaves the condition out */
    ListFilter and(String condition, String name, Object value) {
        if (value == null) {
            return this;
        }
        values.put(name, value);
        return and(condition);
    }

    ListFilter and(String condition, Map<String, Object> named) {
        values.putAll(named);
        return and(condition);
    }

    /** Of the sessions {@code s} only those within reach. */
    ListFilter within(Reach reach) {
        return and("s.tenant_id = :tenant", "tenant", reach.tenantId())
                .and("s.user_id = ANY(:users)", "users", reach.usersOrNull());
    }

    String sql() {
        return sql.toString();
    }

    Map<String, Object> values() {
        return values;
    }
}
