package dev.agentsgateway.run;

import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.ModelRequest.ToolDefinition;
import java.util.List;

/**
 * How many tokens something is, roughly and rather too many: four ASCII characters make one, any other character is one.
 * No text is more tokens than it has characters, which is what {@link #most} says without reading it.
 */
final class TokenEstimate {
    private static final int PER_MESSAGE = 4;
    private static final int PER_CALL = 16;

    /** What vendors charge for one large picture, or for a page or two. */
    private static final int MEDIA = 1_600;

    private static final int DOCUMENT_BYTES_PER_TOKEN = 200;

    /** More than nearly all tools are, for a bound that must not be computed from schemas. */
    static final int MOST_PER_TOOL = 2_000;

    private TokenEstimate() {}

    static long of(String text) {
        if (text == null) {
            return 0;
        }
        int others = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 128) {
                others++;
            }
        }
        return others + (text.length() - others + 3) / 4;
    }

    static long of(List<ToolDefinition> tools) {
        long sum = 0;
        for (ToolDefinition tool : tools) {
            sum += PER_CALL + of(tool.name()) + of(tool.description());
            sum += tool.parameters() == null ? 0 : of(tool.parameters().toString());
        }
        return sum;
    }

    static long of(Message message) {
        return sum(message, TokenEstimate::of);
    }

    /** A bound that costs nothing. */
    static long most(Message message) {
        return sum(message, TokenEstimate::length);
    }

    static long length(String text) {
        return text == null ? 0 : text.length();
    }

    private interface Measure {
        long of(String text);
    }

    private static long sum(Message message, Measure measure) {
        long sum = PER_MESSAGE;
        switch (message) {
            case Message.User user -> {
                for (Message.Part part : user.parts()) {
                    sum += switch (part) {
                        case Message.Part.Text text -> measure.of(text.text());
                        case Message.Part.Media media -> media(media);
                    };
                }
            }
            case Message.Assistant turn -> {
                sum += measure.of(turn.text()) + measure.of(turn.reasoning());
                for (Message.ToolCall call : turn.toolCalls()) {
                    sum += PER_CALL + measure.of(call.name()) + measure.of(call.arguments());
                }
            }
            case Message.Tool tool -> sum += PER_CALL + measure.of(tool.content());
        }
        return sum;
    }

    private static long media(Message.Part.Media media) {
        return media.mimeType().startsWith("image/")
                ? MEDIA
                : Math.max(MEDIA, media.data().length / DOCUMENT_BYTES_PER_TOKEN);
    }
}
