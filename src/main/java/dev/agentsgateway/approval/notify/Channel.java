package dev.agentsgateway.approval.notify;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A way to reach people. Immutable. */
public sealed interface Channel permits WebhookChannel, TelegramChannel, SlackChannel, DiscordChannel, WhatsAppChannel {
    /** All there are, configured or not, in the reference's order. */
    List<String> NAMES = List.of(
            WebhookChannel.NAME, TelegramChannel.NAME, SlackChannel.NAME, DiscordChannel.NAME, WhatsAppChannel.NAME);

    String name();

    Post post(Notice notice);

    /** A POST of JSON. The address and the headers may hold credentials. */
    record Post(URI uri, Map<String, String> headers, byte[] body) {
        static Post of(URI uri, Map<String, String> headers, JsonNode body) {
            return new Post(uri, headers, body.toString().getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String toString() {
            return "Post[" + body.length + " bytes]";
        }
    }
}
