package dev.agentsgateway.knowledge.store;

/** A vector store did not do what it was asked. The message is fit for clients. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean permanent;

    private StoreException(String message, boolean permanent, Throwable cause) {
        super(message, cause);
        this.permanent = permanent;
    }

    /** The same will fail again until somebody changes something. */
    static StoreException permanent(String message, Throwable cause) {
        return new StoreException(message, true, cause);
    }

    /** The same may succeed later. */
    static StoreException passing(String message, Throwable cause) {
        return new StoreException(message, false, cause);
    }

    public boolean permanent() {
        return permanent;
    }
}
