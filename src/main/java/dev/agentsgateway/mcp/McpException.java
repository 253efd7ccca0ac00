package dev.agentsgateway.mcp;

/** An exchange with an MCP server that did not end well. The message is fit for the model and for clients. */
final class McpException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Kind kind;

    enum Kind {
        /** Nothing was sent: no connection could be made. */
        NOT_SENT,
        /** The server does not know the session, so it has done nothing. */
        SESSION_GONE,
        /** The connection broke; the server may have done what it was asked. */
        BROKEN,
        /** No answer in time; the server may have done what it was asked. */
        TIMED_OUT,
        /** Nobody waits for the answer any more. */
        CANCELLED,
        /** The server answered, but not with what was asked for. */
        ANSWERED,
        /** The gateway does not make this connection. */
        FORBIDDEN
    }

    McpException(Kind kind, String message) {
        this(kind, message, null);
    }

    McpException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }
}
