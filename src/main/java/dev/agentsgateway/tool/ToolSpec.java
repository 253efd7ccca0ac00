package dev.agentsgateway.tool;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a tool is.
 *
 * @param name        unique among the tools of a run
 * @param description what the model reads
 * @param parameters  a JSON Schema object
 * @param sideEffect  what a second execution of the same call would do
 */
public record ToolSpec(String name, String description, JsonNode parameters, SideEffect sideEffect) {
    public enum SideEffect {
        /** Reads only. */
        NONE,
        /** Executing the same call again changes nothing more. */
        IDEMPOTENT,
        /** Must not be executed twice. */
        ONCE
    }
}
