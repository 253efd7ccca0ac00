package dev.agentsgateway.run;

import java.util.UUID;

/**
 * The run that a request got.
 *
 * @param run    driven by this process; null when an earlier request with the same Idempotency-Key had started it
 * @param status {@code QUEUED} or {@code RUNNING} when it was accepted; null when it had been started before
 */
public record Started(UUID id, ActiveRun run, RunStatus status) {
    public boolean repeated() {
        return run == null;
    }
}
