package dev.agentsgateway.approval.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.approval.StoredCalls.Call;
import dev.agentsgateway.common.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What each receiver really gets, over HTTP. */
class ChannelsTest {
    private static final String EVIL = "<b>*_`@everyone`_*</b> [x](http://evil.test) & <!channel>\u202E\n";
    private static final String BASE = "https://gateway.example.org/base";
    private static final String LINK = "https://gateway\\.example\\.org/base/approvals/[A-Za-z0-9_-]{76}";

    private final Outbox outbox = new Outbox();
    private final Receiver receiver = new Receiver();

    @AfterEach
    void stop() {
        outbox.close();
        receiver.close();
    }

    private Receiver.Received sent(Call call, Map<String, String> variables) {
        Map<String, String> all = new HashMap<>(variables);
        all.putIfAbsent("PUBLIC_URL", BASE + "/");
        UUID id = outbox.pause(outbox.sender(all), call);
        outbox.awaitState(id, "sent");
        assertThat(receiver.requests).hasSize(1);
        Receiver.Received got = receiver.requests.getFirst();
        assertThat(got.method()).isEqualTo("POST");
        assertThat(got.headers().get("Content-Type")).startsWith("application/json");
        return got;
    }

    private static String link(String text) {
        Matcher link = Pattern.compile(LINK).matcher(text);
        assertThat(link.find()).as(text).isTrue();
        return link.group();
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void aWebhookGetsTheWholeNotificationSigned() throws Exception {
        byte[] key = "0123456789abcdefghijklmnopqrstuv".getBytes(StandardCharsets.US_ASCII);
        byte[] old = "vutsrqponmlkjihgfedcba9876543210".getBytes(StandardCharsets.US_ASCII);
        String secrets = "whsec_" + Base64.getEncoder().encodeToString(key) + " whsec_"
                + Base64.getEncoder().encodeToString(old);
        Receiver.Received got = sent(
                Call.of("call-9").tenant("t1").team("team-1"),
                Map.of(
                        "APPROVAL_WEBHOOK_URL",
                        receiver.url() + "/hooks/in?x=1",
                        "APPROVAL_WEBHOOK_SECRET",
                        secrets,
                        "APPROVAL_WEBHOOK_HEADERS",
                        "{\"X-Team\":\"blue\",\"webhook-id\":\"forged\"}"));
        assertThat(got.path()).isEqualTo("/hooks/in?x=1");
        assertThat(got.headers()).containsEntry("X-Team", "blue");
        assertThat(got.headers().get("webhook-id")).matches("msg_[0-9a-f]{32}");
        long timestamp = Long.parseLong(got.headers().get("webhook-timestamp"));
        assertThat(Instant.ofEpochSecond(timestamp)).isBetween(Instant.now().minusSeconds(20), Instant.now());
        List<String> expected = new ArrayList<>();
        for (byte[] each : List.of(key, old)) {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(each, "HmacSHA256"));
            String signed = got.headers().get("webhook-id") + "." + timestamp + "." + got.body();
            expected.add(
                    "v1," + Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8))));
        }
        assertThat(got.headers().get("webhook-signature")).isEqualTo(String.join(" ", expected));

        JsonNode body = got.json();
        String run = body.get("run_id").asText();
        assertThat(names(body))
                .contains(
                        "job_id",
                        "run_id",
                        "team_id",
                        "worker_name",
                        "tool_name",
                        "tool_args",
                        "risk_level",
                        "reason",
                        "timestamp",
                        "approve_url",
                        "deny_url");
        assertThat(body.get("type").asText()).isEqualTo("approval.requested");
        assertThat(body.get("job_id").asText()).isEqualTo(run + ":call-9");
        assertThat(body.get("team_id").asText()).isEqualTo("team-1");
        assertThat(body.get("agent_id").isNull()).isTrue();
        assertThat(body.get("worker_name").asText()).isEmpty();
        assertThat(body.get("tool_name").asText()).isEqualTo("delete_rows");
        assertThat(body.get("tool_args")).isEqualTo(Json.object().put("n", 3));
        assertThat(body.get("risk_level").asText()).isEqualTo("medium");
        assertThat(body.get("reason").asText()).isEqualTo("Tool requires human confirmation before execution");
        assertThat(body.get("timestamp").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{6})?");
        assertThat(body.get("tenant_id").asText()).isEqualTo("t1");
        assertThat(body.get("approve_url").asText()).matches(LINK + "\\?decision=approve");
        assertThat(body.get("deny_url").asText()).matches(LINK + "\\?decision=deny");
    }

    @Test
    void aWebhookWithoutASecretIsNotSigned() {
        Receiver.Received got = sent(Call.of("c"), Map.of("APPROVAL_WEBHOOK_URL", receiver.url()));
        assertThat(got.headers()).containsKey("webhook-id").doesNotContainKey("webhook-signature");
        assertThat(got.json().get("agent_id").asText()).isEqualTo("a1");
        assertThat(got.json().get("team_id").isNull()).isTrue();
    }

    /** Telegram reads the text as HTML, so it must stay well-formed whatever is in it. */
    @Test
    void telegramGetsHtmlAndAButtonThatIsALink() {
        Receiver.Received got = sent(
                Call.of("c").named(EVIL).tool("t", Json.object().put("k", EVIL)),
                Map.of(
                        "TELEGRAM_BASE_URL", receiver.url() + "/",
                        "TELEGRAM_BOT_TOKEN", "123:abc-DEF",
                        "TELEGRAM_CHAT_ID", "-1001"));
        assertThat(got.path()).isEqualTo("/bot123:abc-DEF/sendMessage");
        JsonNode body = got.json();
        assertThat(names(body))
                .containsExactly("chat_id", "text", "parse_mode", "link_preview_options", "reply_markup");
        assertThat(body.get("chat_id").asText()).isEqualTo("-1001");
        assertThat(body.get("parse_mode").asText()).isEqualTo("HTML");
        assertThat(body.at("/link_preview_options/is_disabled").asBoolean()).isTrue();
        JsonNode button = body.at("/reply_markup/inline_keyboard/0/0");
        assertThat(names(button)).containsExactly("text", "url");
        assertThat(button.get("url").asText()).matches(LINK);
        String text = body.get("text").asText();
        String markup = text.replace("<b>Approval required</b>", "")
                .replaceFirst("<pre>", "")
                .replaceFirst("</pre>", "");
        assertThat(markup)
                .doesNotContain("<", ">", "\u202E")
                .contains("&lt;b&gt;*_`@everyone`_*&lt;/b&gt;", "\\u202E\\u000A");
        assertThat(markup.replaceAll("&(amp|lt|gt);", "")).doesNotContain("&");
    }

    /** Telegram refuses buttons that lead to such a host. */
    @Test
    void telegramGetsTheLinkAsTextWhenTheHostIsLocal() {
        Receiver.Received got = sent(
                Call.of("c"),
                Map.of(
                        "TELEGRAM_BASE_URL", receiver.url(),
                        "TELEGRAM_BOT_TOKEN", "1:a",
                        "TELEGRAM_CHAT_ID", "@ops",
                        "PUBLIC_URL", "http://localhost:8000"));
        assertThat(got.json().has("reply_markup")).isFalse();
        assertThat(got.json().get("text").asText())
                .containsPattern("Review and decide: http://localhost:8000/approvals/[A-Za-z0-9_-]{76}\n");
    }

    @Test
    void slackGetsEscapedText() {
        Receiver.Received got = sent(
                Call.of("c").named(EVIL).tool("t", Json.object().put("k", "```" + EVIL)),
                Map.of("SLACK_WEBHOOK_URL", receiver.url() + "/services/T0/B0/secret"));
        assertThat(got.path()).isEqualTo("/services/T0/B0/secret");
        assertThat(names(got.json())).containsExactly("text", "unfurl_links", "unfurl_media");
        String text = got.json().get("text").asText();
        String link = link(text);
        assertThat(text).startsWith("*Approval required*\n").contains("<" + link + "|Review and decide>\n");
        assertThat(text.replace("<" + link + "|Review and decide>", ""))
                .doesNotContain("<", ">")
                .contains("&lt;!channel&gt;");
        assertThat(text.split("```", -1)).hasSize(3);
    }

    @Test
    void discordGetsEscapedMarkdownThatMentionsNobody() {
        Receiver.Received got = sent(
                Call.of("c").named(EVIL).tool("t", Json.object().put("k", "```" + EVIL)),
                Map.of("DISCORD_WEBHOOK_URL", receiver.url() + "/api/webhooks/1/secret"));
        assertThat(names(got.json())).containsExactly("content", "allowed_mentions");
        assertThat(got.json().get("allowed_mentions").toString()).isEqualTo("{\"parse\":[]}");
        String text = got.json().get("content").asText();
        assertThat(text)
                .startsWith("**Approval required**\n")
                .contains(
                        "Agent: \\<b\\>\\*\\_\\`\\@everyone\\`\\_\\*\\</b\\> \\[x\\]\\(http",
                        "decide: <" + link(text) + ">");
        assertThat(text.split("```", -1)).hasSize(3);
    }

    @Test
    void whatsAppGetsPlainText() {
        Receiver.Received got = sent(
                Call.of("c"),
                Map.of(
                        "WHATSAPP_BASE_URL", receiver.url() + "/v17.0",
                        "WHATSAPP_PHONE_NUMBER_ID", "555",
                        "WHATSAPP_ACCESS_TOKEN", "EAAtoken",
                        "WHATSAPP_RECIPIENT", "+4915100000"));
        assertThat(got.path()).isEqualTo("/v17.0/555/messages");
        assertThat(got.headers()).containsEntry("Authorization", "Bearer EAAtoken");
        ObjectNode body = (ObjectNode) got.json();
        String text = body.at("/text/body").asText();
        assertThat(text)
                .isEqualTo("Approval required\nTool: delete_rows\nAgent: Billing\nUser: u1\nRisk: medium\n"
                        + "Reason: Tool requires human confirmation before execution\n{\n  \"n\" : 3\n}\n"
                        + text.lines()
                                .filter(line -> line.startsWith("Expires: "))
                                .findFirst()
                                .orElseThrow()
                        + "\nReview and decide: " + link(text) + "\n"
                        + text.lines()
                                .filter(line -> line.startsWith("Job "))
                                .findFirst()
                                .orElseThrow());
        body.withObject("/text").remove("body");
        assertThat(body)
                .isEqualTo(Json.read("{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\","
                        + "\"to\":\"+4915100000\",\"type\":\"text\",\"text\":{\"preview_url\":false}}"));
    }

    @Test
    void theLongestMessageKeepsItsLinkWithinEveryVendorsLimit() {
        String specials = "*_`@<&>".repeat(200) + "😀".repeat(200);
        UUID run = outbox.calls.run(Call.of("c").named(specials).user(specials).tenant(specials));
        Call call = Call.of(specials).tool(specials, Json.object().put("k", specials));
        UUID id = outbox.calls.add(run, 2, call, Duration.ofHours(1));
        String publicUrl = "https://gateway.example.org/" + "p".repeat(270);
        Notifications notifications = outbox.sender(Map.of(
                "PUBLIC_URL",
                publicUrl,
                "SLACK_WEBHOOK_URL",
                receiver.url() + "/slack",
                "DISCORD_WEBHOOK_URL",
                receiver.url() + "/discord",
                "TELEGRAM_BASE_URL",
                receiver.url(),
                "TELEGRAM_BOT_TOKEN",
                "1:a",
                "TELEGRAM_CHAT_ID",
                "1"));
        outbox.announce(notifications, id);
        Outbox.await("three messages", () -> receiver.requests.size() == 3);
        for (Receiver.Received got : receiver.requests) {
            JsonNode body = got.json();
            String text = body.has("content")
                    ? body.get("content").asText()
                    : body.get("text").asText();
            assertThat(got.body()).contains(publicUrl + "/approvals/");
            assertThat(text).doesNotContain("\uFFFD");
            assertThat(text.length()).isLessThanOrEqualTo(body.has("content") ? 2_000 : 4_000);
        }
    }
}
