package dev.agentsgateway.model;

import com.fasterxml.jackson.databind.JsonNode;

/** What a model answers, piece by piece and in the vendor's order. */
public sealed interface ModelEvent {

    /** The vendor's id of this answer, for example {@code chatcmpl-77}; comes at most once, before the first delta. */
    record ResponseId(String id) implements ModelEvent {}

    record TextDelta(String text) implements ModelEvent {}

    record ReasoningDelta(String text) implements ModelEvent {}

    /**
     * A piece of a tool call.
     *
     * @param index     which call of this answer, from 0
     * @param id        the call's id with its first piece, null later; adapters make one up when the vendor sends none
     * @param name      the tool with its first piece, null later
     * @param arguments the next piece of the arguments' JSON text, may be empty
     */
    record ToolCallDelta(int index, String id, String name, String arguments) implements ModelEvent {}

    /** What the vendor wants back in the next request with this answer. See {@link Message.ProviderState}. */
    record State(JsonNode data) implements ModelEvent {}

    /** Token counts of this answer; the last one counts. */
    record UsageReport(Usage usage) implements ModelEvent {}

    /** Why the model stopped; the last event of every complete answer. */
    record Stop(StopReason reason) implements ModelEvent {}

    enum StopReason {
        END,
        TOOL_CALLS,
        MAX_TOKENS,
        CONTENT_FILTER,
        OTHER
    }
}
