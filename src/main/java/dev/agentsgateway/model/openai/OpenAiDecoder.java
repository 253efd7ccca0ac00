package dev.agentsgateway.model.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.model.AnswerDecoder;
import dev.agentsgateway.model.ModelEvent;
import dev.agentsgateway.model.ModelEvent.StopReason;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.ModelException.Kind;
import dev.agentsgateway.model.Usage;
import java.util.Locale;
import java.util.function.Consumer;

/** Reads Chat Completions answers: {@code chat.completion.chunk} objects or one {@code chat.completion}. */
final class OpenAiDecoder implements AnswerDecoder {
    private final OpenAiToolCalls toolCalls = new OpenAiToolCalls();
    private boolean identified;
    private boolean answering;
    private StopReason stop;
    private Usage usage;

    @Override
    public void event(JsonNode chunk, Consumer<ModelEvent> out) {
        accept(chunk, "delta", out);
    }

    @Override
    public void whole(JsonNode body, Consumer<ModelEvent> out) {
        accept(body, "message", out);
        if (body.path("choices").path(0).isMissingNode()) {
            throw new ModelException(Kind.UPSTREAM, "an answer without choices: " + body);
        }
        end(true, out);
    }

    @Override
    public void end(boolean done, Consumer<ModelEvent> out) {
        if (stop == null && !done) {
            throw new ModelException(Kind.STREAM_CUT, "neither a finish reason nor [DONE]");
        }
        if (usage != null) {
            out.accept(new ModelEvent.UsageReport(usage));
        }
        // Some servers say "stop" after tool calls.
        boolean plain = stop == null || stop == StopReason.END;
        StopReason reason = plain ? (toolCalls.isEmpty() ? StopReason.END : StopReason.TOOL_CALLS) : stop;
        out.accept(new ModelEvent.Stop(reason));
    }

    @Override
    public boolean complete() {
        return stop != null;
    }

    @Override
    public Failure failure(int status, JsonNode body) {
        return Failure.of(kind(status, body.path("error").isMissingNode() ? body : body.path("error")));
    }

    private void accept(JsonNode chunk, String member, Consumer<ModelEvent> out) {
        JsonNode error = chunk.path("error");
        if (!error.isMissingNode() && !error.isNull()) {
            throw new ModelException(kind(error.path("code").asInt(500), error), chunk.toString());
        }
        if (!identified && chunk.path("id").isTextual()) {
            identified = true;
            out.accept(new ModelEvent.ResponseId(chunk.get("id").textValue()));
        }
        JsonNode choice = chunk.path("choices").path(0);
        if (choice.isObject()) {
            delta(choice.path(member), out);
            finish(choice.path("finish_reason"), chunk);
        }
        JsonNode counts = chunk.get("usage");
        if (counts != null && counts.isObject()) {
            usage = usage(counts);
        }
    }

    private void delta(JsonNode delta, Consumer<ModelEvent> out) {
        JsonNode reasoning = delta.get("reasoning_content");
        if (reasoning == null || reasoning.isNull()) {
            reasoning = delta.get("reasoning");
        }
        if (reasoning != null && reasoning.isTextual() && !reasoning.textValue().isEmpty()) {
            out.accept(new ModelEvent.ReasoningDelta(reasoning.textValue()));
        }
        JsonNode content = delta.get("content");
        if (content != null && content.isTextual()) {
            text(content.textValue(), out);
        } else if (content != null && content.isArray()) {
            content.forEach(part -> text(part.path("text").asText(""), out));
        }
        JsonNode refusal = delta.get("refusal");
        if (refusal != null && refusal.isTextual()) {
            text(refusal.textValue(), out);
        }
        JsonNode calls = delta.get("tool_calls");
        if (calls != null && calls.isArray()) {
            calls.forEach(call -> toolCalls.accept(call, out));
        }
        JsonNode legacy = delta.get("function_call");
        if (legacy != null && legacy.isObject()) {
            toolCalls.acceptFunction(0, null, legacy, out);
        }
    }

    /** OpenAI's first delta is empty and is passed on; later empty ones are filler of other servers. */
    private void text(String text, Consumer<ModelEvent> out) {
        if (!text.isEmpty() || !answering) {
            answering = true;
            out.accept(new ModelEvent.TextDelta(text));
        }
    }

    private void finish(JsonNode reason, JsonNode chunk) {
        if (!reason.isTextual()) {
            return;
        }
        stop = switch (reason.textValue()) {
            case "stop" -> StopReason.END;
            case "tool_calls", "function_call" -> StopReason.TOOL_CALLS;
            case "length" -> StopReason.MAX_TOKENS;
            case "content_filter" -> StopReason.CONTENT_FILTER;
            case "error" -> throw new ModelException(Kind.UPSTREAM, chunk.toString());
            default -> StopReason.OTHER;
        };
    }

    private static Usage usage(JsonNode counts) {
        JsonNode prompt = counts.path("prompt_tokens_details");
        return new Usage(
                counts.path("prompt_tokens").asLong(),
                counts.path("completion_tokens").asLong(),
                prompt.path("cached_tokens").asLong(),
                prompt.path("cache_write_tokens").asLong(),
                counts.path("completion_tokens_details")
                        .path("reasoning_tokens")
                        .asLong(),
                false);
    }

    private static Kind kind(int status, JsonNode error) {
        String code = error.path("code").asText("");
        String type = error.path("type").asText("");
        String message = error.path("message").asText("").toLowerCase(Locale.ROOT);
        if (code.equals("context_length_exceeded")
                || message.contains("maximum context length")
                || message.contains("context window")
                || message.contains("prompt is too long")) {
            return Kind.CONTEXT_TOO_LONG;
        }
        return switch (code.isEmpty() || isNumber(code) ? type : code) {
            case "insufficient_quota", "billing_hard_limit_reached", "billing_not_active" -> Kind.QUOTA;
            case "invalid_api_key", "authentication_error" -> Kind.AUTHENTICATION;
            case "model_not_found" -> Kind.NOT_FOUND;
            case "rate_limit_exceeded", "rate_limit_error" -> Kind.RATE_LIMITED;
            case "server_is_overloaded", "slow_down", "overloaded_error" -> Kind.OVERLOADED;
            default -> type.equals("insufficient_quota") ? Kind.QUOTA : AnswerDecoder.kindOfStatus(status);
        };
    }

    private static boolean isNumber(String code) {
        return code.chars().allMatch(Character::isDigit);
    }
}
