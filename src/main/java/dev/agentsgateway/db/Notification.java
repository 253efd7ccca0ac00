package dev.agentsgateway.db;

/** A message between replicas over PostgreSQL's LISTEN and NOTIFY. */
public final class Notification {
    private Notification() {}

    /** Receives payloads on the listening thread: be quick. */
    public interface Listener {
        /** @param payload null after the connection was lost and restored */
        void received(String payload);
    }
}
