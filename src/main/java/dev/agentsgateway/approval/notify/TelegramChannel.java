package dev.agentsgateway.approval.notify;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.net.URI;
import java.util.Map;

/**
 * Telegram's Bot API, {@code sendMessage}. The button is a link to the page: callback data is limited to 64 bytes, which a
 * job id does not fit into, and would need a bot that listens. Markup is HTML, which can be escaped reliably.
 */
final class TelegramChannel implements Channel {
    static final String NAME = "telegram";

    private final URI uri;
    private final String chatId;

    TelegramChannel(String baseUrl, String token, String chatId) {
        this.uri = URI.create(baseUrl + "/bot" + token + "/sendMessage");
        this.chatId = chatId;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Post post(Notice notice) {
        boolean button = isPublic(URI.create(notice.link()).getHost());
        ObjectNode body = Json.object()
                .put("chat_id", chatId)
                .put("text", MessageText.of(notice, new Html(button)))
                .put("parse_mode", "HTML");
        body.putObject("link_preview_options").put("is_disabled", true);
        if (button) {
            body.putObject("reply_markup")
                    .putArray("inline_keyboard")
                    .addArray()
                    .addObject()
                    .put("text", "Review and decide")
                    .put("url", notice.link());
        }
        return Post.of(uri, Map.of(), body);
    }

    /** Telegram refuses the whole message when a button leads to a host without a dot, such as localhost. */
    private static boolean isPublic(String host) {
        return host != null && (host.indexOf('.') > 0 || host.startsWith("["));
    }

    /** @param button whether a button carries the link */
    private record Html(boolean button) implements MessageText.Markup {
        @Override
        public String escape(String text) {
            return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        }

        @Override
        public String bold(String escaped) {
            return "<b>" + escaped + "</b>";
        }

        @Override
        public String block(String raw) {
            return "<pre>" + escape(raw) + "</pre>\n";
        }

        @Override
        public String link(String url) {
            return button ? "" : "Review and decide: " + escape(url);
        }
    }
}
