package dev.agentsgateway.observability;

import dev.agentsgateway.common.Json;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.slf4j.event.Level;

/**
 * What the environment says of logs, traces and metrics. Where two names are given, the first that is set and not blank
 * wins; a word that means nothing is answered by a line in {@link #warnings} and the default.
 *
 * <ul>
 *   <li>{@code OTEL_SERVICE_NAME} / {@code SERVICE_NAME} ({@code agents-gateway}), {@code OTEL_SERVICE_VERSION} /
 *       {@code SERVICE_VERSION} ({@code 1.0.0}), {@code OTEL_ENVIRONMENT} / {@code ENVIRONMENT} ({@code development}),
 *       {@code OTEL_RESOURCE_ATTRIBUTES}
 *   <li>{@code OTEL_TRACING_ENABLED} / {@code TRACING_ENABLED} (true); the standard {@code OTEL_SDK_DISABLED=true} also
 *       turns tracing off
 *   <li>{@code OTEL_TRACING_BACKEND} / {@code TRACING_BACKEND}: {@code none}, {@code console}, {@code otlp},
 *       {@code sentry}. Unset means {@code otlp} when an OTLP endpoint is set, else {@code sentry} when a DSN is set,
 *       else {@code none}: the reference prints every span to the console, which costs and tells nobody anything.
 *       {@code jaeger} means {@code otlp}, which Jaeger speaks; any other word means {@code console}, as in the reference
 *   <li>{@code OTEL_TRACING_SAMPLE_RATE} / {@code TRACING_SAMPLE_RATE} (1.0, clamped to 0..1); for Sentry
 *       {@code SENTRY_TRACES_SAMPLE_RATE} comes first
 *   <li>{@code OTEL_OTLP_ENDPOINT} / {@code OTLP_ENDPOINT} / {@code OTEL_EXPORTER_OTLP_ENDPOINT}; headers from the same
 *       three with {@code _HEADERS}, {@code key=value} pairs with percent-encoded values, or a JSON object;
 *       {@code OTEL_OTLP_INSECURE} / {@code OTLP_INSECURE} / {@code OTEL_EXPORTER_OTLP_INSECURE} (false) counts when the
 *       endpoint has no scheme; {@code OTEL_EXPORTER_OTLP_PROTOCOL}: {@code grpc} (default) or {@code http/protobuf}
 *   <li>{@code SENTRY_DSN}; {@code BETTERSTACK_SOURCE_TOKEN}, {@code BETTERSTACK_HOST}
 *   <li>{@code OTEL_LOGGING_BACKEND} / {@code LOGGING_BACKENDS}: comma list or JSON array of {@code console},
 *       {@code otlp}, {@code logtail}
 *   <li>{@code OTEL_LOG_LEVEL} / {@code LOG_LEVEL} (INFO), {@code LOG_LEVELS} ({@code logger=LEVEL} pairs, to hear a
 *       library), {@code LOG_FORMAT} ({@code text} or {@code json}), {@code ACCESS_LOG} (true)
 *   <li>{@code TESTING}: exactly {@code true} keeps everything off the network
 * </ul>
 *
 * @param dsn       null when spans do not go to Sentry
 * @param logLevel  null for no log at all
 * @param logLevels further levels by logger name
 */
public record ObservabilityConfig(
        Service service,
        Backend tracing,
        double sampleRate,
        Otlp otlp,
        URI dsn,
        Set<LogBackend> logBackends,
        Level logLevel,
        Map<String, Level> logLevels,
        boolean jsonLogs,
        boolean accessLog,
        Logtail logtail,
        List<String> warnings) {

    /** Who sends the telemetry. */
    public record Service(String name, String version, String environment, Map<String, String> attributes) {}

    /**
     * Better Stack.
     *
     * @param token null when none is set
     */
    public record Logtail(String token, URI endpoint) {
        @Override
        public String toString() {
            return "Better Stack " + endpoint;
        }
    }

    public enum Protocol {
        GRPC,
        HTTP_PROTOBUF
    }

    /**
     * Where telemetry is sent.
     *
     * @param endpoint for HTTP the base URL, to which {@code /v1/traces} and {@code /v1/logs} are added
     */
    public record Otlp(URI endpoint, Protocol protocol, Map<String, String> headers) {
        /** Headers are credentials. */
        @Override
        public String toString() {
            return protocol + " " + endpoint;
        }
    }

    public enum Backend {
        NONE,
        CONSOLE,
        OTLP,
        SENTRY
    }

    public enum LogBackend {
        CONSOLE,
        OTLP,
        LOGTAIL
    }

    /**
     * Reads the environment; never fails.
     *
     * @param variables looks one variable up, null when it is not set
     */
    public static ObservabilityConfig from(UnaryOperator<String> variables) {
        return new Reader(variables).read();
    }

    /** Reads one environment; collects what it did not understand. */
    private static final class Reader {
        private static final Set<String> YES = Set.of("1", "true", "yes", "on");
        private static final Set<String> NO = Set.of("0", "false", "no", "off");

        private final UnaryOperator<String> variables;
        private final List<String> warnings = new ArrayList<>();
        private final boolean testing;

        Reader(UnaryOperator<String> variables) {
            this.variables = variables;
            this.testing = "true".equals(variables.apply("TESTING"));
        }

        ObservabilityConfig read() {
            URI dsn = dsn();
            Backend tracing = backend(dsn);
            Otlp otlp = otlp();
            Logtail logtail = new Logtail(text(null, "BETTERSTACK_SOURCE_TOKEN"), logtailEndpoint());
            Set<LogBackend> backends = logBackends(logtail);
            return new ObservabilityConfig(
                    new Service(
                            text("agents-gateway", "OTEL_SERVICE_NAME", "SERVICE_NAME"),
                            text("1.0.0", "OTEL_SERVICE_VERSION", "SERVICE_VERSION"),
                            text("development", "OTEL_ENVIRONMENT", "ENVIRONMENT"),
                            pairs("OTEL_RESOURCE_ATTRIBUTES")),
                    tracing,
                    sampleRate(tracing),
                    otlp,
                    tracing == Backend.SENTRY ? dsn : null,
                    Set.copyOf(backends),
                    level(text("INFO", "OTEL_LOG_LEVEL", "LOG_LEVEL"), Level.INFO),
                    levels(),
                    json(),
                    flag(true, "ACCESS_LOG"),
                    logtail,
                    List.copyOf(warnings));
        }

        private Backend backend(URI dsn) {
            if (flag(false, "OTEL_SDK_DISABLED") || !flag(true, "OTEL_TRACING_ENABLED", "TRACING_ENABLED")) {
                return Backend.NONE;
            }
            String word = text("", "OTEL_TRACING_BACKEND", "TRACING_BACKEND").toLowerCase(Locale.ROOT);
            Backend backend = switch (word) {
                case "" -> endpoint() != null ? Backend.OTLP : dsn != null ? Backend.SENTRY : Backend.NONE;
                case "none" -> Backend.NONE;
                case "console" -> Backend.CONSOLE;
                case "otlp", "jaeger" -> Backend.OTLP;
                case "sentry" -> Backend.SENTRY;
                default -> {
                    warnings.add("OTEL_TRACING_BACKEND is not one of none, console, otlp, sentry: using console");
                    yield Backend.CONSOLE;
                }
            };
            if (backend == Backend.SENTRY && dsn == null) {
                warnings.add("Tracing to Sentry needs a SENTRY_DSN: tracing is off");
                return Backend.NONE;
            }
            return testing && backend != Backend.CONSOLE ? Backend.NONE : backend;
        }

        private double sampleRate(Backend tracing) {
            String word = tracing == Backend.SENTRY
                    ? text("1.0", "SENTRY_TRACES_SAMPLE_RATE", "OTEL_TRACING_SAMPLE_RATE", "TRACING_SAMPLE_RATE")
                    : text("1.0", "OTEL_TRACING_SAMPLE_RATE", "TRACING_SAMPLE_RATE");
            try {
                double rate = Double.parseDouble(word);
                if (!Double.isNaN(rate)) {
                    return Math.clamp(rate, 0.0, 1.0);
                }
            } catch (NumberFormatException e) {
                // answered below, together with NaN
            }
            warnings.add("The trace sample rate is not a number: using 1.0");
            return 1.0;
        }

        private String endpoint() {
            return text(null, "OTEL_OTLP_ENDPOINT", "OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT");
        }

        private Otlp otlp() {
            String word = text("grpc", "OTEL_EXPORTER_OTLP_PROTOCOL").toLowerCase(Locale.ROOT);
            Protocol protocol = switch (word) {
                case "grpc" -> Protocol.GRPC;
                case "http/protobuf" -> Protocol.HTTP_PROTOBUF;
                default -> {
                    warnings.add("OTEL_EXPORTER_OTLP_PROTOCOL is neither grpc nor http/protobuf: using "
                            + (word.startsWith("http") ? "http/protobuf" : "grpc"));
                    yield word.startsWith("http") ? Protocol.HTTP_PROTOBUF : Protocol.GRPC;
                }
            };
            boolean insecure = flag(false, "OTEL_OTLP_INSECURE", "OTLP_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE");
            String endpoint = endpoint();
            String local = "http://localhost:" + (protocol == Protocol.GRPC ? 4317 : 4318);
            URI uri = endpoint == null ? URI.create(local) : uri(endpoint, insecure ? "http" : "https");
            if (uri == null) {
                warnings.add("The OTLP endpoint is not a URL: using " + local);
                uri = URI.create(local);
            }
            return new Otlp(uri, protocol, pairs("OTEL_OTLP_HEADERS", "OTLP_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"));
        }

        private URI dsn() {
            String text = text(null, "SENTRY_DSN");
            URI dsn = text == null ? null : uri(text, "https");
            if (text != null
                    && (dsn == null
                            || dsn.getUserInfo() == null
                            || dsn.getPath().length() < 2)) {
                warnings.add("SENTRY_DSN is not of the form https://key@host/project: ignored");
                return null;
            }
            return dsn;
        }

        private URI logtailEndpoint() {
            URI endpoint = uri(text("in.logs.betterstack.com", "BETTERSTACK_HOST"), "https");
            if (endpoint == null) {
                warnings.add("BETTERSTACK_HOST is not a host: using in.logs.betterstack.com");
                return URI.create("https://in.logs.betterstack.com");
            }
            return endpoint;
        }

        private Set<LogBackend> logBackends(Logtail logtail) {
            Set<LogBackend> found = new LinkedHashSet<>();
            String words = text("console", "OTEL_LOGGING_BACKEND", "LOGGING_BACKENDS");
            for (String word : words.replaceAll("[\\[\\]\"]", "").split(",", -1)) {
                switch (word.strip().toLowerCase(Locale.ROOT)) {
                    case "console" -> found.add(LogBackend.CONSOLE);
                    case "otlp" -> found.add(LogBackend.OTLP);
                    case "logtail" -> found.add(LogBackend.LOGTAIL);
                    default -> warnings.add("OTEL_LOGGING_BACKEND knows console, otlp and logtail: a word is skipped");
                }
            }
            if (logtail.token() == null && found.remove(LogBackend.LOGTAIL)) {
                warnings.add("Logging to Better Stack needs a BETTERSTACK_SOURCE_TOKEN: skipped");
            }
            return testing || found.isEmpty() ? Set.of(LogBackend.CONSOLE) : found;
        }

        private boolean json() {
            String word = text("text", "LOG_FORMAT").toLowerCase(Locale.ROOT);
            if (!word.equals("text") && !word.equals("json")) {
                warnings.add("LOG_FORMAT is neither text nor json: using text");
            }
            return word.equals("json");
        }

        private Map<String, Level> levels() {
            Map<String, Level> levels = new LinkedHashMap<>();
            pairs("LOG_LEVELS").forEach((logger, word) -> levels.put(logger, level(word, Level.INFO)));
            return levels;
        }

        private Level level(String word, Level fallback) {
            return switch (word.toUpperCase(Locale.ROOT)) {
                case "TRACE", "ALL", "NOTSET" -> Level.TRACE;
                case "DEBUG" -> Level.DEBUG;
                case "INFO" -> Level.INFO;
                case "WARN", "WARNING" -> Level.WARN;
                case "ERROR", "CRITICAL", "FATAL" -> Level.ERROR;
                case "OFF", "NONE" -> null;
                default -> {
                    warnings.add("A log level is not one of TRACE, DEBUG, INFO, WARN, ERROR, OFF: using " + fallback);
                    yield fallback;
                }
            };
        }

        private String text(String fallback, String... names) {
            for (String name : names) {
                String value = variables.apply(name);
                if (value != null && !value.isBlank()) {
                    return value.strip();
                }
            }
            return fallback;
        }

        private boolean flag(boolean fallback, String... names) {
            String word = text("", names).toLowerCase(Locale.ROOT);
            return YES.contains(word) || (fallback && !NO.contains(word));
        }

        /** The format of the OpenTelemetry specification, "Configuration Options" of the OTLP exporter. */
        private Map<String, String> pairs(String... names) {
            String text = text("", names);
            Map<String, String> pairs = new LinkedHashMap<>();
            if (text.startsWith("{")) {
                try {
                    Json.read(text)
                            .properties()
                            .forEach(member ->
                                    pairs.put(member.getKey(), member.getValue().asText()));
                } catch (IllegalArgumentException e) {
                    warnings.add(names[0] + " is not a JSON object: ignored");
                }
                return pairs;
            }
            for (String pair : text.isEmpty() ? new String[0] : text.split(",", -1)) {
                int equals = pair.indexOf('=');
                if (equals < 1) {
                    warnings.add(names[0] + " holds something that is not key=value: skipped");
                } else {
                    pairs.put(
                            pair.substring(0, equals).strip(),
                            decoded(pair.substring(equals + 1).strip()));
                }
            }
            return pairs;
        }

        private static String decoded(String value) {
            try {
                // A plus sign stands for itself here, unlike in forms.
                return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                return value;
            }
        }

        private static URI uri(String text, String scheme) {
            try {
                URI uri = URI.create(text.contains("://") ? text : scheme + "://" + text);
                boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
                return http && uri.getHost() != null ? uri : null;
            } catch (IllegalArgumentException e) {
                return null;
            }
        }
    }
}
