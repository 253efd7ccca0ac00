package dev.agentsgateway.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One execution of a tool within a run, or one that waits for a person.
 *
 * @param result    what the tool answered, null while it runs and when it answered nothing
 * @param error     whether the call failed; null while it runs
 * @param startedAt epoch milliseconds
 * @param endedAt   epoch milliseconds, 0 while it runs
 * @param requiresConfirmation true when a person had or has to say yes, else null
 * @param confirmed what the person said, null when nobody was asked or has answered
 * @param note      what the person added, may be null
 * @param references what the tool found in documents, null for none; see {@link dev.agentsgateway.tool.ToolResult}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ToolExecution(
        String callId,
        String name,
        ObjectNode arguments,
        String result,
        Boolean error,
        long startedAt,
        long endedAt,
        Boolean requiresConfirmation,
        Boolean confirmed,
        String note,
        JsonNode references) {

    static ToolExecution started(String callId, String name, ObjectNode arguments, long at) {
        return new ToolExecution(callId, name, arguments, null, null, at, 0, null, null, null, null);
    }

    ToolExecution ended(String how, boolean failed, long at) {
        return new ToolExecution(
                callId, name, arguments, how, failed, startedAt, at, requiresConfirmation, confirmed, note, references);
    }

    ToolExecution confirmation(Boolean decision, String noted) {
        return new ToolExecution(
                callId, name, arguments, result, error, startedAt, endedAt, true, decision, noted, references);
    }

    ToolExecution referring(JsonNode found) {
        return new ToolExecution(
                callId,
                name,
                arguments,
                result,
                error,
                startedAt,
                endedAt,
                requiresConfirmation,
                confirmed,
                note,
                found);
    }
}
