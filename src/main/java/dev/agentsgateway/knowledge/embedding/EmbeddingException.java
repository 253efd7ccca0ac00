package dev.agentsgateway.knowledge.embedding;

/** Texts have no vectors. {@link #getMessage()} is fit for clients; {@link #detail()} is for logs only. */
public final class EmbeddingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean permanent;
    private final String detail;

    private EmbeddingException(String message, boolean permanent, String detail, Throwable cause) {
        super(message, cause);
        this.permanent = permanent;
        this.detail = detail;
    }

    /** The same texts will fail again until somebody changes something. */
    static EmbeddingException permanent(String message, String detail, Throwable cause) {
        return new EmbeddingException(message, true, detail, cause);
    }

    /** The same texts may succeed later. */
    static EmbeddingException passing(String message, String detail, Throwable cause) {
        return new EmbeddingException(message, false, detail, cause);
    }

    public boolean permanent() {
        return permanent;
    }

    /** What the provider said, without credentials; null when it said nothing. */
    public String detail() {
        return detail;
    }
}
