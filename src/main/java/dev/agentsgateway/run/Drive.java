package dev.agentsgateway.run;

import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.observability.TraceSpan;
import java.time.Instant;

/**
 * What those who work on one run share, from the moment at which a driver has it.
 *
 * @param requestId the id of the request that started it, null when there is none
 */
record Drive(
        RunServices services,
        ActiveRun run,
        RunPlan plan,
        Checkpoint from,
        RunDatabase database,
        RunUsage usage,
        TraceSpan span,
        String requestId,
        long startedNanos) {

    void emit(RunEvent event) {
        if (run.log().append(event)) {
            services.segments().enqueue(run);
        }
    }

    /**
     * Stores a step of the run with what was used so far.
     *
     * @throws RunFailure {@link RunFailure#LOST} when the run belongs to another driver
     */
    void store(int seq, Message message) {
        String used = Json.write(usage.metrics(startedNanos));
        boolean stored = database.commit(
                handle -> services.transcripts().saveStep(handle, run, seq, message, used, Instant.now()));
        if (!stored) {
            throw RunFailure.LOST;
        }
    }
}
