package dev.agentsgateway.bench;

import dev.agentsgateway.model.ModelEvent.StopReason;
import dev.agentsgateway.model.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the scripted model answers, independent of the vendor that it plays. Immutable: every method returns a longer
 * reply. A reply with text or tool calls ends properly, with usage 11 in and 7 out, unless it says otherwise.
 *
 * <pre>{@code
 * Reply.text("Hel", "lo").usage(90, 2)
 * Reply.toolCall("resolve_datetime", "{\"text\":\"friday\"}")
 * Reply.text("Let me see. ").thenToolCall("search", "{}").thenToolCall("search", "{\"q\":1}")
 * Reply.error(429, "slow down").header("Retry-After", "1")
 * Reply.text("half").cut()
 * Reply.text("half").stall()
 * }</pre>
 *
 * Not streamed, steps that only a stream can have (pauses, raw bytes, errors inside it) are applied as far as they make
 * sense: pauses and stalls come before the body, a cut sends half of it.
 *
 * @param status  200, or an error status
 * @param headers further response headers
 * @param steps   what is sent, in this order
 * @param usage   null reports none
 * @param stop    null lets the steps decide
 * @param asJson  answer with one JSON document although a stream was asked for
 * @param error   the vendor's own word for the error, null for the one that goes with the status
 */
public record Reply(
        int status,
        Map<String, String> headers,
        List<Step> steps,
        Usage usage,
        StopReason stop,
        boolean asJson,
        String error) {
    private static final Usage USAGE = new Usage(11, 7, 0, 0, 0, false);

    public Reply {
        headers = Map.copyOf(headers);
        steps = List.copyOf(steps);
    }

    /** Something that happens while a reply is sent. */
    public sealed interface Step {
        /** One delta of text. */
        record Text(String text) implements Step {}

        /** One delta of visible reasoning; {@code signature} is what the vendor wants back, null for none. */
        record Reasoning(String text, String signature) implements Step {}

        /** A whole call; {@code id} null lets the server choose (OpenAI, Anthropic) or leave it out (Gemini). */
        record ToolCall(String id, String name, String arguments, String signature) implements Step {}

        /** Silence. */
        record Pause(Duration time) implements Step {}

        /** Silence until the client closes the connection (at most a minute, then the connection is closed). */
        record Stall() implements Step {}

        /** Closes the connection without an end. */
        record Cut() implements Step {}

        /** Ends the body properly where the protocol's own end is missing. */
        record EndBody() implements Step {}

        /** These bytes, as one chunk. */
        record Raw(String text) implements Step {}

        /** The vendor's error object inside a stream that began well. */
        record StreamError(String error, String message) implements Step {}

        /** An error's message. */
        record ErrorMessage(String message) implements Step {}
    }

    public static Reply of(Step... steps) {
        return new Reply(200, Map.of(), List.of(steps), USAGE, null, false, null);
    }

    /** Text in as many deltas as there are arguments. */
    public static Reply text(String... deltas) {
        Reply reply = of();
        for (String delta : deltas) {
            reply = reply.thenText(delta);
        }
        return reply;
    }

    public static Reply toolCall(String name, String arguments) {
        return of().thenToolCall(name, arguments);
    }

    /** An error answer in the vendor's shape. */
    public static Reply error(int status, String message) {
        return new Reply(status, Map.of(), List.of(new Step.ErrorMessage(message)), null, null, false, null);
    }

    public Reply thenText(String delta) {
        return then(new Step.Text(delta));
    }

    public Reply thenReasoning(String delta) {
        return then(new Step.Reasoning(delta, null));
    }

    public Reply thenToolCall(String name, String arguments) {
        return then(new Step.ToolCall(null, name, arguments, null));
    }

    public Reply thenPause(Duration time) {
        return then(new Step.Pause(time));
    }

    public Reply stall() {
        return then(new Step.Stall());
    }

    public Reply cut() {
        return then(new Step.Cut());
    }

    public Reply endBody() {
        return then(new Step.EndBody());
    }

    public Reply thenRaw(String text) {
        return then(new Step.Raw(text));
    }

    public Reply thenStreamError(String error, String message) {
        return then(new Step.StreamError(error, message));
    }

    public Reply then(Step step) {
        List<Step> longer = new ArrayList<>(steps);
        longer.add(step);
        return new Reply(status, headers, longer, usage, stop, asJson, error);
    }

    public Reply usage(long input, long output) {
        return usage(new Usage(input, output, 0, 0, 0, false));
    }

    public Reply usage(Usage reported) {
        return new Reply(status, headers, steps, reported, stop, asJson, error);
    }

    public Reply withoutUsage() {
        return usage(null);
    }

    public Reply stop(StopReason reason) {
        return new Reply(status, headers, steps, usage, reason, asJson, error);
    }

    public Reply header(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Reply(status, more, steps, usage, stop, asJson, error);
    }

    /** The vendor's own word, for example {@code insufficient_quota}. */
    public Reply errorCode(String code) {
        return new Reply(status, headers, steps, usage, stop, asJson, code);
    }

    public Reply asJsonAlways() {
        return new Reply(status, headers, steps, usage, stop, true, error);
    }

    StopReason stopReason() {
        if (stop != null) {
            return stop;
        }
        return steps.stream().anyMatch(Step.ToolCall.class::isInstance) ? StopReason.TOOL_CALLS : StopReason.END;
    }
}
