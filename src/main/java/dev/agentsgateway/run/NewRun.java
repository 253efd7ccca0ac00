package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.model.Message;

/**
 * A request for a run.
 *
 * @param message what the user says; placeholders are filled when the run begins
 * @param keyId   the API key that asked, null when authentication is off
 * @param request what is needed to plan the run again after a crash; no attachments, no secrets
 */
public record NewRun(
        SessionKey session,
        String tenantId,
        Integer keyId,
        Message.User message,
        ObjectNode request,
        StartOptions options) {
    public NewRun(SessionKey session, String tenantId, Integer keyId, Message.User message, ObjectNode request) {
        this(session, tenantId, keyId, message, request, StartOptions.DEFAULT);
    }
}
