package dev.agentsgateway.tool;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a tool is.
 *
 * @param name        unique among the tools of a run
 * @param description what the model reads
 * @param parameters  a JSON Schema object
 * @param sideEffect  what a second execution of the same call would do
 * @param confirm     whether a person must say yes to each call
 */
public record ToolSpec(String name, String description, JsonNode parameters, SideEffect sideEffect, boolean confirm) {
    /** A tool whose calls need nobody's yes, unless an agent's configuration says so. */
    public ToolSpec(String name, String description, JsonNode parameters, SideEffect sideEffect) {
        this(name, description, parameters, sideEffect, false);
    }

    public enum SideEffect {
        /** Reads only. */
        NONE,
        /** Executing the same call again changes nothing more. */
        IDEMPOTENT,
        /** Must not be executed twice: a call whose outcome is unknown after a crash is reported as such. */
        ONCE
    }
}
