package dev.agentsgateway.run;

/** A run that was not accepted: nothing of it was stored. */
public final class RunRejectedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int status;
    private final int retryAfterSeconds;

    RunRejectedException(int status, String message, int retryAfterSeconds) {
        super(message);
        this.status = status;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** The HTTP status that says why: 409, 429 or 503. */
    public int status() {
        return status;
    }

    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
