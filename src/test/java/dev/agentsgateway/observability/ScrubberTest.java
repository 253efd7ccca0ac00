package dev.agentsgateway.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScrubberTest {
    private final Scrubber scrubber = new Scrubber();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "key agw_CANARYcanaryCANARYcanaryCANARYcanaryCANARYc12 is wrong",
                "OpenAI said: Incorrect API key provided: sk-proj-CANARYcanaryCANARY",
                "sk-ant-api03-CANARYcanaryCANARY_-x",
                "https://host/v1beta/models?key=AIzaCANARYcanaryCANARYcanaryCANARYcanary",
                "Authorization: Bearer CANARY",
                "authorization: Basic CANARYo=",
                "{\"Authorization\":\"Bearer CANARY\"}",
                "{\\\"x-api-key\\\": \\\"CANARY\\\"}",
                "headers={authorization=[Bearer CANARY], accept=[*/*]}",
                "X-API-Key: CANARY",
                "x-goog-api-key=CANARY",
                "x-admin-secret : CANARY",
                "got bearer CANARYCANARY here",
                "GET /callback?code=1&access_token=CANARY&x=2",
                "jdbc:postgresql://db/x?user=a&password=CANARY",
                "postgresql://app:CANARY@db:5432/x",
                "token eyJhbGciOiJIUzI1NiJ9.eyJDQU5BUlkiOjF9CANARY.CANARY",
                "client_secret=\"CANARY\"",
                "ya29.CANARYcanaryCANARYcanary",
                "https://host/x?token=CANARY&page=2",
                "Cookie: session=CANARY; other=CANARY",
                "ghp_CANARYcanaryCANARYcanary",
            })
    void hidesWhatLooksLikeACredential(String text) {
        assertThat(scrubber.scrub(text)).contains("***").doesNotContainIgnoringCase("canary");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /v2/agents/{agent_id}/runs 200 12.3 ms",
                "task-force-management-of-everything is no key",
                "The agent asks 3 questions: a key is missing, the token count is 7",
                "run 018f2f0e-7a7c-7c11-8a3b-0d2f6f1f9a11 completed",
                "https://example.org/a/b?page=2&limit=10",
                "agw_ is the prefix",
                "cache miss, key=42 token=7",
                "",
            })
    void leavesOrdinaryTextAlone(String text) {
        assertThat(scrubber.scrub(text)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"plain-secret", "'p@ss word&more'", "'quo\"ted\\back'", "long-plain-secret-tail"})
    void hidesRegisteredSecretsInEveryEncoding(String secret) {
        scrubber.register("plain-secret");
        scrubber.register(secret);

        String text = "a " + secret + " b "
                + java.net.URLEncoder.encode(secret, java.nio.charset.StandardCharsets.UTF_8) + " c "
                + dev.agentsgateway.common.Json.write(secret);
        assertThat(scrubber.scrub(text)).isEqualTo("a *** b *** c \"***\"");
    }

    @Test
    void ignoresSecretsThatWouldBlankOutOrdinaryWords() {
        scrubber.register(null);
        scrubber.register("   ");
        scrubber.register("the");
        assertThat(scrubber.scrub("the cat")).isEqualTo("the cat");
        assertThat(scrubber.scrub(null)).isNull();
    }

    @Test
    void keepsABoundedNumber() {
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 4_000; i++) {
                        scrubber.register("secret-number-" + i);
                    }
                })
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void longHostileTextTakesLinearTime() {
        String text = "authorization" + " ".repeat(30_000) + "://" + "a".repeat(30_000) + "=".repeat(10_000);
        long start = System.nanoTime();
        scrubber.scrub(text);
        assertThat(System.nanoTime() - start).isLessThan(2_000_000_000L);
    }
}
