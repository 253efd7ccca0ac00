package dev.agentsgateway.run;

/** A run ends without an answer, as failed or as cancelled; message and code are fit for clients. */
final class RunFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Another process drives the run: this one writes and shows nothing more of it. */
    static final RunFailure LOST = new RunFailure("lost", "The run is driven by another process.");

    /** This process stops: the run is left to whoever takes it over. */
    static final RunFailure HANDED_OVER =
            new RunFailure("interrupted", "The gateway was stopped; the run goes on when another one takes it over.");

    private final String code;
    private final RunStatus status;

    RunFailure(String code, String message) {
        this(code, message, RunStatus.FAILED);
    }

    private RunFailure(String code, String message, RunStatus status) {
        super(message, null, false, false);
        this.code = code;
        this.status = status;
    }

    /** @param reason fit for clients */
    static RunFailure cancelled(String reason) {
        return new RunFailure("cancelled", reason, RunStatus.CANCELLED);
    }

    String code() {
        return code;
    }

    RunStatus status() {
        return status;
    }

    /** The run goes on elsewhere: nothing of an end may be stored or shown. */
    boolean goesOn() {
        return this == LOST || this == HANDED_OVER;
    }
}
