package dev.agentsgateway.tool;

import com.fasterxml.jackson.databind.node.ArrayNode;

/**
 * What a tool answers.
 *
 * @param content    goes to the model, JSON where it is structured, null for nothing
 * @param references what was found in documents, for those who read the run's end: objects with {@code query},
 *     {@code references} (objects with {@code name}, {@code content}, {@code meta_data}) and {@code time}; null for none
 */
public record ToolResult(String content, ArrayNode references) {
    /** Without references. */
    public ToolResult(String content) {
        this(content, null);
    }
}
