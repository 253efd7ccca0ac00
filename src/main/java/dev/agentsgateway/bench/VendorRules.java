package dev.agentsgateway.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * What the vendors refuse with a 400 although it is well-formed JSON: broken pairs of tool calls and results, missing
 * required members, empty content. Each method answers what is wrong, or null. They are as strict as the documentation,
 * which is in places stricter than the service (alternating roles).
 */
public final class VendorRules {
    private VendorRules() {}

    /** OpenAI API reference, "Create chat completion". */
    public static String openAi(JsonNode body) {
        JsonNode messages = body.path("messages");
        if (!body.path("model").isTextual()) {
            return "you must provide a model parameter";
        }
        if (!messages.isArray() || messages.isEmpty()) {
            return "Invalid 'messages': empty array. Expected an array with minimum length 1.";
        }
        if (body.path("model").asText().startsWith("gpt-5") && body.has("max_tokens")) {
            return "Unsupported parameter: 'max_tokens' is not supported with this model."
                    + " Use 'max_completion_tokens' instead.";
        }
        if (body.has("reasoning_effort")
                && !body.path("tools").isEmpty()
                && body.path("model").asText().startsWith("gpt-5.")) {
            return "Function tools with reasoning_effort are not supported for this model in /v1/chat/completions.";
        }
        List<String> open = new ArrayList<>();
        for (JsonNode message : messages) {
            String complaint = openAiMessage(message, open);
            if (complaint != null) {
                return complaint;
            }
        }
        return open.isEmpty() ? null : unanswered(open);
    }

    private static String openAiMessage(JsonNode message, List<String> open) {
        String role = message.path("role").asText();
        if (role.equals("tool")) {
            if (!message.path("content").isTextual()) {
                return "a tool message needs content";
            }
            return open.remove(message.path("tool_call_id").asText())
                    ? null
                    : "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.";
        }
        if (!open.isEmpty()) {
            return unanswered(open);
        }
        return switch (role) {
            case "developer", "system", "user" -> openAiContent(message.path("content"));
            case "assistant" -> openAiAssistant(message, open);
            default -> "Invalid value: '" + role + "'. Supported values are: 'system', 'assistant', 'user', 'tool'.";
        };
    }

    private static String openAiContent(JsonNode content) {
        if (content.isTextual()) {
            return null;
        }
        if (!content.isArray() || content.isEmpty()) {
            return "Invalid value for 'content': expected a string or an array of objects.";
        }
        for (JsonNode part : content) {
            boolean valid = switch (part.path("type").asText()) {
                case "text" -> part.path("text").isTextual();
                case "image_url" -> part.path("image_url").path("url").asText().startsWith("data:image/");
                case "file" ->
                    part.path("file").path("file_data").asText().startsWith("data:application/pdf;base64,")
                            && part.path("file").path("filename").isTextual();
                default -> false;
            };
            if (!valid) {
                return "Invalid content part of type '" + part.path("type").asText() + "'.";
            }
        }
        return null;
    }

    private static String openAiAssistant(JsonNode message, List<String> open) {
        JsonNode calls = message.path("tool_calls");
        if (calls.isMissingNode()) {
            return message.path("content").isTextual() ? null : "an assistant message needs content or tool calls";
        }
        if (calls.isEmpty()) {
            return "Invalid 'tool_calls': empty array. Expected an array with minimum length 1.";
        }
        for (JsonNode call : calls) {
            JsonNode function = call.path("function");
            if (!call.path("id").isTextual()
                    || !function.path("name").isTextual()
                    || !function.path("arguments").isTextual()) {
                return "a tool call needs id, function.name and function.arguments";
            }
            if (open.contains(call.get("id").asText())) {
                return "duplicate tool call id";
            }
            open.add(call.get("id").asText());
        }
        return null;
    }

    private static String unanswered(List<String> open) {
        return "An assistant message with 'tool_calls' must be followed by tool messages responding to each"
                + " 'tool_call_id'. The following tool_call_ids did not have response messages: "
                + String.join(", ", open);
    }

    /** Anthropic API reference, "Create a message", and the tool use guide. */
    public static String anthropic(JsonNode body) {
        if (!body.path("max_tokens").isInt() || body.path("max_tokens").intValue() < 1) {
            return "max_tokens: Field required";
        }
        JsonNode messages = body.path("messages");
        if (!messages.isArray() || messages.isEmpty()) {
            return "messages: at least one message is required";
        }
        if (body.has("system") && body.path("system").asText().isBlank()) {
            return "system: text content blocks must be non-empty";
        }
        List<String> open = new ArrayList<>();
        String previous = "assistant";
        boolean tools = false;
        for (JsonNode message : messages) {
            String role = message.path("role").asText();
            if (role.equals(previous) || !role.equals("user") && !role.equals("assistant")) {
                return "messages: roles must alternate between \"user\" and \"assistant\", beginning with \"user\"";
            }
            previous = role;
            String complaint = anthropicContent(message.path("content"), role, open);
            if (complaint != null) {
                return "messages: " + complaint;
            }
            tools |= !open.isEmpty();
        }
        if (tools && body.path("tools").isEmpty()) {
            return "Requests which include `tool_use` or `tool_result` blocks must define tools";
        }
        return open.isEmpty() ? anthropicThinking(body) : "tool_use ids without tool_result: " + open;
    }

    /** The guide "Extended thinking": the budget, and the thought that a turn begins with whose results are sent. */
    private static String anthropicThinking(JsonNode body) {
        JsonNode thinking = body.path("thinking");
        if (thinking.isMissingNode()) {
            return null;
        }
        if (body.has("temperature")) {
            return "`temperature` may only be set to 1 when thinking is enabled.";
        }
        if (!thinking.path("type").asText().equals("enabled")) {
            return null;
        }
        int budget = thinking.path("budget_tokens").asInt();
        if (budget < 1024 || budget >= body.path("max_tokens").asInt()) {
            return "`max_tokens` must be greater than `thinking.budget_tokens`, which must be 1024 or more";
        }
        JsonNode messages = body.path("messages");
        boolean results = messages.path(messages.size() - 1)
                .path("content")
                .path(0)
                .path("type")
                .asText()
                .equals("tool_result");
        String first = messages.path(messages.size() - 2)
                .path("content")
                .path(0)
                .path("type")
                .asText();
        return results && !first.endsWith("thinking")
                ? "messages: Expected `thinking` or `redacted_thinking`, but found `" + first + "`."
                : null;
    }

    private static String anthropicContent(JsonNode content, String role, List<String> open) {
        if (content.isTextual()) {
            return content.asText().isBlank() ? "content must be non-empty" : anthropicOpen(open);
        }
        if (!content.isArray() || content.isEmpty()) {
            return "content must be non-empty";
        }
        boolean resultsOnly = true;
        for (JsonNode block : content) {
            String type = block.path("type").asText();
            if (type.equals("tool_result")) {
                if (!role.equals("user")
                        || !resultsOnly
                        || !open.remove(block.path("tool_use_id").asText())) {
                    return "unexpected `tool_use_id` found in `tool_result` blocks";
                }
                continue;
            }
            resultsOnly = false;
            if (role.equals("user") && !open.isEmpty()) {
                return anthropicOpen(open);
            }
            String complaint = anthropicBlock(block, type, role, open);
            if (complaint != null) {
                return complaint;
            }
            if (type.equals("tool_use")) {
                open.add(block.path("id").asText());
            }
        }
        return role.equals("user") ? anthropicOpen(open) : null;
    }

    private static String anthropicOpen(List<String> open) {
        return open.isEmpty()
                ? null
                : "`tool_use` ids were found without `tool_result` blocks immediately after: " + open;
    }

    private static String anthropicBlock(JsonNode block, String type, String role, List<String> open) {
        boolean assistant = role.equals("assistant");
        boolean valid = switch (type) {
            case "text" -> !block.path("text").asText().isBlank();
            case "image" ->
                !assistant && block.path("source").path("media_type").asText().startsWith("image/");
            case "document" ->
                !assistant && block.path("source").path("media_type").asText().equals("application/pdf");
            case "thinking" -> assistant && block.path("signature").isTextual();
            case "redacted_thinking" -> assistant && block.path("data").isTextual();
            case "tool_use" ->
                assistant
                        && block.path("input").isObject()
                        && isToolId(block.path("id").asText())
                        && !open.contains(block.path("id").asText());
            default -> false;
        };
        return valid ? null : "invalid " + type + " block";
    }

    private static boolean isToolId(String id) {
        return !id.isEmpty()
                && id.chars().allMatch(c -> c == '_' || c == '-' || c < 128 && Character.isLetterOrDigit(c));
    }

    /** Gemini API reference, "Content", and the guides on function calling and thought signatures. */
    public static String gemini(JsonNode body, String model) {
        JsonNode contents = body.path("contents");
        if (!contents.isArray() || contents.isEmpty()) {
            return "* GenerateContentRequest.contents: contents is not specified";
        }
        List<String> open = new ArrayList<>();
        String previous = "model";
        for (JsonNode content : contents) {
            String role = content.path("role").asText();
            if (role.equals(previous) || !role.equals("user") && !role.equals("model")) {
                return "Please ensure that roles alternate and that the conversation begins with a user turn.";
            }
            previous = role;
            String complaint = geminiParts(content.path("parts"), role, open, model.startsWith("gemini-3"));
            if (complaint != null) {
                return complaint;
            }
        }
        return open.isEmpty() ? null : geminiOpen();
    }

    private static String geminiParts(JsonNode parts, String role, List<String> open, boolean signed) {
        if (!parts.isArray() || parts.isEmpty()) {
            return "* GenerateContentRequest.contents.parts: contents.parts must not be empty.";
        }
        boolean firstCall = true;
        for (JsonNode part : parts) {
            JsonNode call = part.path("functionCall");
            JsonNode response = part.path("functionResponse");
            if (call.isObject()) {
                if (!role.equals("model") || !call.path("args").isObject()) {
                    return "Invalid functionCall part.";
                }
                if (signed && firstCall && !part.path("thoughtSignature").isTextual()) {
                    return "Function call is missing a thought_signature in functionCall parts.";
                }
                firstCall = false;
                open.add(call.path("name").asText());
            } else if (response.isObject()) {
                boolean inOrder = !open.isEmpty()
                        && open.removeFirst().equals(response.path("name").asText());
                if (!role.equals("user")
                        || !inOrder
                        || !response.path("response").isObject()) {
                    return "Please ensure that function response turn comes immediately after a function call turn.";
                }
            } else if (!part.path("text").isTextual()
                    && !part.path("inlineData").isObject()) {
                return "contents.parts: required oneof field 'data' must have one initialized field";
            }
        }
        return role.equals("user") && !open.isEmpty() ? geminiOpen() : null;
    }

    private static String geminiOpen() {
        return "Please ensure that the number of function response parts is equal to the number of function call parts"
                + " of the function call turn.";
    }
}
