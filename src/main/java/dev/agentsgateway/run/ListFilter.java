package dev.agentsgateway.run;

import java.util.HashMap;
import java.util.Map;

/** The conditions of a list of runs or sessions: only those that are asked for, so that the planner knows what it plans. */
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

    /** Of the sessions {@code s} only those that the caller may see. */
    ListFilter visible(Visible visible) {
        return and("s.tenant_id = :tenant", "tenant", visible.tenant())
                .and("s.user_id = ANY(:users)", "users", visible.users());
    }

    String sql() {
        return sql.toString();
    }

    Map<String, Object> values() {
        return values;
    }
}
