package dev.agentsgateway.mcp;

/** A server that a chat needs cannot be used. The message is for the log; it names the server and shows no secret. */
public final class McpUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    McpUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
