package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.NotNull;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.UserId;
import java.util.List;

/** The body of a commit. */
record CommitRequest(
        @Required @Description("From the paused answer") String runId,
        @Default("true") boolean stream,

        @NotNull @Description("The model of the paused chat; may be left out")
        ModelId model,

        @Required @UserId String userId,
        @Required String sessionId,

        @Required
        @Description("tool_call_id (or id), confirmed, tool_args to execute other arguments,"
                + " confirmation_note. Calls that are not confirmed are refused.")
        List<ObjectNode> updatedTools,

        ChatRequest.UserProfile userProfile) {}
