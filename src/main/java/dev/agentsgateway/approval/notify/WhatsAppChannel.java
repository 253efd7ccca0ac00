package dev.agentsgateway.approval.notify;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.net.URI;
import java.util.Map;

/** WhatsApp's Cloud API. Its text has no escapes, so the message has no markup. */
final class WhatsAppChannel implements Channel {
    static final String NAME = "whatsapp";

    private final URI uri;
    private final String accessToken;
    private final String recipient;

    WhatsAppChannel(String baseUrl, String phoneNumberId, String accessToken, String recipient) {
        this.uri = URI.create(baseUrl + "/" + phoneNumberId + "/messages");
        this.accessToken = accessToken;
        this.recipient = recipient;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Post post(Notice notice) {
        ObjectNode body = Json.object()
                .put("messaging_product", "whatsapp")
                .put("recipient_type", "individual")
                .put("to", recipient)
                .put("type", "text");
        body.putObject("text").put("preview_url", false).put("body", MessageText.of(notice, new Plain()));
        return Post.of(uri, Map.of("Authorization", "Bearer " + accessToken), body);
    }

    private record Plain() implements MessageText.Markup {
        @Override
        public String escape(String text) {
            return text;
        }

        @Override
        public String bold(String escaped) {
            return escaped;
        }

        @Override
        public String block(String raw) {
            return raw + "\n";
        }

        @Override
        public String link(String url) {
            return "Review and decide: " + url;
        }
    }
}
