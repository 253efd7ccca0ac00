package dev.agentsgateway.db;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;

/** Tells "the database is not there" from "the statement is wrong", by SQLSTATE (PostgreSQL, appendix A). */
final class ConnectionFailures {
    /** admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, too_many_connections. */
    private static final Set<String> UNAVAILABLE = Set.of("57P01", "57P02", "57P03", "57P04", "53300");

    private static final Set<String> RETRYABLE = Set.of("40001", "40P01");

    private ConnectionFailures() {}

    /** Whether the cause is a lost or refused connection, or a pool that stayed empty. */
    static boolean isUnavailable(Throwable failure) {
        SQLException sql = sqlCause(failure);
        if (sql == null) {
            return false;
        }
        String state = sql.getSQLState();
        return sql instanceof SQLTransientConnectionException
                || (state != null && (state.startsWith("08") || UNAVAILABLE.contains(state)));
    }

    /** serialization_failure or deadlock_detected: nothing was done, and trying again may work. */
    static boolean isRetryable(Throwable failure) {
        SQLException sql = sqlCause(failure);
        return sql != null && sql.getSQLState() != null && RETRYABLE.contains(sql.getSQLState());
    }

    private static SQLException sqlCause(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return sql;
            }
        }
        return null;
    }
}
