package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One execution of a tool within a run.
 *
 * @param result    what the tool answered, null while it runs and when it answered nothing
 * @param error     whether the call failed; null while it runs
 * @param startedAt epoch milliseconds
 * @param endedAt   epoch milliseconds, 0 while it runs
 */
public record ToolExecution(
        String callId, String name, ObjectNode arguments, String result, Boolean error, long startedAt, long endedAt) {

    ToolExecution ended(String result, boolean error, long at) {
        return new ToolExecution(callId, name, arguments, result, error, startedAt, at);
    }
}
