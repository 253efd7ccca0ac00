package dev.agentsgateway.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
        mixinStandardHelpOptions = true)
final class ChatCommand implements Callable<Integer> {
    @Parameters(arity = "1..2", paramLabel = "[AGENT] MESSAGE", description = "The agent's id (demo-assistant) and what to say.")
    private List<String> words;

    @Option(names = "--url", description = "Where the gateway is (AGENT_SERVER_URL, else http://127.0.0.1:PORT).")
    private String url;

    @Option(names = "--key", description = "The API key (API_KEY, else the one kept in DATA_DIR).")
    private String key;

    @Option(names = "--session", description = "The conversation to go on with (SESSION_ID, else \"${DEFAULT-VALUE}\").", defaultValue = "cli")
    private String session;

    @Option(names = "--user", description = "Who is speaking (USER_ID, else \"${DEFAULT-VALUE}\").", defaultValue = "me")
    private String user;

    @Option(names = "--model", description = "The model to ask (CHAT_MODEL, else the agent's).")
    private String model;

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);

    @Override
    public Integer call() throws Exception {
        Map<String, String> variables = Environment.load(System.getenv(), Path.of(""));
        Config config = Config.parse(variables).config();
        String server = given(url, variables.get("AGENT_SERVER_URL"), "http://127.0.0.1:" + config.http().port());
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build()) {
            if (!answers(client, server)) {
                if (url != null || variables.get("AGENT_SERVER_URL") != null) {
                    err.println("No gateway answers at " + server);
                    return 1;
                }
                if (!new BackgroundServer(config).start(err, () -> answers(client, server))) {
                    return 1;
                }
            }
            String secret = given(
                    key,
                    variables.get("API_KEY"),
                    PrivateFile.read(config.dataDir().resolve(Credentials.API_KEY)).orElse(null));
            return chat(client, server, secret, variables);
        }
    }

    private static String given(String... candidates) {
        return Stream.of(candidates)
                .filter(candidate -> candidate != null && !candidate.isBlank())
                .findFirst()
                .orElse(null);
    }

    private static boolean answers(HttpClient client, String server) {
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

    private int chat(HttpClient client, String server, String secret, Map<String, String> variables)
            throws IOException, InterruptedException {
        String agent = words.size() == 2 ? words.getFirst() : given(variables.get("AGENT_ID"), "demo-assistant");
        ObjectNode body = Json.object()
                .put("message", words.getLast())
                .put("stream", true)
                .put("user_id", session(user, "me", variables.get("USER_ID")))
                .put("session_id", session(session, "cli", variables.get("SESSION_ID")))
                .put("timezone", ZoneId.systemDefault().getId())
                .put("locale", Locale.getDefault().toLanguageTag());
        String asked = given(model, variables.get("CHAT_MODEL"));
        if (asked != null) {
            body.put("model", asked);
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + "/v2/agents/" + agent + "/chat"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
        if (secret != null) {
            request.header("X-API-Key", secret);
        }
        HttpResponse<Stream<String>> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofLines());
        try (Stream<String> lines = answer.body()) {
            if (answer.statusCode() != 200) {
                err.println("The gateway answered " + answer.statusCode() + ": " + String.join("\n", lines.toList()));
                return 1;
            }
            return print(lines) ? 0 : 1;
        }
    }

    private static String session(String option, String unset, String variable) {
        return option.equals(unset) ? given(variable, option) : option;
    }

    /** @return whether the run completed */
    private boolean print(Stream<String> lines) {
        boolean[] completed = {false};
        lines.filter(line -> line.startsWith("data: ")).map(line -> Json.read(line.substring(6))).forEach(event -> {
            switch (event.path("event").asText()) {
                case "RunContent" -> out.print(event.path("content").asText());
                case "ToolCallStarted" -> out.print(tool(event));
                case "RunCompleted" -> completed[0] = true;
                case "RunError" -> err.print(
                        "\nThe run failed: " + event.path("content").asText() + " (" + event.path("error_id").asText() + ")");
                default -> {}
            }
            out.flush();
        });
        out.println();
        return completed[0];
    }

    private static String tool(JsonNode event) {
        JsonNode tool = event.path("tools").path(0);
        return "[" + tool.path("tool_name").asText() + " " + tool.path("tool_args") + "]\n";
    }
}
