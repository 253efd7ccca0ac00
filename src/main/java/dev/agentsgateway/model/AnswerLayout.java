package dev.agentsgateway.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.util.ArrayList;
import java.util.List;

/**
 * The order in which an answer's texts and calls came, with what the vendor wants back at each place: signatures, and
 * blocks that are replayed verbatim (thoughts). It is what the adapters of Anthropic and Gemini keep in
 * {@link Message.ProviderState}. Texts and arguments are not kept a second time, only their lengths and numbers.
 */
public final class AnswerLayout {
    private final ArrayNode pieces = Json.MAPPER.createArrayNode();
    private boolean needed;

    /** A place in a past answer. */
    public sealed interface Piece {
        /** @param signature null for none */
        record Text(String text, String signature) implements Piece {}

        /**
         * @param vendorId  the id that the vendor gave, null when it gave none
         * @param signature null for none
         */
        record Call(Message.ToolCall call, String vendorId, String signature) implements Piece {}

        record Block(JsonNode block) implements Piece {}
    }

    /** So many characters of the answer's text; unsigned neighbours are joined. */
    public void text(int chars, String signature) {
        JsonNode last = pieces.path(pieces.size() - 1);
        if (signature == null && last.has("text") && !last.has("signature")) {
            ((ObjectNode) last).put("text", last.get("text").intValue() + chars);
            return;
        }
        sign(pieces.addObject().put("text", chars), signature);
    }

    /** The answer's call of this number. */
    public void call(int index, String vendorId, String signature) {
        ObjectNode piece = pieces.addObject().put("call", index);
        if (vendorId != null) {
            piece.put("id", vendorId);
            needed = true;
        }
        sign(piece, signature);
    }

    public void block(JsonNode verbatim) {
        pieces.addObject().set("block", verbatim);
        needed = true;
    }

    /** For {@link ModelEvent.State}; null when nothing has to be sent back. */
    public JsonNode state() {
        return needed ? pieces : null;
    }

    private void sign(ObjectNode piece, String signature) {
        if (signature != null) {
            piece.put("signature", signature);
            needed = true;
        }
    }

    /**
     * A past answer in its order. Without a layout of this provider, or with one that does not fit the message (its text
     * was changed since), blocks come first, then the text, then the calls.
     */
    public static List<Piece> of(Message.Assistant message, String provider) {
        Message.ProviderState state = message.providerState();
        JsonNode layout = state != null && state.provider().equals(provider) ? state.data() : Json.object();
        List<Piece> inOrder = fits(layout, message) ? inOrder(layout, message) : List.of();
        return inOrder.isEmpty() ? plain(layout, message) : inOrder;
    }

    private static boolean fits(JsonNode layout, Message.Assistant message) {
        int chars = 0;
        int calls = 0;
        for (JsonNode piece : layout) {
            chars += piece.path("text").asInt();
            if (piece.has("call") && piece.get("call").asInt() != calls++) {
                return false;
            }
        }
        return chars == message.text().length() && calls == message.toolCalls().size();
    }

    private static List<Piece> inOrder(JsonNode layout, Message.Assistant message) {
        List<Piece> result = new ArrayList<>();
        int at = 0;
        for (JsonNode piece : layout) {
            if (piece.has("text")) {
                int end = at + piece.get("text").asInt();
                result.add(new Piece.Text(message.text().substring(at, end), signature(piece)));
                at = end;
            } else if (piece.has("call")) {
                result.add(call(message.toolCalls().get(piece.get("call").asInt()), piece));
            } else {
                result.add(new Piece.Block(piece.path("block")));
            }
        }
        return result;
    }

    private static List<Piece> plain(JsonNode layout, Message.Assistant message) {
        List<Piece> result = new ArrayList<>();
        for (JsonNode piece : layout) {
            if (piece.has("block")) {
                result.add(new Piece.Block(piece.get("block")));
            }
        }
        if (!message.text().isEmpty()) {
            result.add(new Piece.Text(message.text(), null));
        }
        for (int i = 0; i < message.toolCalls().size(); i++) {
            JsonNode signed = Json.object();
            for (JsonNode piece : layout) {
                signed = piece.path("call").asInt(-1) == i ? piece : signed;
            }
            result.add(call(message.toolCalls().get(i), signed));
        }
        return result;
    }

    private static Piece call(Message.ToolCall call, JsonNode piece) {
        return new Piece.Call(call, piece.path("id").textValue(), signature(piece));
    }

    private static String signature(JsonNode piece) {
        return piece.path("signature").textValue();
    }
}
