package dev.agentsgateway.approval;

import dev.agentsgateway.run.Requirement;

/** What the API calls an approval: {@code {run_id}:{tool_call_id}}, as the reference does. */
public final class JobIds {
    private JobIds() {}

    public static String of(Requirement requirement) {
        return requirement.runId() + ":" + requirement.callId();
    }
}
