package dev.agentsgateway.tool;

/** Something that a model may call. Thread-safe: calls of one turn run in parallel. */
public interface Tool {
    ToolSpec spec();

    /**
     * Under which name clients may call it directly, outside a run, like {@code CalendarToolkit}; null when only models
     * may call it.
     */
    default String toolkit() {
        return null;
    }

    /**
     * Executes one call. Blocking is fine: every call has a virtual thread of its own, which is interrupted when the
     * run is cancelled or the call takes too long.
     *
     * @throws ToolException to tell the model what was wrong, in words that are fit for it and for the client; any
     *     other exception becomes a fixed sentence and is logged
     */
    ToolResult execute(ToolInput input) throws Exception;
}
