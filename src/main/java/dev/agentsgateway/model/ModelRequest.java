package dev.agentsgateway.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * One question to a model.
 *
 * @param model       the id as the vendor knows it (without a {@code provider/} prefix)
 * @param system      the system prompt, null or empty for none
 * @param messages    the conversation, oldest first; the last one is the user's or a tool's, and
 *     every tool call is followed by its result
 * @param tools       what the model may call, in the order in which it is sent
 * @param temperature null leaves the vendor's default
 * @param maxTokens   most output tokens; null leaves the vendor's default
 * @param stream      whether the answer is asked for piece by piece
 * @param reasoning   how the model is asked to reason before it answers, null to leave it as the vendor has it
 */
public record ModelRequest(
        String model,
        String system,
        List<Message> messages,
        List<ToolDefinition> tools,
        Double temperature,
        Integer maxTokens,
        boolean stream,
        Catalogue.Reasoning reasoning) {
    public ModelRequest {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
    }

    public ModelRequest(
            String model,
            String system,
            List<Message> messages,
            List<ToolDefinition> tools,
            Double temperature,
            Integer maxTokens,
            boolean stream) {
        this(model, system, messages, tools, temperature, maxTokens, stream, null);
    }

    /** A tool as the model sees it; {@code parameters} is a JSON Schema object. */
    public record ToolDefinition(String name, String description, JsonNode parameters) {}
}
