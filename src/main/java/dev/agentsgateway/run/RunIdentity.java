package dev.agentsgateway.run;

import java.util.UUID;

/**
 * What every event of a run says alike.
 *
 * @param name of the agent or team when the run began, for people
 */
public record RunIdentity(UUID runId, SessionKey.Kind kind, String ownerId, String name, String sessionId) {
    /** @param name empty when it was not stored: the id stands in */
    public RunIdentity {
        name = name.isEmpty() ? ownerId : name;
    }

    public static RunIdentity of(ActiveRun run) {
        SessionKey session = run.session();
        return new RunIdentity(run.id(), session.kind(), session.ownerId(), run.name(), session.sessionId());
    }
}
