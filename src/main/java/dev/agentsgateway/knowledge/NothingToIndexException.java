package dev.agentsgateway.knowledge;

/** An entry does not say where its document is. The message is fit for clients. */
final class NothingToIndexException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NothingToIndexException(String message) {
        super(message);
    }
}
