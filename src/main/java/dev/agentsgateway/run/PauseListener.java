package dev.agentsgateway.run;

import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** Is told of runs that begin to wait for a person. */
public interface PauseListener {
    PauseListener NONE = (_, _, _) -> {};

    /**
     * Called in the transaction that stores the requirements, after they are inserted; may be called again for the same
     * ones when that transaction is repeated. Must do nothing but SQL, and must not wait.
     */
    void paused(Handle handle, UUID run, List<UUID> requirements);
}
