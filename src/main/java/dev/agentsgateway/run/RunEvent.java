package dev.agentsgateway.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.model.Usage;
import java.util.List;
import java.util.UUID;

/**
 * What happens in a run. Events are numbered per run from 1 without gaps, stored as JSON, and turned into each wire
 * format by one exhaustive switch. {@code at} is in epoch milliseconds.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = RunEvent.Started.class, name = "started"),
    @JsonSubTypes.Type(value = RunEvent.Continued.class, name = "continued"),
    @JsonSubTypes.Type(value = RunEvent.StepRestarted.class, name = "step_restarted"),
    @JsonSubTypes.Type(value = RunEvent.ReasoningStarted.class, name = "reasoning_started"),
    @JsonSubTypes.Type(value = RunEvent.ReasoningStepped.class, name = "reasoning_step"),
    @JsonSubTypes.Type(value = RunEvent.ReasoningCompleted.class, name = "reasoning_completed"),
    @JsonSubTypes.Type(value = RunEvent.PreHookStarted.class, name = "pre_hook_started"),
    @JsonSubTypes.Type(value = RunEvent.PreHookCompleted.class, name = "pre_hook_completed"),
    @JsonSubTypes.Type(value = RunEvent.ModelRequestStarted.class, name = "model_request_started"),
    @JsonSubTypes.Type(value = RunEvent.Content.class, name = "content"),
    @JsonSubTypes.Type(value = RunEvent.ModelRequestCompleted.class, name = "model_request_completed"),
    @JsonSubTypes.Type(value = RunEvent.ToolCallStarted.class, name = "tool_call_started"),
    @JsonSubTypes.Type(value = RunEvent.ToolCallCompleted.class, name = "tool_call_completed"),
    @JsonSubTypes.Type(value = RunEvent.ToolCallFailed.class, name = "tool_call_failed"),
    @JsonSubTypes.Type(value = RunEvent.ContentCompleted.class, name = "content_completed"),
    @JsonSubTypes.Type(value = RunEvent.Paused.class, name = "paused"),
    @JsonSubTypes.Type(value = RunEvent.Completed.class, name = "completed"),
    @JsonSubTypes.Type(value = RunEvent.Failed.class, name = "failed"),
    @JsonSubTypes.Type(value = RunEvent.Cancelled.class, name = "cancelled"),
})
public sealed interface RunEvent {
    long at();

    /** Whether the run is over with this event. */
    default boolean terminal() {
        return this instanceof Completed || this instanceof Failed || this instanceof Cancelled;
    }

    /** Whether a stream ends with this event, for as long as nobody lets the run go on. */
    default boolean endsStream() {
        return terminal() || this instanceof Paused;
    }

    /** The run has begun. {@code provider} is the vendor's name in events, for example {@code OpenAI}. */
    record Started(long at, String model, String provider) implements RunEvent {}

    /** A person has decided on every call that the run was paused for, and it goes on. */
    record Continued(long at) implements RunEvent {}

    /**
     * The run was taken over from a process that is gone: the step in which it was cut is done again.
     *
     * @param content what of the answer stands; what was streamed beyond it is void
     */
    record StepRestarted(long at, String content) implements RunEvent {}

    /** A model begins to think in steps before it answers; what steps an interrupted one had taken is void. */
    record ReasoningStarted(long at) implements RunEvent {}

    /** @param content the steps so far, in Markdown */
    record ReasoningStepped(long at, ReasoningStep step, String content) implements RunEvent {}

    /** @param steps those that stand */
    record ReasoningCompleted(long at, List<ReasoningStep> steps) implements RunEvent {}

    /** A check of the user's message has begun. {@code input} is the message as the model would be shown it. */
    record PreHookStarted(long at, String hook, String input) implements RunEvent {}

    record PreHookCompleted(long at, String hook, String input) implements RunEvent {}

    record ModelRequestStarted(long at, String model, String provider) implements RunEvent {}

    /**
     * A piece of the answer.
     *
     * @param responseId the vendor's id of the answer that it belongs to, may be null
     */
    record Content(long at, String text, String reasoning, String responseId) implements RunEvent {}

    /** @param timeToFirstToken seconds from the start of this model call, null when no token came */
    record ModelRequestCompleted(long at, String model, String provider, Usage usage, Double timeToFirstToken)
            implements RunEvent {}

    record ToolCallStarted(long at, ToolExecution tool) implements RunEvent {}

    /** The call has ended, well or not; a failed one is followed by {@link ToolCallFailed}. */
    record ToolCallCompleted(long at, ToolExecution tool) implements RunEvent {}

    record ToolCallFailed(long at, ToolExecution tool) implements RunEvent {}

    /** The model has said everything. */
    record ContentCompleted(long at) implements RunEvent {}

    /**
     * The run waits for a person.
     *
     * @param content what the model has said so far or, when it said nothing, a fixed sentence
     * @param tools   every execution of the run, the waiting ones included
     */
    record Paused(long at, String content, List<ToolExecution> tools, List<Requested> requirements)
            implements RunEvent {}

    /** One call that waits for a person. {@code createdAt} is in epoch milliseconds. */
    record Requested(UUID id, long createdAt, ToolExecution tool) {}

    /**
     * @param content   the whole answer, of all model turns
     * @param reasoning what the models that answered showed of their reasoning
     * @param reasoned  what was thought in steps before, null when nothing was
     * @param references what its tools found in documents, in the shape of {@code ToolResult}; null for nothing
     */
    record Completed(
            long at,
            String content,
            String reasoning,
            String responseId,
            JsonNode sessionState,
            RunMetrics metrics,
            Reasoned reasoned,
            @JsonInclude(JsonInclude.Include.NON_NULL) JsonNode references)
            implements RunEvent {}

    /** @param code machine-readable, for example {@code model_rate_limited}; {@code message} is fit for clients */
    record Failed(long at, String code, String message) implements RunEvent {}

    record Cancelled(long at, String reason) implements RunEvent {}
}
