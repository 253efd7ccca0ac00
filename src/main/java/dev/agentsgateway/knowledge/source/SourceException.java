package dev.agentsgateway.knowledge.source;

/** A document could not be had from where it is said to be. The message is fit for clients. */
public final class SourceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean permanent;

    private SourceException(String message, boolean permanent, Throwable cause) {
        super(message, cause);
        this.permanent = permanent;
    }

    /** Another try will fail, too, until somebody changes something. */
    static SourceException permanent(String message) {
        return new SourceException(message, true, null);
    }

    static SourceException permanent(String message, Throwable cause) {
        return new SourceException(message, true, cause);
    }

    /** Another try may succeed. */
    static SourceException passing(String message) {
        return new SourceException(message, false, null);
    }

    static SourceException passing(String message, Throwable cause) {
        return new SourceException(message, false, cause);
    }

    public boolean permanent() {
        return permanent;
    }
}
