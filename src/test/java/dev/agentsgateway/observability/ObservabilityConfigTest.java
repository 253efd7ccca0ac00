package dev.agentsgateway.observability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.observability.ObservabilityConfig.Backend;
import dev.agentsgateway.observability.ObservabilityConfig.LogBackend;
import dev.agentsgateway.observability.ObservabilityConfig.Protocol;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.event.Level;

class ObservabilityConfigTest {
    @Test
    void nothingIsSet() {
        ObservabilityConfig config = config();
        assertThat(config.service().name()).isEqualTo("agents-gateway");
        assertThat(config.service().version()).isEqualTo("1.0.0");
        assertThat(config.service().environment()).isEqualTo("development");
        assertThat(config.tracing()).isEqualTo(Backend.NONE);
        assertThat(config.sampleRate()).isEqualTo(1.0);
        assertThat(config.logBackends()).containsExactly(LogBackend.CONSOLE);
        assertThat(config.logLevel()).isEqualTo(Level.INFO);
        assertThat(config.jsonLogs()).isFalse();
        assertThat(config.accessLog()).isTrue();
        assertThat(config.otlp().endpoint()).hasToString("http://localhost:4317");
        assertThat(config.otlp().protocol()).isEqualTo(Protocol.GRPC);
        assertThat(config.warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "none, NONE, 0",
        "console, CONSOLE, 0",
        "OTLP, OTLP, 0",
        "jaeger, OTLP, 0",
        "zipkin, CONSOLE, 1",
        "sentry, NONE, 1"
    })
    void backendsByWord(String word, Backend backend, int warnings) {
        ObservabilityConfig config = config("OTEL_TRACING_BACKEND", word);
        assertThat(config.tracing()).isEqualTo(backend);
        assertThat(config.warnings()).hasSize(warnings);
    }

    @Test
    void anEndpointOrADsnIsEnoughToTrace() {
        assertThat(config("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317").tracing())
                .isEqualTo(Backend.OTLP);
        assertThat(config("SENTRY_DSN", "https://k@o1.ingest.sentry.io/7").tracing())
                .isEqualTo(Backend.SENTRY);
        assertThat(config("SENTRY_DSN", "nonsense").tracing()).isEqualTo(Backend.NONE);
        assertThat(config("SENTRY_DSN", "nonsense").warnings()).hasSize(1);
    }

    @Test
    void tracingCanBeTurnedOff() {
        String endpoint = "http://c:4317";
        assertThat(config("OTLP_ENDPOINT", endpoint, "TRACING_ENABLED", "no").tracing())
                .isEqualTo(Backend.NONE);
        assertThat(config("OTLP_ENDPOINT", endpoint, "OTEL_SDK_DISABLED", "true")
                        .tracing())
                .isEqualTo(Backend.NONE);
        assertThat(config("OTLP_ENDPOINT", endpoint, "TRACING_ENABLED", "maybe").tracing())
                .isEqualTo(Backend.OTLP);
    }

    @ParameterizedTest
    @CsvSource({
        "collector:4317, true, http://collector:4317",
        "collector:4317, false, https://collector:4317",
        "http://collector:4317, false, http://collector:4317",
        "https://collector:4317, true, https://collector:4317",
        "::nonsense::, false, http://localhost:4317",
    })
    void aSchemeGoesBeforeInsecure(String endpoint, String insecure, String result) {
        assertThat(config("OTEL_OTLP_ENDPOINT", endpoint, "OTEL_OTLP_INSECURE", insecure)
                        .otlp()
                        .endpoint())
                .hasToString(result);
    }

    @Test
    void ourNamesGoBeforeTheOthers() {
        ObservabilityConfig config = config(
                "OTEL_OTLP_ENDPOINT",
                "http://first",
                "OTLP_ENDPOINT",
                "http://second",
                "OTEL_OTLP_HEADERS",
                "a=1,b=x%3Dy+z",
                "OTEL_EXPORTER_OTLP_HEADERS",
                "c=3",
                "OTEL_SERVICE_NAME",
                " ",
                "SERVICE_NAME",
                "gate",
                "OTEL_LOG_LEVEL",
                "warning",
                "LOG_LEVEL",
                "DEBUG");
        assertThat(config.otlp().endpoint()).hasToString("http://first");
        assertThat(config.otlp().headers()).isEqualTo(Map.of("a", "1", "b", "x=y+z"));
        assertThat(config.service().name()).isEqualTo("gate");
        assertThat(config.logLevel()).isEqualTo(Level.WARN);
    }

    @ParameterizedTest
    @CsvSource({"0.25, 0.25, 0", "7, 1.0, 0", "-1, 0.0, 0", "half, 1.0, 1", "NaN, 1.0, 1"})
    void theSampleRateIsClamped(String word, double rate, int warnings) {
        ObservabilityConfig config = config("OTEL_TRACING_SAMPLE_RATE", word);
        assertThat(config.sampleRate()).isEqualTo(rate);
        assertThat(config.warnings()).hasSize(warnings);
    }

    @Test
    void sentryHasARateOfItsOwn() {
        String dsn = "https://k@host/7";
        assertThat(config("SENTRY_DSN", dsn, "SENTRY_TRACES_SAMPLE_RATE", "0.5").sampleRate())
                .isEqualTo(0.5);
        assertThat(config("OTLP_ENDPOINT", "http://c", "SENTRY_TRACES_SAMPLE_RATE", "0.5")
                        .sampleRate())
                .isEqualTo(1.0);
    }

    @Test
    void logBackends() {
        assertThat(config("OTEL_LOGGING_BACKEND", "otlp, console,syslog").logBackends())
                .containsExactlyInAnyOrder(LogBackend.OTLP, LogBackend.CONSOLE);
        assertThat(config("LOGGING_BACKENDS", "[\"otlp\"]").logBackends()).containsExactly(LogBackend.OTLP);
        assertThat(config("OTEL_LOGGING_BACKEND", "syslog").logBackends()).containsExactly(LogBackend.CONSOLE);
        ObservabilityConfig noToken = config("OTEL_LOGGING_BACKEND", "logtail");
        assertThat(noToken.logBackends()).containsExactly(LogBackend.CONSOLE);
        assertThat(noToken.warnings()).hasSize(1);
    }

    @Test
    void testingKeepsEverythingOffTheNetwork() {
        ObservabilityConfig config =
                config("TESTING", "true", "OTEL_LOGGING_BACKEND", "otlp", "OTEL_OTLP_ENDPOINT", "http://c:4317");
        assertThat(config.tracing()).isEqualTo(Backend.NONE);
        assertThat(config.logBackends()).containsExactly(LogBackend.CONSOLE);
    }

    @Test
    void secretsAreNotPrinted() {
        assertThat(config(
                                "OTEL_OTLP_HEADERS", "authorization=CANARY",
                                "BETTERSTACK_SOURCE_TOKEN", "CANARY",
                                "SENTRY_DSN", "https://CANARY@host/7",
                                "LOG_FORMAT", "CANARY",
                                "OTEL_TRACING_BACKEND", "CANARY")
                        .toString())
                .doesNotContain("CANARY");
    }

    private static ObservabilityConfig config(String... pairs) {
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            variables.put(pairs[i], pairs[i + 1]);
        }
        return ObservabilityConfig.from(variables::get);
    }
}
