package dev.agentsgateway.run;

/** A run ends as failed; message and code are fit for clients. */
final class RunFailure extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final String code;

    RunFailure(String code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    String code() {
        return code;
    }
}
