package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.UUID;

/**
 * A tool call that waits, or waited, for a person.
 *
 * @param kind             {@code agent} or {@code team}
 * @param ownerId          the agent's or the team's id
 * @param ownerName        its name when the run began
 * @param tenantId         null for none
 * @param seq              the place of the call's result in the run's transcript
 * @param arguments        what the model asked for
 * @param decision         {@code approved}, {@code denied}, {@code expired} or {@code cancelled}; null for none yet
 * @param decidedArguments what was executed instead of {@code arguments}; null when nothing was edited
 * @param note             what was said with the decision, null for nothing
 * @param decidedVia       {@code commit}, {@code api} or {@code page}; null without a person's decision
 * @param decidedByKey     the API key that decided; null when none did
 */
public record Requirement(
        UUID id,
        UUID runId,
        String kind,
        String ownerId,
        String ownerName,
        String userId,
        String sessionId,
        String tenantId,
        int seq,
        String callId,
        String toolName,
        ObjectNode arguments,
        Instant createdAt,
        Instant expiresAt,
        String decision,
        ObjectNode decidedArguments,
        String note,
        String decidedVia,
        Integer decidedByKey,
        Instant decidedAt) {

    /** Where a requirement stands. */
    public enum Status {
        PENDING,
        APPROVED,
        DENIED,
        EXPIRED,
        CANCELLED
    }

    /** Its decision; without one, time decides. */
    public Status status(Instant now) {
        if (decision != null) {
            return switch (decision) {
                case "approved" -> Status.APPROVED;
                case "denied" -> Status.DENIED;
                case "expired" -> Status.EXPIRED;
                case "cancelled" -> Status.CANCELLED;
                default -> throw new IllegalStateException("no decision: " + decision);
            };
        }
        return now.isBefore(expiresAt) ? Status.PENDING : Status.EXPIRED;
    }

    public boolean isAgents() {
        return kind.equals(SessionKey.Kind.AGENT.word());
    }
}
