package dev.agentsgateway.db;

/** {@link Database#close} has been called: the gateway is stopping, nothing was written, and trying again is useless. */
public final class DatabaseClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    DatabaseClosedException() {
        super("the database is closed");
    }
}
