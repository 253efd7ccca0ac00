package dev.agentsgateway.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.common.FileTree;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseSettings;
import dev.agentsgateway.db.TestDatabase;
import dev.agentsgateway.http.RequestObserver;
import dev.agentsgateway.observability.Metrics;
import dev.agentsgateway.observability.Observability;
import dev.agentsgateway.observability.Telemetry;
import dev.agentsgateway.tool.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A real gateway for tests: the wiring of production on a fresh database, with all three vendors played by one scripted
 * model server. It has an admin secret, {@value #ADMIN_SECRET}, and one API key without limits, which requests use
 * unless they say otherwise.
 *
 * <pre>{@code
 * try (TestGateway gateway = TestGateway.start()) {
 *     gateway.model().reply(Reply.text("Hi"));
 *     gateway.createAgent("a1", "You are kind.");
 *     Answer answer = gateway.chat("a1", "Hello", body -> body.put("stream", false));
 * }
 * }</pre>
 */
public final class TestGateway implements AutoCloseable {
    public static final String ADMIN_SECRET = "test-admin-secret";
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private final TestDatabase owned;
    private final DatabaseSettings settings;
    private final ScriptedModelServer model;
    private final Gateway gateway;
    private final String apiKey;
    private final Map<String, String> variables;
    private final Tool[] tools;
    private final Path dataDir;

    /** What the gateway answered. */
    public record Answer(int status, String body, HttpResponse<?> response) {
        public JsonNode json() {
            return Json.read(body);
        }

        public Optional<String> header(String name) {
            return response.headers().firstValue(name);
        }

        /** The data of all frames of a stream, in order. */
        public List<JsonNode> events() {
            List<JsonNode> events = new ArrayList<>();
            for (String line : body.split("\n")) {
                if (line.startsWith("data: ")) {
                    events.add(Json.read(line.substring("data: ".length())));
                }
            }
            return events;
        }

        public List<String> eventNames() {
            return events().stream().map(event -> event.path("event").asText()).toList();
        }
    }

    /** Changes the body of a request that has all required members. */
    public interface BodyChange {
        void apply(ObjectNode body);
    }

    private TestGateway(
            TestDatabase owned,
            DatabaseSettings settings,
            ScriptedModelServer model,
            Map<String, String> more,
            Observability observability,
            Tool... tools) {
        this.owned = owned;
        this.settings = settings;
        this.model = model;
        this.variables = more;
        this.tools = tools;
        this.dataDir = newDirectory();
        Map<String, String> variables = new HashMap<>();
        variables.put("HOST", "127.0.0.1");
        variables.put("PORT", "0");
        variables.put("DB_HOST", settings.host());
        variables.put("DB_PORT", Integer.toString(settings.port()));
        variables.put("DB_DATABASE", settings.database());
        variables.put("DB_USER", settings.user());
        variables.put("DB_PASS", settings.password());
        variables.put("ADMIN_SECRET", ADMIN_SECRET);
        variables.put("DATA_DIR", dataDir.toString());
        variables.put("OPENAI_BASE_URL", model.openAiBaseUrl());
        variables.put("ANTHROPIC_BASE_URL", model.anthropicBaseUrl());
        variables.put("GOOGLE_GEMINI_BASE_URL", model.geminiBaseUrl());
        for (String key : List.of("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY")) {
            variables.put(key, "test-provider-key");
        }
        variables.putAll(more);
        try {
            gateway = Gateway.start(Config.parse(variables), observability, List.of(tools));
        } catch (StartupException e) {
            throw new IllegalStateException(e);
        }
        apiKey = createKey("test key", body -> body.put("rate_limit", 0));
    }

    private static Path newDirectory() {
        try {
            Path directory = Files.createTempDirectory("test-gateway-");
            directory.toFile().deleteOnExit();
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the gateway keeps its files. */
    public Path dataDir() {
        return dataDir;
    }

    public static TestGateway start() {
        return start(Map.of());
    }

    /** With tools that every agent is offered. */
    public static TestGateway start(Map<String, String> variables, Tool... tools) {
        TestDatabase database = TestDatabase.create();
        return new TestGateway(database, database.settings(), ScriptedModelServer.start(), variables, quiet(), tools);
    }

    /** Watched by what the caller closes after this. */
    public static TestGateway start(Observability observability) {
        TestDatabase database = TestDatabase.create();
        return new TestGateway(database, database.settings(), ScriptedModelServer.start(), Map.of(), observability);
    }

    private static Observability quiet() {
        return new Observability(null, Telemetry.OFF, new Metrics("test", _ -> true), RequestObserver.NONE);
    }

    /** On a database that the caller drops, with a model server that this closes. */
    public static TestGateway startOn(DatabaseSettings settings, Map<String, String> variables) {
        return new TestGateway(null, settings, ScriptedModelServer.start(), variables, quiet());
    }

    /** Another replica on the same database, with the same model server; close it before this one. */
    public TestGateway replica() {
        return new TestGateway(null, settings, model, variables, quiet(), tools);
    }

    public ScriptedModelServer model() {
        return model;
    }

    /** The database of a gateway made by {@link #start()}, for looking at what was stored. */
    public Database database() {
        return owned.database();
    }

    public DatabaseSettings databaseSettings() {
        return settings;
    }

    public String url() {
        return "http://127.0.0.1:" + gateway.port();
    }

    public int port() {
        return gateway.port();
    }

    public String apiKey() {
        return apiKey;
    }

    /** Makes a further API key and returns its text. */
    public String createKey(String name, BodyChange change) {
        ObjectNode body = Json.object().put("name", name);
        change.apply(body);
        Answer answer = send("POST", "/admin/api-keys", body.toString(), Map.of("X-Admin-Secret", ADMIN_SECRET));
        if (answer.status() != 201) {
            throw new AssertionError("no key: " + answer.status() + " " + answer.body());
        }
        return answer.json().get("api_key").asText();
    }

    public Answer get(String path) {
        return send("GET", path, null, Map.of("X-API-Key", apiKey));
    }

    public Answer delete(String path) {
        return send("DELETE", path, null, Map.of("X-API-Key", apiKey));
    }

    public Answer post(String path, JsonNode body) {
        return send("POST", path, body.toString(), Map.of("X-API-Key", apiKey));
    }

    public Answer put(String path, JsonNode body) {
        return send("PUT", path, body.toString(), Map.of("X-API-Key", apiKey));
    }

    public Answer patch(String path, JsonNode body) {
        return send("PATCH", path, body.toString(), Map.of("X-API-Key", apiKey));
    }

    public Answer admin(String method, String path, JsonNode body) {
        return send(method, path, body == null ? null : body.toString(), Map.of("X-Admin-Secret", ADMIN_SECRET));
    }

    /** Any request; a body is sent as JSON unless the headers say otherwise. */
    public Answer send(String method, String path, String body, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + path))
                .timeout(Duration.ofSeconds(60))
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (body != null && !headers.containsKey("Content-Type")) {
            request.header("Content-Type", "application/json");
        }
        headers.forEach(request::header);
        try {
            HttpResponse<String> response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body(), response);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Makes an agent named like its id. */
    public void createAgent(String id, String template) {
        createAgent(id, template, _ -> {});
    }

    public void createAgent(String id, String template, BodyChange change) {
        ObjectNode body = Json.object().put("id", id).put("name", id).put("template", template);
        change.apply(body);
        Answer answer = post("/v2/agents", body);
        if (answer.status() != 201) {
            throw new AssertionError("no agent: " + answer.status() + " " + answer.body());
        }
    }

    /** Chats with an OpenAI model in session {@code s1} of user {@code u1}, streamed unless the change says otherwise. */
    public Answer chat(String agent, String message, BodyChange change) {
        return post("/v2/agents/" + agent + "/chat", chatBody(message, change));
    }

    public static ObjectNode chatBody(String message, BodyChange change) {
        ObjectNode body = Json.object()
                .put("message", message)
                .put("model", "gpt-5.4")
                .put("user_id", "u1")
                .put("session_id", "s1")
                .put("timezone", "UTC")
                .put("locale", "en");
        change.apply(body);
        return body;
    }

    @Override
    public void close() {
        gateway.close();
        if (owned != null) {
            model.close();
            owned.close();
        }
        try {
            FileTree.delete(dataDir);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
