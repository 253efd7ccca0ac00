package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.UUID;

/**
 * A direct call of a toolkit that waits, or waited, for its confirmation.
 *
 * @param realm    the tenant of the API key that asked for it, empty for none
 * @param decision null while nobody has decided
 * @param outcome  {@code success} or {@code error}; null while the call has not ended, and when nobody knows how it did
 * @param over     whether the time to confirm it is over
 */
record HeldCall(
        UUID id,
        String agentId,
        String userId,
        String sessionId,
        String realm,
        String toolkit,
        String method,
        ObjectNode arguments,
        Decision decision,
        String outcome,
        boolean over) {

    enum Decision {
        CONFIRMED,
        DENIED
    }

    /** The tenant on whose behalf the call is made, null for none. */
    String tenantId() {
        return realm.isEmpty() ? null : realm;
    }
}
