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

/** Anthropic Messages, as the documentation's "Streaming messages" shows it. */
final class AnthropicFormat implements VendorFormat {
    private final String model;
    private final String id;
    private int block = -1;
    private String openType = "";
    private int calls;

    AnthropicFormat(String model, int number) {
        this.model = model;
        this.id = "msg_" + number;
    }

    @Override
    public String head(Usage usage) {
        ObjectNode start = Json.object().put("type", "message_start");
        ObjectNode message = message();
        message.putArray("content");
        message.putNull("stop_reason");
        if (usage != null) {
            message.set("usage", usage(usage).put("output_tokens", 1));
        }
        start.set("message", message);
        return event(start) + event(Json.object().put("type", "ping"));
    }

    @Override
    public String text(String text) {
        String open = openType.equals("text")
                ? ""
                : start(Json.object().put("type", "text").put("text", ""));
        return open + delta(Json.object().put("type", "text_delta").put("text", text));
    }

    @Override
    public String reasoning(Step.Reasoning step) {
        String written = openType.equals("thinking")
                ? ""
                : start(Json.object()
                        .put("type", "thinking")
                        .put("thinking", "")
                        .put("signature", ""));
        written += delta(Json.object().put("type", "thinking_delta").put("thinking", step.text()));
        if (step.signature() != null) {
            written += delta(Json.object().put("type", "signature_delta").put("signature", step.signature())) + stop();
        }
        return written;
    }

    @Override
    public String toolCall(Step.ToolCall call) {
        ObjectNode block =
                Json.object().put("type", "tool_use").put("id", callId(call)).put("name", call.name());
        block.putObject("input");
        int half = call.arguments().length() / 2;
        return start(block)
                + json("")
                + json(call.arguments().substring(0, half))
                + json(call.arguments().substring(half))
                + stop();
    }

    @Override
    public String tail(Reply reply) {
        ObjectNode end = Json.object().put("type", "message_delta");
        end.putObject("delta")
                .put("stop_reason", stopReason(reply.stopReason()))
                .putNull("stop_sequence");
        if (reply.usage() != null) {
            end.putObject("usage").put("output_tokens", reply.usage().output());
        }
        return stop() + event(end) + event(Json.object().put("type", "message_stop"));
    }

    @Override
    public String streamError(Step.StreamError error) {
        return "event: error\ndata: " + error(500, error.error(), error.message()) + "\n\n";
    }

    @Override
    public String whole(Reply reply) {
        ObjectNode message = message();
        ArrayNode content = message.putArray("content");
        StringBuilder text = new StringBuilder();
        for (Step step : reply.steps()) {
            if (!(step instanceof Step.Text) && !text.isEmpty()) {
                content.addObject().put("type", "text").put("text", text.toString());
                text.setLength(0);
            }
            switch (step) {
                case Step.Text t -> text.append(t.text());
                case Step.Reasoning r ->
                    content.addObject()
                            .put("type", "thinking")
                            .put("thinking", r.text())
                            .put("signature", r.signature());
                case Step.ToolCall call ->
                    content.addObject()
                            .put("type", "tool_use")
                            .put("id", callId(call))
                            .put("name", call.name())
                            .set("input", ToolArguments.object(call.arguments()));
                default -> {}
            }
        }
        if (!text.isEmpty()) {
            content.addObject().put("type", "text").put("text", text.toString());
        }
        message.put("stop_reason", stopReason(reply.stopReason())).putNull("stop_sequence");
        if (reply.usage() != null) {
            message.set("usage", usage(reply.usage()));
        }
        return message.toString();
    }

    @Override
    public String error(int status, String code, String message) {
        String type = code != null
                ? code
                : switch (status) {
                    case 400 -> "invalid_request_error";
                    case 401 -> "authentication_error";
                    case 402 -> "billing_error";
                    case 403 -> "permission_error";
                    case 404 -> "not_found_error";
                    case 413 -> "request_too_large";
                    case 429 -> "rate_limit_error";
                    case 529 -> "overloaded_error";
                    default -> "api_error";
                };
        ObjectNode body = Json.object().put("type", "error");
        body.putObject("error").put("type", type).put("message", message);
        return body.put("request_id", "req_" + id).toString();
    }

    @Override
    public String complaint(JsonNode body, Map<String, String> headers) {
        return headers.containsKey("anthropic-version")
                ? VendorRules.anthropic(body)
                : "anthropic-version: header is required";
    }

    @Override
    public boolean wantsStream(String path, JsonNode body) {
        return body.path("stream").asBoolean();
    }

    private String callId(Step.ToolCall call) {
        return call.id() != null ? call.id() : "toolu_" + id.substring("msg_".length()) + "_" + calls++;
    }

    private ObjectNode message() {
        return Json.object()
                .put("id", id)
                .put("type", "message")
                .put("role", "assistant")
                .put("model", model);
    }

    private String start(ObjectNode content) {
        String closed = stop();
        block++;
        openType = content.get("type").textValue();
        ObjectNode start = Json.object().put("type", "content_block_start").put("index", block);
        start.set("content_block", content);
        return closed + event(start);
    }

    private String stop() {
        if (openType.isEmpty()) {
            return "";
        }
        openType = "";
        return event(Json.object().put("type", "content_block_stop").put("index", block));
    }

    private String json(String part) {
        return delta(Json.object().put("type", "input_json_delta").put("partial_json", part));
    }

    private String delta(ObjectNode delta) {
        ObjectNode event = Json.object().put("type", "content_block_delta").put("index", block);
        event.set("delta", delta);
        return event(event);
    }

    private static String event(ObjectNode data) {
        return "event: " + data.get("type").textValue() + "\n" + VendorFormat.event(data);
    }

    private static String stopReason(StopReason reason) {
        return switch (reason) {
            case END -> "end_turn";
            case TOOL_CALLS -> "tool_use";
            case MAX_TOKENS -> "max_tokens";
            case CONTENT_FILTER -> "refusal";
            case OTHER -> "pause_turn";
        };
    }

    /** Anthropic counts cached tokens beside {@code input_tokens}, not within. */
    private static ObjectNode usage(Usage usage) {
        return Json.object()
                .put("input_tokens", usage.input() - usage.cacheRead() - usage.cacheWrite())
                .put("cache_creation_input_tokens", usage.cacheWrite())
                .put("cache_read_input_tokens", usage.cacheRead())
                .put("output_tokens", usage.output());
    }
}
