package dev.agentsgateway.approval.notify;

import dev.agentsgateway.run.Requirement;
import java.time.Instant;
import java.util.UUID;

/**
 * What somebody is told.
 *
 * @param id   the same however often the notice is sent
 * @param link opens the page that asks for the decision; a credential
 * @param now  when this try begins
 */
public record Notice(UUID id, Requirement requirement, String link, Instant now) {
    /** Keeps the link out of logs. */
    @Override
    public String toString() {
        return "Notice[" + id + "]";
    }
}
