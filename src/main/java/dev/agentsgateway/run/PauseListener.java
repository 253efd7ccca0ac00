package dev.agentsgateway.run;

import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** Is told of calls that wait for a person, within the transaction that stores them. Thread-safe. */
public interface PauseListener {
    /** Must do nothing but SQL; may be called more than once, of which one is committed. */
    void paused(Handle handle, UUID run, List<UUID> requirements);
}
