package dev.agentsgateway.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.bench.Reply.Step;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.ModelEvent.StopReason;
import dev.agentsgateway.model.Usage;
import java.util.Map;

/** OpenAI Chat Completions, as the API reference shows it. */
final class OpenAiFormat implements VendorFormat {
    private final String model;
    private final String id;
    private final boolean streamUsage;
    private int calls;

    OpenAiFormat(String model, int number, boolean streamUsage) {
        this.model = model;
        this.id = "chatcmpl-" + number;
        this.streamUsage = streamUsage;
    }

    @Override
    public String head(Usage usage) {
        ObjectNode delta = Json.object().put("role", "assistant").put("content", "");
        return chunk(delta, null);
    }

    @Override
    public String text(String text) {
        return chunk(Json.object().put("content", text), null);
    }

    @Override
    public String reasoning(Step.Reasoning step) {
        return chunk(Json.object().put("reasoning_content", step.text()), null);
    }

    @Override
    public String toolCall(Step.ToolCall call) {
        int index = calls++;
        int half = call.arguments().length() / 2;
        return chunk(toolDelta(index, callId(call, index), call.name(), ""), null)
                + chunk(toolDelta(index, null, null, call.arguments().substring(0, half)), null)
                + chunk(toolDelta(index, null, null, call.arguments().substring(half)), null);
    }

    @Override
    public String tail(Reply reply) {
        String end = chunk(Json.object(), finish(reply.stopReason()));
        if (streamUsage && reply.usage() != null) {
            ObjectNode chunk = base("chat.completion.chunk");
            chunk.putArray("choices");
            chunk.set("usage", usage(reply.usage()));
            end += VendorFormat.event(chunk);
        }
        return end + "data: [DONE]\n\n";
    }

    @Override
    public String streamError(Step.StreamError error) {
        return "data: " + error(500, error.error(), error.message()) + "\n\n";
    }

    @Override
    public String whole(Reply reply) {
        ObjectNode message = Json.object().put("role", "assistant");
        StringBuilder text = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        ArrayNode toolCalls = Json.MAPPER.createArrayNode();
        for (Step step : reply.steps()) {
            switch (step) {
                case Step.Text t -> text.append(t.text());
                case Step.Reasoning r -> reasoning.append(r.text());
                case Step.ToolCall call -> {
                    int index = calls++;
                    ObjectNode node =
                            toolCalls.addObject().put("id", callId(call, index)).put("type", "function");
                    node.putObject("function").put("name", call.name()).put("arguments", call.arguments());
                }
                default -> {}
            }
        }
        message.put("content", text.isEmpty() && !toolCalls.isEmpty() ? null : text.toString());
        if (!reasoning.isEmpty()) {
            message.put("reasoning_content", reasoning.toString());
        }
        if (!toolCalls.isEmpty()) {
            message.set("tool_calls", toolCalls);
        }
        ObjectNode body = base("chat.completion");
        ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
        choice.set("message", message);
        choice.put("finish_reason", finish(reply.stopReason()));
        if (reply.usage() != null) {
            body.set("usage", usage(reply.usage()));
        }
        return body.toString();
    }

    @Override
    public String error(int status, String code, String message) {
        String type = switch (status) {
            case 400, 404, 413, 422 -> "invalid_request_error";
            case 401, 403 -> "authentication_error";
            case 429 -> "requests";
            default -> "server_error";
        };
        ObjectNode body = Json.object();
        body.putObject("error")
                .put("message", message)
                .put("type", type)
                .putNull("param")
                .put("code", code);
        return body.toString();
    }

    @Override
    public String complaint(JsonNode body, Map<String, String> headers) {
        return VendorRules.openAi(body);
    }

    @Override
    public boolean wantsStream(String path, JsonNode body) {
        return body.path("stream").asBoolean();
    }

    private String callId(Step.ToolCall call, int index) {
        return call.id() != null ? call.id() : "call_" + id.substring("chatcmpl-".length()) + "_" + index;
    }

    private static ObjectNode toolDelta(int index, String id, String name, String arguments) {
        ObjectNode delta = Json.object();
        ObjectNode call = delta.putArray("tool_calls").addObject().put("index", index);
        if (id != null) {
            call.put("id", id).put("type", "function");
        }
        ObjectNode function = call.putObject("function");
        if (name != null) {
            function.put("name", name);
        }
        function.put("arguments", arguments);
        return delta;
    }

    private ObjectNode base(String object) {
        return Json.object()
                .put("id", id)
                .put("object", object)
                .put("created", 1_800_000_000)
                .put("model", model);
    }

    private String chunk(ObjectNode delta, String finish) {
        ObjectNode chunk = base("chat.completion.chunk");
        ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
        choice.set("delta", delta);
        choice.putNull("logprobs").put("finish_reason", finish);
        chunk.putNull("usage");
        return VendorFormat.event(chunk);
    }

    private static String finish(StopReason reason) {
        return switch (reason) {
            case END, OTHER -> "stop";
            case TOOL_CALLS -> "tool_calls";
            case MAX_TOKENS -> "length";
            case CONTENT_FILTER -> "content_filter";
        };
    }

    private static ObjectNode usage(Usage usage) {
        ObjectNode node = Json.object()
                .put("prompt_tokens", usage.input())
                .put("completion_tokens", usage.output())
                .put("total_tokens", usage.total());
        node.putObject("prompt_tokens_details").put("cached_tokens", usage.cacheRead());
        node.putObject("completion_tokens_details").put("reasoning_tokens", usage.reasoning());
        return node;
    }
}
