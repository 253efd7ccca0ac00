package dev.agentsgateway.model.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.model.AnswerDecoder;
import dev.agentsgateway.model.AnswerLayout;
import dev.agentsgateway.model.ModelEvent;
import dev.agentsgateway.model.ModelEvent.StopReason;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.ModelException.Kind;
import dev.agentsgateway.model.Usage;
import java.util.Locale;
import java.util.function.Consumer;

/** Reads Messages answers: the events from {@code message_start} to {@code message_stop}, or one message. */
final class AnthropicDecoder implements AnswerDecoder {
    private final AnswerLayout layout = new AnswerLayout();
    private int calls;
    private StopReason stop = StopReason.OTHER;
    private boolean complete;

    /** The thought in progress: kept verbatim, because its signature covers it. */
    private ObjectNode thought;

    private final StringBuilder thinking = new StringBuilder();
    private final StringBuilder signature = new StringBuilder();

    private boolean counted;
    private long freshInput;
    private long cacheRead;
    private long cacheWrite;
    private long output;

    @Override
    public void event(JsonNode event, Consumer<ModelEvent> out) {
        switch (event.path("type").asText()) {
            case "message_start" -> {
                JsonNode message = event.path("message");
                out.accept(new ModelEvent.ResponseId(message.path("id").asText()));
                count(message.path("usage"));
            }
            case "content_block_start" -> start(event.path("content_block"), out);
            case "content_block_delta" -> delta(event.path("delta"), out);
            case "content_block_stop" -> closeThought();
            case "message_delta" -> {
                stop(event.path("delta"));
                count(event.path("usage"));
            }
            case "message_stop" -> finish(out);
            case "error" -> throw new ModelException(kind(500, event.path("error")), event.toString());
            default -> {
                // ping, and whatever may be added later
            }
        }
    }

    @Override
    public void whole(JsonNode message, Consumer<ModelEvent> out) {
        if (message.path("type").asText().equals("error")) {
            throw new ModelException(kind(500, message.path("error")), message.toString());
        }
        if (!message.path("content").isArray()) {
            throw new ModelException(Kind.UPSTREAM, "an answer without content: " + message);
        }
        out.accept(new ModelEvent.ResponseId(message.path("id").asText()));
        for (JsonNode block : message.get("content")) {
            start(block, out);
            closeThought();
        }
        stop(message);
        count(message.path("usage"));
        finish(out);
    }

    @Override
    public void end(boolean done, Consumer<ModelEvent> out) {
        throw new ModelException(Kind.STREAM_CUT, "no message_stop");
    }

    @Override
    public boolean complete() {
        return complete;
    }

    @Override
    public Failure failure(int status, JsonNode body) {
        return Failure.of(kind(status, body.path("error")));
    }

    /** Content may begin with its block: always so in a whole answer, possibly so in a stream. */
    private void start(JsonNode block, Consumer<ModelEvent> out) {
        switch (block.path("type").asText()) {
            case "text" -> text(block.path("text").asText(), out);
            case "thinking" -> {
                thought = ((ObjectNode) block).deepCopy();
                thinking(block.path("thinking").asText(), out);
                signature.append(block.path("signature").asText());
            }
            case "redacted_thinking" -> layout.block(block);
            case "tool_use" -> {
                JsonNode input = block.path("input");
                String arguments = input.isObject() && !input.isEmpty() ? input.toString() : "";
                layout.call(calls, null, null);
                out.accept(new ModelEvent.ToolCallDelta(
                        calls++, block.path("id").asText(), block.path("name").asText(), arguments));
            }
            default -> {
                // blocks of tools that run at the vendor's; the gateway asks for none
            }
        }
    }

    private void delta(JsonNode delta, Consumer<ModelEvent> out) {
        switch (delta.path("type").asText()) {
            case "text_delta" -> text(delta.path("text").asText(), out);
            case "thinking_delta" -> thinking(delta.path("thinking").asText(), out);
            case "signature_delta" -> signature.append(delta.path("signature").asText());
            case "input_json_delta" -> {
                String json = delta.path("partial_json").asText();
                if (!json.isEmpty() && calls > 0) {
                    out.accept(new ModelEvent.ToolCallDelta(calls - 1, null, null, json));
                }
            }
            default -> {
                // citations
            }
        }
    }

    private void text(String text, Consumer<ModelEvent> out) {
        if (!text.isEmpty()) {
            layout.text(text.length(), null);
            out.accept(new ModelEvent.TextDelta(text));
        }
    }

    private void thinking(String text, Consumer<ModelEvent> out) {
        if (!text.isEmpty()) {
            thinking.append(text);
            out.accept(new ModelEvent.ReasoningDelta(text));
        }
    }

    private void closeThought() {
        if (thought != null) {
            layout.block(thought.put("thinking", thinking.toString()).put("signature", signature.toString()));
            thought = null;
            thinking.setLength(0);
            signature.setLength(0);
        }
    }

    private void stop(JsonNode holder) {
        if (!holder.path("stop_reason").isTextual()) {
            return;
        }
        stop = switch (holder.get("stop_reason").textValue()) {
            case "end_turn", "stop_sequence" -> StopReason.END;
            case "tool_use" -> StopReason.TOOL_CALLS;
            case "max_tokens", "model_context_window_exceeded" -> StopReason.MAX_TOKENS;
            case "refusal" -> StopReason.CONTENT_FILTER;
            default -> StopReason.OTHER;
        };
    }

    /** {@code message_delta} repeats totals and may leave out what did not change. */
    private void count(JsonNode usage) {
        if (usage.isObject()) {
            counted = true;
            freshInput = usage.path("input_tokens").asLong(freshInput);
            cacheRead = usage.path("cache_read_input_tokens").asLong(cacheRead);
            cacheWrite = usage.path("cache_creation_input_tokens").asLong(cacheWrite);
            output = usage.path("output_tokens").asLong(output);
        }
    }

    private void finish(Consumer<ModelEvent> out) {
        complete = true;
        JsonNode state = layout.state();
        if (state != null) {
            out.accept(new ModelEvent.State(state));
        }
        if (counted) {
            long input = freshInput + cacheRead + cacheWrite;
            out.accept(new ModelEvent.UsageReport(new Usage(input, output, cacheRead, cacheWrite, 0, false)));
        }
        out.accept(new ModelEvent.Stop(stop));
    }

    private static Kind kind(int status, JsonNode error) {
        String message = error.path("message").asText().toLowerCase(Locale.ROOT);
        return switch (error.path("type").asText()) {
            case "authentication_error", "permission_error" -> Kind.AUTHENTICATION;
            case "not_found_error" -> Kind.NOT_FOUND;
            case "billing_error" -> Kind.QUOTA;
            case "rate_limit_error" -> Kind.RATE_LIMITED;
            case "overloaded_error" -> Kind.OVERLOADED;
            case "timeout_error" -> Kind.TIMEOUT;
            case "request_too_large" -> Kind.INVALID_REQUEST;
            case "invalid_request_error" -> invalid(message);
            default -> AnswerDecoder.kindOfStatus(status);
        };
    }

    private static Kind invalid(String message) {
        if (message.contains("credit balance")) {
            return Kind.QUOTA;
        }
        boolean tooLong = message.contains("prompt is too long") || message.contains("exceed context limit");
        return tooLong ? Kind.CONTEXT_TOO_LONG : Kind.INVALID_REQUEST;
    }
}
