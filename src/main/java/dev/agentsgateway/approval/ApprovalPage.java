package dev.agentsgateway.approval;

import static dev.agentsgateway.approval.VisibleText.html;

import dev.agentsgateway.http.Answer;
import dev.agentsgateway.run.Requirement;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pages behind a link from a chat. No scripts; the one style sheet is in the page and named by its hash in the
 * Content-Security-Policy. Everything that a model or a user wrote is escaped. Immutable.
 */
final class ApprovalPage {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("d MMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);
    private static final Pattern HOLE = Pattern.compile("\\{\\{(\\w+)}}");
    private static final int NAME = 300;

    private final String template;
    private final Map<String, String> headers;

    ApprovalPage() {
        String style = resource("/approval/page.css");
        template = resource("/approval/page.html").replace("{{style}}", style);
        headers = Map.of(
                "content-security-policy",
                "default-src 'none'; style-src 'sha256-" + sha256(style)
                        + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                "x-frame-options",
                "DENY",
                "x-content-type-options",
                "nosniff",
                "referrer-policy",
                "no-referrer",
                "cache-control",
                "no-store",
                "x-robots-tag",
                "noindex, nofollow");
    }

    /** @param denyFirst whether the person came by the link that is meant to deny */
    Answer ask(Requirement call, Instant now, boolean denyFirst) {
        String approve = "<button name=\"decision\" value=\"approve\">Approve</button>\n";
        String deny = "<button name=\"decision\" value=\"deny\">Deny</button>\n";
        String form = """
                <form method="post">
                <label for="reason">Reason (optional)</label>
                <textarea id="reason" name="reason" maxlength="%d"></textarea>
                <div class="choice">
                %s</div>
                </form>
                """.formatted(ApprovalPageRoutes.LONGEST_REASON, denyFirst ? deny + approve : approve + deny);
        return page(
                200,
                "ask",
                "Waiting for you",
                question(call),
                """
                Nothing has happened yet. The tool runs once, with exactly these arguments, when you approve.""",
                details(call, "Expires", at(call.expiresAt()) + ", " + in(Duration.between(now, call.expiresAt())))
                        + form);
    }

    Answer decided(Requirement call, boolean approved) {
        return page(
                200,
                approved ? "done" : "refused",
                approved ? "Approved" : "Denied",
                approved ? "The call is approved" : "The call is denied",
                approved
                        ? "The run goes on as soon as none of its calls waits any more. You can close this page."
                        : "The tool does not run, and the agent is told so. You can close this page.",
                details(call, "Decided", at(call.decidedAt())));
    }

    Answer alreadyDecided(Requirement call) {
        boolean cancelled = call.decidedVia() == null;
        return page(
                409,
                "over",
                "Already decided",
                cancelled ? "The run has ended" : "This call was already " + call.decision(),
                cancelled
                        ? "The call was cancelled before anybody decided. There is nothing left to do."
                        : "The first decision counts; this click changed nothing.",
                details(call, "Decided", at(call.decidedAt())));
    }

    Answer expired(Requirement call) {
        return page(
                410,
                "over",
                "Expired",
                "It is too late to decide",
                "The call has expired and was not executed.",
                details(call, "Expired", at(call.expiresAt())));
    }

    /** Shows nothing of the call: a link that has expired opens nothing any more. */
    Answer linkExpired() {
        return page(
                410,
                "over",
                "Expired",
                "This link has expired",
                "It worked for as long as the call waited for a decision. Without one, the call was not executed.",
                "");
    }

    Answer unknown() {
        return page(
                404,
                "over",
                "Not found",
                "This link opens nothing",
                "It may be incomplete: copy it again from the message. The approval may also have been removed.",
                "");
    }

    Answer unavailable() {
        return page(
                503,
                "over",
                "Try again",
                "The gateway cannot look this up now",
                "Nothing was decided. Try again in a minute.",
                "");
    }

    private static String question(Requirement call) {
        return "Let " + name(call) + " run " + VisibleText.line(call.toolName(), NAME) + "?";
    }

    private static String name(Requirement call) {
        return VisibleText.line(call.ownerName(), NAME);
    }

    private static String details(Requirement call, String event, String time) {
        StringBuilder list = new StringBuilder("<dl>\n");
        entry(list, "Tool", "<code>" + html(VisibleText.line(call.toolName(), NAME)) + "</code>");
        entry(list, call.isAgents() ? "Agent" : "Team", html(name(call)));
        entry(list, "User", html(VisibleText.line(call.userId(), NAME)));
        if (call.tenantId() != null) {
            entry(list, "Tenant", html(VisibleText.line(call.tenantId(), NAME)));
        }
        entry(list, event, html(time));
        boolean edited = call.decidedArguments() != null && "approved".equals(call.decision());
        return list + "</dl>\n<h2>Arguments</h2>\n<pre>"
                + html(VisibleText.json(edited ? call.decidedArguments() : call.arguments())) + "</pre>\n";
    }

    private static void entry(StringBuilder list, String term, String value) {
        list.append("<dt>").append(term).append("</dt><dd>").append(value).append("</dd>\n");
    }

    static String at(Instant time) {
        return TIME.format(time);
    }

    private static String in(Duration left) {
        long minutes = Math.max(0, left.toMinutes());
        if (minutes < 2) {
            return "in less than two minutes";
        }
        if (minutes < 120) {
            return "in " + minutes + " minutes";
        }
        return minutes < 48 * 60 ? "in " + minutes / 60 + " hours" : "in " + minutes / (24 * 60) + " days";
    }

    private Answer page(int status, String kind, String badge, String title, String lead, String body) {
        Map<String, String> values = Map.of(
                "kind", kind, "badge", html(badge), "title", html(title), "lead", html(lead.strip()), "body", body);
        String text = HOLE.matcher(template).replaceAll(hole -> Matcher.quoteReplacement(values.get(hole.group(1))));
        return new Answer.Content(status, "text/html; charset=utf-8", text.getBytes(StandardCharsets.UTF_8), headers);
    }

    private static String sha256(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String resource(String name) {
        try (InputStream in = ApprovalPage.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
