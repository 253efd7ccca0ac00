package dev.agentsgateway.approval.notify;

import dev.agentsgateway.approval.Approvals;
import dev.agentsgateway.approval.JobIds;
import dev.agentsgateway.approval.VisibleText;
import dev.agentsgateway.run.Requirement;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The message that people read in a chat. Whatever its parts are, it stays below the shortest limit of the vendors (2,000
 * characters, Discord), so that the link is never cut off.
 */
final class MessageText {
    static final int LONGEST_PUBLIC_URL = 300;

    private static final int NAME = 80;
    private static final int ARGUMENTS = 300;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private MessageText() {}

    /** A chat's way of writing. */
    interface Markup {
        /** Makes a text of somebody else's harmless. */
        String escape(String text);

        String bold(String escaped);

        /** @param raw not escaped */
        String block(String raw);

        /** How the link is written, which is one of ours. */
        String link(String url);
    }

    static String of(Notice notice, Markup markup) {
        Requirement call = notice.requirement();
        StringBuilder text = new StringBuilder(markup.bold("Approval required")).append('\n');
        line(text, markup, "Tool", call.toolName());
        line(text, markup, call.isAgents() ? "Agent" : "Team", call.ownerName());
        line(text, markup, "User", call.userId());
        if (call.tenantId() != null) {
            line(text, markup, "Tenant", call.tenantId());
        }
        line(text, markup, "Risk", Approvals.RISK);
        line(text, markup, "Reason", Approvals.REASON);
        text.append(markup.block(VisibleText.cut(VisibleText.json(call.arguments()), ARGUMENTS)));
        line(text, markup, "Expires", TIME.format(call.expiresAt()));
        String link = markup.link(notice.link());
        text.append(link).append(link.isEmpty() ? "" : "\n");
        return text.append(markup.escape("Job " + VisibleText.line(JobIds.of(call), 2 * NAME)))
                .toString();
    }

    private static void line(StringBuilder text, Markup markup, String term, String value) {
        text.append(term)
                .append(": ")
                .append(markup.escape(VisibleText.line(value, NAME)))
                .append('\n');
    }

    /** Keeps what stands in a fenced block from ending it. */
    static String fenced(String raw) {
        return "```\n" + raw.replace("```", "` ` `") + "\n```\n";
    }
}
