package dev.agentsgateway.mcp;

/** Who uses something that is to be closed when it is retired and nobody uses it any more. Thread-safe. */
final class Users {
    private final Runnable close;
    private int users;
    private boolean retired;

    /** @param close runs once */
    Users(Runnable close) {
        this.close = close;
    }

    /** False when it is no longer to be used. */
    synchronized boolean enter() {
        if (!retired) {
            users++;
        }
        return !retired;
    }

    /** Ends what {@link #enter()} began. */
    void leave() {
        if (left()) {
            close.run();
        }
    }

    private synchronized boolean left() {
        users--;
        return retired && users == 0;
    }

    /** Nobody may begin to use it from now on. Idempotent. */
    void retire() {
        if (unused()) {
            close.run();
        }
    }

    private synchronized boolean unused() {
        boolean now = !retired && users == 0;
        retired = true;
        return now;
    }
}
