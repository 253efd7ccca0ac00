package dev.agentsgateway.app;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.approval.notify.NotificationConfig;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.DatabaseSettings;
import dev.agentsgateway.http.HttpConfig;
import dev.agentsgateway.knowledge.KnowledgeConfig;
import dev.agentsgateway.knowledge.embedding.EmbeddingConfig;
import dev.agentsgateway.prompt.PromptConfig;
import dev.agentsgateway.run.Limits;
import dev.agentsgateway.run.RunSettings;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Everything that the environment says, read once and checked as a whole. {@code docs/configuration.md} lists the
 * variables.
 *
 * @param database    null for the embedded one in {@code dataDir}
 * @param guardrails  for the agents that do not say
 * @param heartbeat   the longest silence of a stream
 * @param adminSecret null when none is set
 * @param variables   for parts that read their own
 */
public record Config(
        HttpConfig http,
        Path dataDir,
        DatabaseSettings database,
        int databaseConnections,
        boolean authDisabled,
        String adminSecret,
        String version,
        String defaultModel,
        Limits limits,
        boolean guardrails,
        RunSettings runs,
        Duration heartbeat,
        Duration drain,
        KnowledgeConfig knowledge,
        Map<String, String> variables) {

    private static final Set<String> ON = Set.of("true", "1", "yes", "on");
    private static final Set<String> OFF = Set.of("false", "0", "no", "off");

    /** A configuration, or what is wrong with it: one line for each problem. */
    public record Parsed(Config config, List<String> problems) {
        /** Whether one of the variables has a problem, so that its value is not what was meant. */
        boolean wrong(String... names) {
            return Stream.of(names)
                    .anyMatch(name -> problems.stream().anyMatch(problem -> problem.startsWith(name + ":")));
        }
    }

    /** Reads the variables; numbers, words and URLs that cannot be meant are problems. */
    public static Parsed parse(Map<String, String> variables) {
        Parser parser = new Parser(variables);
        boolean authDisabled = parser.flag("AUTH_DISABLED", false);
        String version = parser.text("VERSION", "1.0");
        HttpConfig.Limits limits = HttpConfig.Limits.DEFAULT;
        HttpConfig http = new HttpConfig(
                parser.text("HOST", authDisabled ? "127.0.0.1" : "0.0.0.0"),
                parser.number("PORT", 8000, 0, 65535),
                new HttpConfig.Limits(
                        parser.number("MAX_BODY_BYTES", limits.maxBody(), 1024, 1 << 30),
                        limits.maxHeaders(),
                        parser.number("MAX_CONNECTIONS", limits.maxConnections(), 1, 1_000_000),
                        limits.headerTimeout(),
                        parser.seconds("BODY_TIMEOUT_SECONDS", limits.bodyTimeout(), 1, 3600),
                        parser.seconds("WRITE_TIMEOUT_SECONDS", limits.writeTimeout(), 1, 3600),
                        limits.idleTimeout()),
                parser.origins("CORS_ORIGIN_LIST"),
                parser.flag("DOCS_ENABLED", true),
                parser.text("TITLE", "agents-gateway"),
                version);
        int connections = parser.number("DB_POOL_SIZE", 10, 4, 1000);
        Limits runLimits = Limits.DEFAULT;
        for (String url : List.of("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL")) {
            parser.checkUrl(url);
        }
        parser.problems.addAll(NotificationConfig.of(variables).problems());
        parser.problems.addAll(PromptConfig.of(variables).problems());
        Duration lease = parser.seconds("RUN_LEASE_SECONDS", RunSettings.DEFAULT.lease(), 3, 3600);
        KnowledgeConfig knowledge = KnowledgeConfig.of(variables, lease);
        parser.problems.addAll(knowledge.problems());
        parser.problems.addAll(EmbeddingConfig.of(variables).problems());
        Config config = new Config(
                http,
                parser.path("DATA_DIR", defaultDataDir(variables)),
                parser.database(connections),
                connections,
                authDisabled,
                parser.text("ADMIN_SECRET", null),
                version,
                parser.text("DEFAULT_MODEL", null),
                new Limits(
                        parser.number("RUN_MAX_MODEL_TURNS", runLimits.modelTurns(), 1, 10_000),
                        parser.seconds("RUN_TIMEOUT_SECONDS", runLimits.wallClock(), 1, 7 * 86_400),
                        parser.seconds("TOOL_TIMEOUT_SECONDS", runLimits.toolTimeout(), 1, 86_400),
                        parser.number("RUN_MAX_OUTPUT_CHARS", runLimits.outputChars(), 1, 100_000_000),
                        parser.number("TOOL_MAX_RESULT_CHARS", runLimits.resultChars(), 1, 100_000_000)),
                parser.flag("ENABLE_GUARDRAILS", false),
                new RunSettings(
                        parser.number("MAX_ACTIVE_RUNS", runsThatFit(), 1, 1_000_000),
                        parser.number("MAX_QUEUED_RUNS", RunSettings.DEFAULT.maxQueued(), 0, 100_000),
                        lease,
                        parser.seconds("RUN_EVENT_RETENTION", RunSettings.DEFAULT.eventRetention(), 60, 365 * 86_400),
                        parser.seconds(
                                "CONFIRMATION_TIMEOUT_SECONDS",
                                RunSettings.DEFAULT.confirmationValidity(),
                                1,
                                365 * 86_400),
                        parser.number("RUN_MAX_TAKEOVERS", RunSettings.DEFAULT.maxTakeovers(), 0, 1000),
                        parser.seconds("CLIENT_GRACE_SECONDS", RunSettings.DEFAULT.clientGrace(), 0, 86_400),
                        parser.seconds(
                                "IDEMPOTENCY_RETENTION_SECONDS", RunSettings.DEFAULT.keyRetention(), 1, 365 * 86_400)),
                parser.seconds("STREAM_HEARTBEAT_SECONDS", Duration.ofSeconds(10), 1, 15),
                parser.seconds("SHUTDOWN_TIMEOUT_SECONDS", Duration.ofSeconds(20), 0, 3600),
                knowledge,
                Map.copyOf(variables));
        return new Parsed(config, List.copyOf(parser.problems));
    }

    /** {@code data} beside {@code ./gateway}, wherever that is called from; without it, in the current directory. */
    private static Path defaultDataDir(Map<String, String> variables) {
        Path here = Path.of("data");
        String home = variables.get(Environment.HOME);
        if (home == null) {
            return here;
        }
        Path there = Path.of(home, "data").toAbsolutePath().normalize();
        return there.equals(here.toAbsolutePath()) ? here : there;
    }

    /** A streamed run takes some 170 KiB; more runs than the heap holds are better refused than served slowly. */
    private static int runsThatFit() {
        return (int) Math.clamp(Runtime.getRuntime().maxMemory() >> 18, 100, RunSettings.DEFAULT.maxActive());
    }

    private static final class Parser {
        private final Map<String, String> variables;
        private final List<String> problems = new ArrayList<>();

        Parser(Map<String, String> variables) {
            this.variables = variables;
        }

        String text(String name, String otherwise) {
            String value = variables.get(name);
            return value == null || value.isBlank() ? otherwise : value.strip();
        }

        private <T> T read(String name, T otherwise, String wanted, Function<String, T> parse) {
            String value = text(name, null);
            if (value == null) {
                return otherwise;
            }
            try {
                T parsed = parse.apply(value);
                if (parsed != null) {
                    return parsed;
                }
            } catch (IllegalArgumentException e) {
                // Told below.
            }
            // A URL's user information is a password.
            problems.add(name + ": must be " + wanted + ", but is '" + value.replaceAll("//[^/@]*@", "//***@") + "'");
            return otherwise;
        }

        int number(String name, int otherwise, int min, int max) {
            return read(name, otherwise, "a number from " + min + " to " + max, value -> {
                int number = Integer.parseInt(value);
                return number < min || number > max ? null : number;
            });
        }

        Duration seconds(String name, Duration otherwise, int min, int max) {
            return Duration.ofSeconds(number(name, (int) otherwise.toSeconds(), min, max));
        }

        boolean flag(String name, boolean otherwise) {
            return read(name, otherwise, "true or false", value -> {
                String word = value.toLowerCase(Locale.ROOT);
                return ON.contains(word) ? Boolean.TRUE : OFF.contains(word) ? Boolean.FALSE : null;
            });
        }

        Path path(String name, Path otherwise) {
            return read(name, otherwise, "a path", value -> {
                try {
                    return Path.of(value);
                } catch (InvalidPathException e) {
                    return null;
                }
            });
        }

        List<String> origins(String name) {
            return read(name, List.of(), "a JSON array of origins", value -> {
                JsonNode node = Json.read(value);
                List<String> origins = new ArrayList<>();
                node.forEach(origin -> origins.add(origin.textValue()));
                return node.isArray() && !origins.contains(null) ? origins : null;
            });
        }

        void checkUrl(String name) {
            read(name, "", "an http or https URL", value -> {
                URI url = URI.create(value);
                boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
                return web && url.getHost() != null ? value : null;
            });
        }

        /** Null for the embedded database, which is used when no variable says anything of another. */
        DatabaseSettings database(int connections) {
            if (Stream.of("DB_HOST", "DB_PORT", "DB_DATABASE", "DB_USER", "DB_PASS")
                    .allMatch(name -> text(name, null) == null)) {
                return null;
            }
            String host = text("DB_HOST", "127.0.0.1");
            int port = "None".equals(text("DB_PORT", null)) ? 5432 : number("DB_PORT", 5432, 1, 65535);
            return DatabaseSettings.of(
                            host.equals("None") ? "127.0.0.1" : host,
                            port,
                            text("DB_DATABASE", "postgres"),
                            text("DB_USER", "postgres"),
                            text("DB_PASS", ""))
                    .withMaxConnections(connections);
        }
    }
}
