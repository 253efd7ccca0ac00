package dev.agentsgateway.tool;

/** What a tool answers; {@code content} goes to the model, JSON where it is structured, null for nothing. */
public record ToolResult(String content) {}
