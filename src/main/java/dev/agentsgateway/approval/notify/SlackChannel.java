package dev.agentsgateway.approval.notify;

import dev.agentsgateway.common.Json;
import java.net.URI;
import java.util.Map;

/** A Slack incoming webhook. Text is mrkdwn, in which {@code &}, {@code <} and {@code >} are written as entities. */
record SlackChannel(URI uri) implements Channel {
    static final String NAME = "slack";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Post post(Notice notice) {
        return Post.of(
                uri,
                Map.of(),
                Json.object()
                        .put("text", MessageText.of(notice, new Mrkdwn()))
                        .put("unfurl_links", false)
                        .put("unfurl_media", false));
    }

    @Override
    public String toString() {
        return "SlackChannel[]";
    }

    private record Mrkdwn() implements MessageText.Markup {
        @Override
        public String escape(String text) {
            return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        }

        @Override
        public String bold(String escaped) {
            return "*" + escaped + "*";
        }

        @Override
        public String block(String raw) {
            return escape(MessageText.fenced(raw));
        }

        @Override
        public String link(String url) {
            return "<" + escape(url) + "|Review and decide>";
        }
    }
}
