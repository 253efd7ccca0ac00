package dev.agentsgateway.approval.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NotificationConfigTest {
    @Test
    void nothingIsConfiguredByDefault() {
        NotificationConfig config = NotificationConfig.of(Map.of("SLACK_WEBHOOK_URL", " "));
        assertThat(config.channels()).isEmpty();
        assertThat(config.publicUrl()).isNull();
        assertThat(config.linkSecret()).isNull();
        assertThat(config.problems()).isEmpty();
    }

    @Test
    void allChannelsInTheOrderOfTheList() {
        NotificationConfig config = NotificationConfig.of(Map.ofEntries(
                Map.entry("APPROVAL_WEBHOOK_URL", "http://10.0.0.1/hook"),
                Map.entry("TELEGRAM_BOT_TOKEN", "1:a"),
                Map.entry("TELEGRAM_CHAT_ID", "1"),
                Map.entry("SLACK_WEBHOOK_URL", "https://hooks.test/a-long-secret-path"),
                Map.entry("DISCORD_WEBHOOK_URL", "https://discord.test/x"),
                Map.entry("WHATSAPP_PHONE_NUMBER_ID", "1"),
                Map.entry("WHATSAPP_ACCESS_TOKEN", "t"),
                Map.entry("WHATSAPP_RECIPIENT", "+1"),
                Map.entry("PUBLIC_URL", "https://gateway.test/x//")));
        assertThat(config.problems()).isEmpty();
        assertThat(config.channels()).extracting(Channel::name).isEqualTo(Channel.NAMES);
        assertThat(config.publicUrl()).isEqualTo("https://gateway.test/x");
        assertThat(config.secrets())
                .contains("https://hooks.test/a-long-secret-path", "/a-long-secret-path", "1:a", "t");
        assertThat(config.toString()).doesNotContain("secret");
    }

    @ParameterizedTest
    @CsvSource({
        "APPROVAL_WEBHOOK_URL, ftp://user:hunter2@x.test/",
        "APPROVAL_WEBHOOK_URL, https://user:hunter2@x.test/",
        "SLACK_WEBHOOK_URL, hunter2",
        "DISCORD_WEBHOOK_URL, http://",
        "APPROVAL_WEBHOOK_SECRET, whsec_hunter2",
        "APPROVAL_WEBHOOK_HEADERS, hunter2",
        "APPROVAL_WEBHOOK_HEADERS, '{\"a b\":\"hunter2\"}'",
        "APPROVAL_WEBHOOK_HEADERS, '{\"a\":\"hunter2\\nx: y\"}'",
        "APPROVAL_WEBHOOK_HEADERS, '{\"a\":{\"b\":\"hunter2\"}}'",
        "APPROVAL_WEBHOOK_HEADERS, '[\"hunter2\"]'",
        "TELEGRAM_BOT_TOKEN, hunter2/../x",
        "TELEGRAM_BOT_TOKEN, 1:hunter2",
        "TELEGRAM_CHAT_ID, hunter2",
        "TELEGRAM_BASE_URL, hunter2",
        "WHATSAPP_ACCESS_TOKEN, hunter2",
        "WHATSAPP_PHONE_NUMBER_ID, hunter2/x",
        "WHATSAPP_RECIPIENT, hunter2",
        "APPROVAL_LINK_SECRET, hunter2",
        "PUBLIC_URL, hunter2",
        "PUBLIC_URL, https://x.test/?hunter2",
    })
    void tellsWhatIsWrongWithoutRepeatingIt(String name, String value) {
        NotificationConfig config = NotificationConfig.of(Map.of(name, value));
        assertThat(config.problems()).isNotEmpty().allMatch(problem -> problem.contains(name));
        assertThat(config.problems().toString()).doesNotContain("hunter2");
        assertThat(config.channels()).allMatch(channel -> channel instanceof WebhookChannel);
    }
}
