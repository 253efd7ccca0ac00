package dev.agentsgateway.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gateway chat}: says something to an agent and prints what it answers, as it comes. */
@Command(
        name = "chat",
        description = {
            "Says something to an agent and prints the answer as it comes.",
            "Talks to the gateway at --url; when none answers there, starts one in the background first."
        },
        mixinStandardHelpOptions = true,
        versionProvider = CommandLineInterface.Version.class)
final class ChatCommand implements Callable<Integer> {
    private static final int MAX_ERROR_LINES = 100;
    private static final String STDIN = "-";

    @Parameters(
            arity = "1..2",
            paramLabel = "[AGENT] MESSAGE",
            description =
                    "The agent's id (AGENT_ID, else demo-assistant) and what to say; - reads it from standard input.")
    private List<String> words;

    @Option(
            names = "--url",
            description =
                    "Where the gateway is (AGENT_SERVER_URL, else the one of DATA_DIR, else http://127.0.0.1:PORT).")
    private String url;

    @Option(
            names = "--key",
            description =
                    "The API key (API_KEY, else the one kept in DATA_DIR). Other users of the machine can see it here.")
    private String key;

    @Option(names = "--session", description = "The conversation to go on with (SESSION_ID, else cli).")
    private String session;

    @Option(names = "--user", description = "Who is speaking (USER_ID, else me).")
    private String user;

    @Option(names = "--model", description = "The model to ask (CHAT_MODEL, else the agent's).")
    private String model;

    private final PrintStream out =
            new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    private final PrintStream err =
            new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);

    @Override
    public Integer call() throws Exception {
        Map<String, String> variables = Environment.load();
        Config.Parsed parsed = Config.parse(variables);
        if (!parsed.problems().isEmpty()) {
            throw new StartupException(parsed.problems());
        }
        Config config = parsed.config();
        String given = given(url, variables.get("AGENT_SERVER_URL"));
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build()) {
            URI server = server(client, config, given);
            if (server == null) {
                return 1;
            }
            String secret = given(
                    key,
                    variables.get("API_KEY"),
                    PrivateFile.read(config.dataDir().resolve(Credentials.API_KEY))
                            .orElse(null));
            return chat(client, server, secret, variables);
        }
    }

    /** @return null, with the reason told, when there is none */
    private URI server(HttpClient client, Config config, String given)
            throws IOException, InterruptedException, StartupException {
        if (given != null) {
            URI server = address(given);
            if (answers(client, server)) {
                return server;
            }
            err.println("No gateway answers at " + given);
            return null;
        }
        if (answers(client, local(config))
                || new BackgroundServer(config.dataDir()).start(err, () -> answers(client, local(config)))) {
            return local(config);
        }
        return null;
    }

    private static URI address(String url) throws StartupException {
        try {
            URI address = URI.create(url.replaceAll("/+$", ""));
            if (address.getHost() != null && List.of("http", "https").contains(address.getScheme())) {
                return address;
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw new StartupException(
                List.of("--url, AGENT_SERVER_URL: must be an http or https URL, but is '" + url + "'"));
    }

    /** What the process of this data directory says of itself, else what the configuration would make of one. */
    private static URI local(Config config) {
        try {
            return URI.create(RunningServer.find(config.dataDir())
                    .map(RunningServer::url)
                    .orElse("http://127.0.0.1:" + config.http().port()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String given(String... candidates) {
        return Stream.of(candidates)
                .filter(candidate -> candidate != null && !candidate.isBlank())
                .findFirst()
                .orElse(null);
    }

    private static boolean answers(HttpClient client, URI server) {
        if (server.getPort() == 0) {
            return false;
        }
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(server + "/status"))
                    .timeout(Duration.ofSeconds(3))
                    .build();
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 && answer.body().contains("agents-gateway");
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private int chat(HttpClient client, URI server, String secret, Map<String, String> variables)
            throws IOException, InterruptedException {
        String agent = words.size() == 2 ? words.getFirst() : given(variables.get("AGENT_ID"), "demo-assistant");
        String message = words.getLast().equals(STDIN)
                ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip()
                : words.getLast();
        ObjectNode body = Json.object()
                .put("message", message)
                .put("stream", true)
                .put("user_id", given(user, variables.get("USER_ID"), "me"))
                .put("session_id", given(session, variables.get("SESSION_ID"), "cli"))
                .put("timezone", ZoneId.systemDefault().getId())
                .put("locale", Locale.getDefault().toLanguageTag());
        String asked = given(model, variables.get("CHAT_MODEL"));
        if (asked != null) {
            body.put("model", asked);
        }
        String path =
                "/v2/agents/" + URLEncoder.encode(agent, StandardCharsets.UTF_8).replace("+", "%20") + "/chat";
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
        if (secret != null) {
            request.header("X-API-Key", secret);
        }
        HttpResponse<Stream<String>> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofLines());
        try (Stream<String> lines = answer.body()) {
            if (answer.statusCode() != 200) {
                err.println("The gateway answered " + answer.statusCode() + ": "
                        + detail(String.join("\n", lines.limit(MAX_ERROR_LINES).toList())));
                return 1;
            }
            return print(lines) ? 0 : 1;
        } catch (UncheckedIOException e) {
            out.println();
            out.flush();
            err.println("The answer was cut off: " + e.getCause().getMessage());
            return 1;
        }
    }

    private static String detail(String body) {
        try {
            JsonNode detail = Json.read(body).path("detail");
            return detail.isTextual() ? detail.textValue() : body;
        } catch (IllegalArgumentException e) {
            return body;
        }
    }

    /** @return whether the run completed, or nobody reads on */
    private boolean print(Stream<String> lines) {
        String failure = "The gateway ended the answer without saying how the run ended";
        for (String line : (Iterable<String>) lines::iterator) {
            if (!line.startsWith("data: ")) {
                continue;
            }
            JsonNode event = Json.read(line.substring("data: ".length()));
            switch (event.path("event").asText()) {
                case "RunContent" -> out.print(event.path("content").asText());
                case "ToolCallStarted" -> out.print(tool(event));
                case "RunCompleted" -> failure = null;
                case "RunError" ->
                    failure = "The run failed: " + event.path("content").asText() + " ("
                            + event.path("error_id").asText() + ")";
                default -> {}
            }
            // As with head: whoever reads has seen enough.
            if (out.checkError()) {
                return true;
            }
        }
        out.println();
        out.flush();
        if (failure != null) {
            err.println(failure);
        }
        return failure == null;
    }

    private static String tool(JsonNode event) {
        JsonNode tool = event.path("tools").path(0);
        return "[" + tool.path("tool_name").asText() + " " + tool.path("tool_args") + "]\n";
    }
}
