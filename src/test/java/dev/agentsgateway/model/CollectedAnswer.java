package dev.agentsgateway.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Everything that a stream says, put together. */
public record CollectedAnswer(
        String id,
        List<String> deltas,
        String reasoning,
        List<Message.ToolCall> calls,
        JsonNode state,
        Usage usage,
        ModelEvent.StopReason stop) {

    public static CollectedAnswer of(ChatModel model, ModelRequest request) {
        try (ModelStream stream = model.stream(request)) {
            return of(stream);
        }
    }

    public static CollectedAnswer of(ModelStream stream) {
        String id = null;
        List<String> deltas = new ArrayList<>();
        StringBuilder reasoning = new StringBuilder();
        List<Message.ToolCall> calls = new ArrayList<>();
        JsonNode state = null;
        Usage usage = null;
        ModelEvent.StopReason stop = null;
        for (ModelEvent event = stream.next(); event != null; event = stream.next()) {
            if (stop != null) {
                throw new AssertionError("an event after Stop: " + event);
            }
            switch (event) {
                case ModelEvent.ResponseId response -> id = response.id();
                case ModelEvent.TextDelta text -> deltas.add(text.text());
                case ModelEvent.ReasoningDelta delta -> reasoning.append(delta.text());
                case ModelEvent.ToolCallDelta delta -> add(calls, delta);
                case ModelEvent.State s -> state = s.data();
                case ModelEvent.UsageReport report -> usage = report.usage();
                case ModelEvent.Stop s -> stop = s.reason();
            }
        }
        return new CollectedAnswer(id, deltas, reasoning.toString(), calls, state, usage, stop);
    }

    private static void add(List<Message.ToolCall> calls, ModelEvent.ToolCallDelta delta) {
        if (delta.index() == calls.size()) {
            if (delta.id() == null || delta.name() == null) {
                throw new AssertionError("a first piece without id or name: " + delta);
            }
            calls.add(new Message.ToolCall(delta.id(), delta.name(), delta.arguments()));
            return;
        }
        if (delta.id() != null || delta.name() != null) {
            throw new AssertionError("a later piece with id or name: " + delta);
        }
        Message.ToolCall begun = calls.get(delta.index());
        calls.set(delta.index(), new Message.ToolCall(begun.id(), begun.name(), begun.arguments() + delta.arguments()));
    }

    public String text() {
        return String.join("", deltas);
    }

    /** As the next request's history has it. */
    public Message.Assistant message(String provider) {
        return new Message.Assistant(
                text(), reasoning, calls, state == null ? null : new Message.ProviderState(provider, state));
    }
}
