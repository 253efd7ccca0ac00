package dev.agentsgateway.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** One entry of a conversation, independent of any vendor. The system prompt is not a message. */
public sealed interface Message {

    /** What the user says: text and attachments, in the order in which they were given. */
    record User(List<Part> parts) implements Message {
        public User {
            parts = List.copyOf(parts);
        }

        public static User of(String text) {
            return new User(List.of(new Part.Text(text)));
        }
    }

    /**
     * What the model said.
     *
     * @param text      the answer, empty when the model only called tools
     * @param reasoning visible reasoning, empty when there was none
     * @param toolCalls the calls that it asked for, in its order
     * @param providerState what the vendor needs back verbatim in the next request (signatures of thoughts and the
     *     like); null when nothing. Only the adapter of the same provider reads it.
     */
    record Assistant(String text, String reasoning, List<ToolCall> toolCalls, ProviderState providerState)
            implements Message {
        public Assistant {
            toolCalls = List.copyOf(toolCalls);
        }

        public static Assistant of(String text) {
            return new Assistant(text, "", List.of(), null);
        }
    }

    /**
     * The result of one tool call.
     *
     * @param error      tells the model that the call failed
     * @param references what was found in documents, for those who read the run's end and not for the model; null for none
     */
    record Tool(String callId, String name, String content, boolean error, JsonNode references) implements Message {
        public Tool(String callId, String name, String content, boolean error) {
            this(callId, name, content, error, null);
        }
    }

    /**
     * A call that the model asks for.
     *
     * @param arguments the JSON text as the model wrote it, possibly malformed, empty for none
     */
    record ToolCall(String id, String name, String arguments) {}

    /** Opaque data of one provider, kept with the message that it belongs to. */
    record ProviderState(String provider, JsonNode data) {}

    /** A piece of a user message. */
    sealed interface Part {
        record Text(String text) implements Part {}

        /** An image ({@code image/*}) or document ({@code application/pdf}) with its bytes. */
        record Media(String mimeType, byte[] data) implements Part {}
    }
}
