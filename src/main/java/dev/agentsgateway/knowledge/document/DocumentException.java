package dev.agentsgateway.knowledge.document;

/** A document has no text for us. The message is fit for clients. */
public final class DocumentException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean permanent;

    private DocumentException(String message, boolean permanent, Throwable cause) {
        super(message, cause);
        this.permanent = permanent;
    }

    /** The same file will never be read. */
    static DocumentException permanent(String message) {
        return new DocumentException(message, true, null);
    }

    static DocumentException permanent(String message, Throwable cause) {
        return new DocumentException(message, true, cause);
    }

    /** This machine failed, not the file. */
    static DocumentException passing(String message, Throwable cause) {
        return new DocumentException(message, false, cause);
    }

    public boolean permanent() {
        return permanent;
    }
}
