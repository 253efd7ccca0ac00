package dev.agentsgateway.http;

/** Where a stream of server-sent events goes. For one thread. */
public interface EventSink {
    /**
     * Sends complete frames and flushes them. Blocks while the client is slow, for as long as the server's write
     * time-out at most.
     *
     * @throws ClientGoneException when the client is no longer there or too slow
     */
    void send(byte[] frames);

    /** Thrown when the other side has gone; the producer just ends. */
    final class ClientGoneException extends RuntimeException {
        private static final long serialVersionUID = 1;

        public ClientGoneException(Throwable cause) {
            super("the client has gone", cause, false, false);
        }
    }
}
