package dev.agentsgateway.tool;

/** A call that failed for a reason that the model and the client may read. */
public final class ToolException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ToolException(String message) {
        super(message);
    }
}
