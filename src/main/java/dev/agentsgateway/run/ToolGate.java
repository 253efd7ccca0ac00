package dev.agentsgateway.run;

import java.util.List;
import java.util.Optional;

/**
 * Says which tools a run may still call. It is asked before each call, also of one that a person has allowed, and must
 * say the same whenever it is asked the same: after a pause and in another process it is asked again. Thread-safe.
 */
public interface ToolGate {
    ToolGate OPEN = (_, _) -> Optional.empty();

    /**
     * @param earlier every execution of the run's turns before the one with the call
     * @return why the tool must not be called, in words for the model; empty when it may
     */
    Optional<String> objection(String tool, List<ToolExecution> earlier);
}
