package dev.agentsgateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestBodyTest {
    private static String reason(String body) {
        Binder.InvalidRequestException refused = catchThrowableOfType(
                Binder.InvalidRequestException.class,
                () -> RequestBody.parse(body.getBytes(StandardCharsets.UTF_8), "application/json"));
        return refused.problems().getFirst().ctx().path("error").asText();
    }

    @Test
    void saysInItsOwnWordsWhatIsWrong() {
        assertThat(reason("[".repeat(200) + "]".repeat(200))).isEqualTo("nested more than 100 levels deep");
        assertThat(reason("{\"a\":NaN}")).isEqualTo("NaN and Infinity are not JSON");
        assertThat(reason("[-Infinity]")).isEqualTo("NaN and Infinity are not JSON");
        assertThat(reason("{} {}")).isEqualTo("Extra data");
        assertThat(reason("{\"a\":1")).isEqualTo("Unexpected end-of-input: expected close marker for Object");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[INF]",
                "[+1]",
                "[01]",
                "[.5]",
                "[1.]",
                "{'a':1}",
                "{a:1}",
                "[1,]",
                "[,]",
                "/* a */ 1",
                "# a",
                "\"\\x\"",
                "\"a",
                "\"a\nb\"",
                "]",
                "[}",
                "truth",
                "{\"a\" 1}",
                "`",
                "[1e]",
                "{\"a\":",
                "[\"a\"",
                "1 2",
                "-",
                "{1:2}"
            })
    void namesNoInternals(String body) {
        assertThat(reason(body))
                .isNotBlank()
                .doesNotContain("Feature", "[Source", "ALLOW_", "REDACTED", "com.fasterxml");
    }
}
