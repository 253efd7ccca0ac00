package dev.agentsgateway.model.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.ModelEvent;
import dev.agentsgateway.model.ToolArguments;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Puts the pieces of streamed tool calls in order. OpenAI numbers them; imitations send whole calls without a number,
 * without an id, or all with number 0.
 */
final class OpenAiToolCalls {
    private static final int UNNUMBERED = -1;

    private final List<Slot> slots = new ArrayList<>();
    private int named;

    private static final class Slot {
        final int upstreamIndex;
        final String upstreamId;
        final StringBuilder held = new StringBuilder();
        /** Our number, from the moment that the call has a name; a call that never gets one is not a call. */
        int index = UNNUMBERED;

        Slot(int upstreamIndex, String upstreamId) {
            this.upstreamIndex = upstreamIndex;
            this.upstreamId = upstreamId;
        }
    }

    boolean isEmpty() {
        return named == 0;
    }

    void accept(JsonNode call, Consumer<ModelEvent> out) {
        JsonNode index = call.path("index");
        JsonNode id = call.path("id");
        acceptFunction(
                index.isInt() ? index.intValue() : UNNUMBERED,
                id.isTextual() && !id.textValue().isEmpty() ? id.textValue() : null,
                call.path("function"),
                out);
    }

    void acceptFunction(int upstreamIndex, String id, JsonNode function, Consumer<ModelEvent> out) {
        String name = function.path("name").asText("");
        String arguments = text(function.path("arguments"));
        Slot slot = find(upstreamIndex, id, !name.isEmpty());
        if (slot == null) {
            slot = new Slot(upstreamIndex, id);
            slots.add(slot);
        }
        if (slot.index != UNNUMBERED) {
            if (!arguments.isEmpty()) {
                out.accept(new ModelEvent.ToolCallDelta(slot.index, null, null, arguments));
            }
        } else if (name.isEmpty()) {
            slot.held.append(arguments);
        } else {
            slot.index = named++;
            String callId = slot.upstreamId != null ? slot.upstreamId : ToolArguments.newId();
            out.accept(new ModelEvent.ToolCallDelta(slot.index, callId, name, slot.held + arguments));
        }
    }

    private Slot find(int upstreamIndex, String id, boolean begins) {
        for (int i = slots.size() - 1; i >= 0; i--) {
            Slot slot = slots.get(i);
            boolean sameId = id == null || id.equals(slot.upstreamId);
            if (upstreamIndex == UNNUMBERED) {
                boolean continues = id != null ? sameId : !begins;
                if (continues) {
                    return slot;
                }
            } else if (slot.upstreamIndex == upstreamIndex && (sameId || slot.upstreamId == null && !begins)) {
                return slot; // the same number with another id is a new call
            }
        }
        return null;
    }

    private static String text(JsonNode arguments) {
        if (arguments.isTextual()) {
            return arguments.textValue();
        }
        return arguments.isObject() ? Json.write(arguments) : "";
    }
}
