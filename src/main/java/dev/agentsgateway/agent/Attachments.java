package dev.agentsgateway.agent;

import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.model.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads the attachments of a chat; what a model could not be shown is refused with its place and reason. */
final class Attachments {
    private static final int MOST = 20;
    private static final int MOST_BYTES = 20 << 20;
    private static final Set<String> TYPES =
            Set.of("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf");

    private Attachments() {}

    static List<Message.Part.Media> read(List<ChatRequest.Attachment> given) {
        if (given == null) {
            return List.of();
        }
        if (given.size() > MOST) {
            throw HttpException.invalidValue(
                    List.of("body", "images"), "at most " + MOST + " attachments are allowed", null);
        }
        List<Message.Part.Media> media = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < given.size(); i++) {
            String content = given.get(i).content();
            byte[] data = decode(content, i);
            bytes += data.length;
            if (bytes > MOST_BYTES) {
                throw HttpException.invalidValue(
                        List.of("body", "images", i, "content"),
                        "attachments may have at most " + MOST_BYTES + " bytes together",
                        null);
            }
            media.add(new Message.Part.Media(type(given.get(i).mimeType(), content, data, i), data));
        }
        return media;
    }

    private static byte[] decode(String content, int index) {
        String text = content;
        if (text.startsWith("data:")) {
            text = text.substring(text.indexOf(',') + 1);
        }
        try {
            byte[] data = Base64.getDecoder().decode(padded(text.replaceAll("\\s", "")));
            if (data.length > 0) {
                return data;
            }
        } catch (IllegalArgumentException e) {
            // Answered below, like an empty content.
        }
        throw HttpException.invalidValue(
                List.of("body", "images", index, "content"),
                "content must be non-empty base64",
                content.length() > 64 ? content.substring(0, 64) + "…" : content);
    }

    private static String padded(String text) {
        String standard = text.replace('-', '+').replace('_', '/');
        return standard + "=".repeat((4 - standard.length() % 4) % 4);
    }

    private static String type(String declared, String content, byte[] data, int index) {
        String type = bare(declared);
        if (type.isEmpty() && content.startsWith("data:")) {
            type = bare(content.substring("data:".length(), content.indexOf(',')));
        }
        if (type.equals("image/jpg")) {
            type = "image/jpeg";
        }
        if (type.isEmpty()) {
            type = sniffed(data);
        }
        if (!TYPES.contains(type)) {
            throw HttpException.invalidValue(
                    List.of("body", "images", index, "mime_type"),
                    "unsupported type; send one of "
                            + String.join(", ", TYPES.stream().sorted().toList()),
                    declared);
        }
        return type;
    }

    /** A media type without its parameters. */
    private static String bare(String type) {
        int parameters = type.indexOf(';');
        return (parameters < 0 ? type : type.substring(0, parameters)).strip().toLowerCase(Locale.ROOT);
    }

    /** The type by the first bytes, empty when they are none of ours. */
    private static String sniffed(byte[] data) {
        String head = new String(data, 0, Math.min(16, data.length), StandardCharsets.ISO_8859_1);
        if (head.startsWith("\u0089PNG")) {
            return "image/png";
        }
        if (head.startsWith("\u00FF\u00D8\u00FF")) {
            return "image/jpeg";
        }
        if (head.startsWith("GIF8")) {
            return "image/gif";
        }
        if (head.startsWith("RIFF") && head.startsWith("WEBP", 8)) {
            return "image/webp";
        }
        return head.startsWith("%PDF-") ? "application/pdf" : "";
    }
}
