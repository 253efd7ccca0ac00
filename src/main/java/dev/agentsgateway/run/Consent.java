package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.UUID;

/**
 * A call on which a person was asked.
 *
 * @param seq       the number of its result in the run's transcript
 * @param decision  null while nobody has decided
 * @param arguments what to execute instead of what the model asked for, null for that
 * @param note      what the person added, may be null
 */
record Consent(UUID id, int seq, Decision decision, ObjectNode arguments, String note, Instant createdAt) {
    enum Decision {
        APPROVED,
        DENIED,
        EXPIRED,
        CANCELLED
    }
}
