package dev.agentsgateway.approval.notify;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.net.URI;
import java.util.Map;
import java.util.regex.Pattern;

/** A Discord webhook. Markdown is escaped, nobody is mentioned, and the link is not previewed. */
record DiscordChannel(URI uri) implements Channel {
    static final String NAME = "discord";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Post post(Notice notice) {
        ObjectNode body = Json.object().put("content", MessageText.of(notice, new Markdown()));
        body.putObject("allowed_mentions").putArray("parse");
        return Post.of(uri, Map.of(), body);
    }

    @Override
    public String toString() {
        return "DiscordChannel[]";
    }

    private record Markdown() implements MessageText.Markup {
        private static final Pattern SPECIAL = Pattern.compile("[\\\\*_~`|<>#\\[\\]()@]");

        @Override
        public String escape(String text) {
            return SPECIAL.matcher(text).replaceAll("\\\\$0");
        }

        @Override
        public String bold(String escaped) {
            return "**" + escaped + "**";
        }

        @Override
        public String block(String raw) {
            return MessageText.fenced(raw);
        }

        @Override
        public String link(String url) {
            return "Review and decide: <" + url + ">";
        }
    }
}
