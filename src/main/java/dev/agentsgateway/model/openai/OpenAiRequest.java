package dev.agentsgateway.model.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Catalogue;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.Message.Part;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.ModelException.Kind;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ToolArguments;
import java.util.Base64;
import java.util.List;

/** Writes a {@link ModelRequest} as a Chat Completions body. */
final class OpenAiRequest {
    private static final List<String> OWN_MODELS = List.of("gpt-", "chatgpt-", "o1", "o3", "o4");

    private static final String EFFORT = "medium";

    private OpenAiRequest() {}

    /** Chat Completions answers 400 to an effort beside tools for the models that say so in the catalogue. */
    private static boolean reasons(ModelRequest request) {
        return request.reasoning() == Catalogue.Reasoning.EFFORT
                || request.reasoning() == Catalogue.Reasoning.EFFORT_WITHOUT_TOOLS
                        && request.tools().isEmpty();
    }

    static ObjectNode of(ModelRequest request, boolean completionTokens) {
        ObjectNode body = Json.object().put("model", request.model());
        ArrayNode messages = body.putArray("messages");
        if (request.system() != null && !request.system().isEmpty()) {
            messages.addObject().put("role", systemRole(request.model())).put("content", request.system());
        }
        for (Message message : request.messages()) {
            switch (message) {
                case Message.User user -> content(messages.addObject().put("role", "user"), user.parts());
                case Message.Assistant assistant -> assistant(messages, assistant);
                case Message.Tool tool ->
                    messages.addObject()
                            .put("role", "tool")
                            .put("tool_call_id", tool.callId())
                            .put("content", tool.content() == null ? "" : tool.content());
            }
        }
        tools(body, request.tools());
        if (reasons(request)) {
            // Reasoning takes no temperature (OpenAI guide "Reasoning models").
            body.put("reasoning_effort", EFFORT);
        } else if (request.temperature() != null) {
            body.put("temperature", request.temperature());
        }
        if (request.maxTokens() != null) {
            body.put(completionTokens ? "max_completion_tokens" : "max_tokens", request.maxTokens());
        }
        if (request.stream()) {
            body.put("stream", true).putObject("stream_options").put("include_usage", true);
        }
        return body;
    }

    /** Other vendors' models behind the same protocol have chat templates that know only {@code system}. */
    private static String systemRole(String model) {
        return OWN_MODELS.stream().anyMatch(model::startsWith) ? "developer" : "system";
    }

    private static void content(ObjectNode message, List<Part> parts) {
        if (parts.stream().allMatch(Part.Text.class::isInstance) && parts.size() <= 1) {
            message.put("content", parts.isEmpty() ? "" : ((Part.Text) parts.getFirst()).text());
            return;
        }
        ArrayNode content = message.putArray("content");
        int files = 0;
        for (Part part : parts) {
            if (part instanceof Part.Media media && !media.mimeType().startsWith("image/")) {
                files++;
                file(content, media, files);
            }
        }
        for (Part part : parts) {
            if (part instanceof Part.Text text && !text.text().isEmpty()) {
                content.addObject().put("type", "text").put("text", text.text());
            }
        }
        for (Part part : parts) {
            if (part instanceof Part.Media media && media.mimeType().startsWith("image/")) {
                content.addObject()
                        .put("type", "image_url")
                        .putObject("image_url")
                        .put("url", dataUrl(media));
            }
        }
        if (content.isEmpty()) {
            message.put("content", "");
        }
    }

    private static void file(ArrayNode content, Part.Media media, int number) {
        if (!media.mimeType().equals("application/pdf")) {
            throw new ModelException(Kind.INVALID_REQUEST, "unsupported attachment type " + media.mimeType());
        }
        content.addObject()
                .put("type", "file")
                .putObject("file")
                .put("filename", "document-" + number + ".pdf")
                .put("file_data", dataUrl(media));
    }

    private static String dataUrl(Part.Media media) {
        return "data:" + media.mimeType() + ";base64," + Base64.getEncoder().encodeToString(media.data());
    }

    private static void assistant(ArrayNode messages, Message.Assistant assistant) {
        if (assistant.text().isEmpty() && assistant.toolCalls().isEmpty()) {
            return; // an answer that was cancelled before its first word
        }
        ObjectNode message = messages.addObject().put("role", "assistant");
        if (assistant.text().isEmpty()) {
            message.putNull("content");
        } else {
            message.put("content", assistant.text());
        }
        if (assistant.toolCalls().isEmpty()) {
            return;
        }
        ArrayNode calls = message.putArray("tool_calls");
        for (Message.ToolCall call : assistant.toolCalls()) {
            calls.addObject()
                    .put("id", call.id())
                    .put("type", "function")
                    .putObject("function")
                    .put("name", call.name())
                    .put("arguments", Json.write(ToolArguments.object(call.arguments())));
        }
    }

    private static void tools(ObjectNode body, List<ModelRequest.ToolDefinition> tools) {
        if (tools.isEmpty()) {
            return;
        }
        ArrayNode array = body.putArray("tools");
        for (ModelRequest.ToolDefinition tool : tools) {
            ObjectNode function = array.addObject().put("type", "function").putObject("function");
            function.put("name", tool.name()).put("description", tool.description());
            function.set("parameters", ToolArguments.schema(tool.parameters()));
        }
    }
}
