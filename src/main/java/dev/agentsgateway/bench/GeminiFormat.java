package dev.agentsgateway.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.bench.Reply.Step;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.ModelEvent.StopReason;
import dev.agentsgateway.model.ToolArguments;
import dev.agentsgateway.model.Usage;
import java.util.Map;

/** Gemini {@code generateContent} and {@code streamGenerateContent?alt=sse}, as the API reference shows them. */
final class GeminiFormat implements VendorFormat {
    private final String model;
    private final String id;

    GeminiFormat(String model, int number) {
        this.model = model;
        this.id = "response-" + number;
    }

    @Override
    public String head(Usage usage) {
        return "";
    }

    @Override
    public String text(String delta) {
        return chunk(part(new Step.Text(delta)));
    }

    @Override
    public String reasoning(Step.Reasoning step) {
        return chunk(part(step));
    }

    @Override
    public String toolCall(Step.ToolCall call) {
        return chunk(part(call));
    }

    @Override
    public String tail(Reply reply) {
        ObjectNode chunk = base();
        ObjectNode candidate = candidate(chunk);
        candidate
                .putObject("content")
                .put("role", "model")
                .putArray("parts")
                .addObject()
                .put("text", "");
        candidate.put("finishReason", finish(reply.stopReason()));
        if (reply.usage() != null) {
            chunk.set("usageMetadata", usage(reply.usage()));
        }
        return VendorFormat.event(chunk);
    }

    @Override
    public String streamError(Step.StreamError error) {
        return "data: " + error(500, error.error(), error.message()) + "\n\n";
    }

    @Override
    public String whole(Reply reply) {
        ObjectNode body = base();
        ObjectNode candidate = candidate(body);
        ArrayNode parts = candidate.putObject("content").put("role", "model").putArray("parts");
        for (Step step : reply.steps()) {
            ObjectNode part = part(step);
            if (part != null) {
                parts.add(part);
            }
        }
        candidate.put("finishReason", finish(reply.stopReason()));
        if (reply.usage() != null) {
            body.set("usageMetadata", usage(reply.usage()));
        }
        return body.toString();
    }

    @Override
    public String error(int status, String code, String message) {
        String word = code != null
                ? code
                : switch (status) {
                    case 400 -> "INVALID_ARGUMENT";
                    case 401 -> "UNAUTHENTICATED";
                    case 403 -> "PERMISSION_DENIED";
                    case 404 -> "NOT_FOUND";
                    case 429 -> "RESOURCE_EXHAUSTED";
                    case 503 -> "UNAVAILABLE";
                    case 504 -> "DEADLINE_EXCEEDED";
                    default -> "INTERNAL";
                };
        ObjectNode body = Json.object();
        body.putObject("error").put("code", status).put("message", message).put("status", word);
        return body.toString();
    }

    @Override
    public String complaint(JsonNode body, Map<String, String> headers) {
        return VendorRules.gemini(body, model);
    }

    @Override
    public boolean wantsStream(String path, JsonNode body) {
        return path.endsWith(":streamGenerateContent?alt=sse");
    }

    /** Null for a step that is not content. */
    private static ObjectNode part(Step step) {
        return switch (step) {
            case Step.Text text -> Json.object().put("text", text.text());
            case Step.Reasoning reasoning -> {
                ObjectNode part = Json.object().put("text", reasoning.text()).put("thought", true);
                yield reasoning.signature() == null ? part : part.put("thoughtSignature", reasoning.signature());
            }
            case Step.ToolCall call -> {
                ObjectNode part = Json.object();
                ObjectNode function = part.putObject("functionCall").put("name", call.name());
                function.set("args", ToolArguments.object(call.arguments()));
                if (call.id() != null) {
                    function.put("id", call.id());
                }
                yield call.signature() == null ? part : part.put("thoughtSignature", call.signature());
            }
            default -> null;
        };
    }

    private ObjectNode base() {
        return Json.object().put("responseId", id).put("modelVersion", model);
    }

    private static ObjectNode candidate(ObjectNode body) {
        return body.putArray("candidates").addObject().put("index", 0);
    }

    private String chunk(ObjectNode part) {
        ObjectNode chunk = base();
        candidate(chunk)
                .putObject("content")
                .put("role", "model")
                .putArray("parts")
                .add(part);
        return VendorFormat.event(chunk);
    }

    private static String finish(StopReason reason) {
        return switch (reason) {
            case END, TOOL_CALLS -> "STOP";
            case MAX_TOKENS -> "MAX_TOKENS";
            case CONTENT_FILTER -> "SAFETY";
            case OTHER -> "OTHER";
        };
    }

    private static ObjectNode usage(Usage usage) {
        return Json.object()
                .put("promptTokenCount", usage.input())
                .put("candidatesTokenCount", usage.output() - usage.reasoning())
                .put("thoughtsTokenCount", usage.reasoning())
                .put("cachedContentTokenCount", usage.cacheRead())
                .put("totalTokenCount", usage.total());
    }
}
