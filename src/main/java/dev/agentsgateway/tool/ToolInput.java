package dev.agentsgateway.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One call: its id, its arguments and on whose behalf it is made.
 *
 * @param key unique to this call and the same when it is executed again after a crash: what a service with idempotency
 *     keys wants to be told
 */
public record ToolInput(String callId, String key, ObjectNode arguments, ToolContext context) {
    /** A required text argument. */
    public String text(String name) {
        if (!arguments.path(name).isTextual()) {
            throw new ToolException("The argument '" + name + "' must be a text.");
        }
        return arguments.get(name).textValue();
    }
}
