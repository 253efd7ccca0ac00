package dev.agentsgateway.db;

/** The database cannot be reached, or has no connection free in time. Answered as 503 with {@code Retry-After}. */
public final class DatabaseUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public DatabaseUnavailableException(Throwable cause) {
        super("The database is not available.", cause);
    }
}
