package dev.agentsgateway.model.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.model.AnswerDecoder;
import dev.agentsgateway.model.AnswerLayout;
import dev.agentsgateway.model.ModelEvent;
import dev.agentsgateway.model.ModelEvent.StopReason;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.ModelException.Kind;
import dev.agentsgateway.model.ToolArguments;
import dev.agentsgateway.model.Usage;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/** Reads {@code GenerateContentResponse} objects, one or a stream of them. */
final class GeminiDecoder implements AnswerDecoder {
    private final AnswerLayout layout = new AnswerLayout();
    private boolean identified;
    private int calls;
    private StopReason stop;
    private Usage usage;

    @Override
    public void event(JsonNode response, Consumer<ModelEvent> out) {
        JsonNode error = response.path("error");
        if (error.isObject()) {
            throw new ModelException(kind(error.path("code").asInt(500), error), response.toString());
        }
        if (!identified && response.path("responseId").isTextual()) {
            identified = true;
            out.accept(new ModelEvent.ResponseId(response.get("responseId").textValue()));
        }
        JsonNode candidate = response.path("candidates").path(0);
        for (JsonNode part : candidate.path("content").path("parts")) {
            part(part, out);
        }
        if (candidate.path("finishReason").isTextual()) {
            stop = stopReason(candidate.get("finishReason").textValue());
        } else if (response.path("promptFeedback").path("blockReason").isTextual()) {
            stop = StopReason.CONTENT_FILTER;
        }
        JsonNode counts = response.path("usageMetadata");
        if (counts.isObject()) {
            usage = usage(counts);
        }
    }

    @Override
    public void whole(JsonNode body, Consumer<ModelEvent> out) {
        event(body.isArray() ? body.path(0) : body, out);
        if (stop == null) {
            throw new ModelException(Kind.UPSTREAM, "an answer without a finish reason: " + body);
        }
        end(false, out);
    }

    @Override
    public void end(boolean done, Consumer<ModelEvent> out) {
        if (stop == null) {
            throw new ModelException(Kind.STREAM_CUT, "no finishReason");
        }
        JsonNode state = layout.state();
        if (state != null) {
            out.accept(new ModelEvent.State(state));
        }
        if (usage != null) {
            out.accept(new ModelEvent.UsageReport(usage));
        }
        // Gemini says STOP after calls, too.
        out.accept(new ModelEvent.Stop(stop == StopReason.END && calls > 0 ? StopReason.TOOL_CALLS : stop));
    }

    @Override
    public boolean complete() {
        return stop != null;
    }

    @Override
    public Failure failure(int status, JsonNode body) {
        JsonNode error = body.path("error");
        return new Failure(kind(status, error), retryDelay(error));
    }

    private void part(JsonNode part, Consumer<ModelEvent> out) {
        String signature = part.path("thoughtSignature").textValue();
        JsonNode call = part.path("functionCall");
        if (call.isObject()) {
            String vendorId = call.path("id").textValue();
            layout.call(calls, vendorId, signature);
            JsonNode args = call.path("args");
            String id = vendorId == null ? ToolArguments.newId() : vendorId;
            String arguments = args.isObject() ? args.toString() : "";
            out.accept(
                    new ModelEvent.ToolCallDelta(calls++, id, call.path("name").asText(), arguments));
        } else if (part.path("thought").asBoolean()) {
            if (signature != null) {
                layout.block(part);
            }
            String text = part.path("text").asText();
            if (!text.isEmpty()) {
                out.accept(new ModelEvent.ReasoningDelta(text));
            }
        } else if (part.path("text").isTextual()) {
            String text = part.get("text").textValue();
            if (!text.isEmpty() || signature != null) {
                layout.text(text.length(), signature);
            }
            if (!text.isEmpty()) {
                out.accept(new ModelEvent.TextDelta(text));
            }
        } else if (signature != null) {
            layout.block(part);
        }
    }

    private static StopReason stopReason(String reason) {
        return switch (reason) {
            case "STOP" -> StopReason.END;
            case "MAX_TOKENS" -> StopReason.MAX_TOKENS;
            case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY" ->
                StopReason.CONTENT_FILTER;
            default -> StopReason.OTHER;
        };
    }

    private static Usage usage(JsonNode counts) {
        long thoughts = counts.path("thoughtsTokenCount").asLong();
        return new Usage(
                counts.path("promptTokenCount").asLong()
                        + counts.path("toolUsePromptTokenCount").asLong(),
                counts.path("candidatesTokenCount").asLong() + thoughts,
                counts.path("cachedContentTokenCount").asLong(),
                0,
                thoughts,
                false);
    }

    private static Kind kind(int status, JsonNode error) {
        String message = error.path("message").asText().toLowerCase(Locale.ROOT);
        String details = error.path("details").toString();
        return switch (error.path("status").asText()) {
            case "UNAUTHENTICATED", "PERMISSION_DENIED" -> Kind.AUTHENTICATION;
            case "NOT_FOUND" -> Kind.NOT_FOUND;
            case "RESOURCE_EXHAUSTED" -> details.contains("PerDay") ? Kind.QUOTA : Kind.RATE_LIMITED;
            case "UNAVAILABLE" -> Kind.OVERLOADED;
            case "DEADLINE_EXCEEDED" -> Kind.TIMEOUT;
            case "INVALID_ARGUMENT", "FAILED_PRECONDITION" -> invalid(message, details);
            default -> AnswerDecoder.kindOfStatus(status);
        };
    }

    private static Kind invalid(String message, String details) {
        if (details.contains("API_KEY_INVALID") || message.contains("api key not valid")) {
            return Kind.AUTHENTICATION;
        }
        boolean tooLong = message.contains("input token count") && message.contains("exceeds");
        return tooLong ? Kind.CONTEXT_TOO_LONG : Kind.INVALID_REQUEST;
    }

    /** Gemini sends no {@code Retry-After}; its body has {@code google.rpc.RetryInfo}, for example {@code "34.5s"}. */
    private static Duration retryDelay(JsonNode error) {
        for (JsonNode detail : error.path("details")) {
            String delay = detail.path("retryDelay").asText("");
            if (delay.endsWith("s")) {
                try {
                    return Duration.ofMillis(
                            (long) (Double.parseDouble(delay.substring(0, delay.length() - 1)) * 1000));
                } catch (NumberFormatException e) {
                    return null;
                }
            }
        }
        return null;
    }
}
