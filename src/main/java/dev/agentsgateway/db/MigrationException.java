package dev.agentsgateway.db;

/** The database's tables cannot be brought to this version. The message is one line for the operator. */
public final class MigrationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MigrationException(String message, Throwable cause) {
        super(message, cause);
    }
}
