package dev.agentsgateway.app;

import static dev.agentsgateway.app.GatewayProcess.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.DatabaseSettings;
import dev.agentsgateway.db.TestDatabase;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program as people start and stop it. The tests share one data directory and follow each other as in a gateway's
 * life: starting a process and making a database take seconds.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ProcessTest {
    @TempDir
    private static Path temporary;

    private static ScriptedModelServer model;
    private static Path directory;
    private static Path data;
    private static GatewayProcess gateway;
    private static String url;
    private static String shownSecret;
    private static String shownKey;

    @BeforeAll
    static void prepare() throws IOException {
        model = ScriptedModelServer.start();
        directory = Files.createDirectory(temporary.resolve("here it is"));
        data = directory.resolve("my data");
        Files.writeString(directory.resolve(".env"), "TITLE='From the file'\nPORT=1\n");
    }

    @AfterAll
    static void end() throws Exception {
        if (gateway != null) {
            gateway.close();
        }
        RunningServer.find(data).ifPresent(running -> running.process().destroyForcibly());
        model.close();
        // What kill -9 leaves behind.
        Path postmaster = data.resolve("postgres/postmaster.pid");
        if (Files.exists(postmaster)) {
            ProcessHandle.of(Long.parseLong(Files.readAllLines(postmaster).getFirst()))
                    .ifPresent(ProcessHandle::destroy);
            await(() -> !Files.exists(postmaster), null);
        }
    }

    private static Map<String, String> variables(String... more) {
        Map<String, String> variables = new HashMap<>(Map.of(
                "DATA_DIR", "my data",
                "HOST", "127.0.0.1",
                "PORT", "0",
                "OPENAI_BASE_URL", model.openAiBaseUrl(),
                "OPENAI_API_KEY", "sk-secret-of-the-provider"));
        for (int i = 0; i < more.length; i += 2) {
            variables.put(more[i], more[i + 1]);
        }
        return variables;
    }

    private static GatewayProcess chat(String key, String... arguments) {
        return GatewayProcess.start(directory, variables("API_KEY", key, "LC_ALL", "C"), arguments);
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static String match(String regex, String text) {
        return Pattern.compile(regex)
                .matcher(text)
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);
    }

    @Test
    @Order(1)
    void startsWithNothingAndShowsItsSecretsOnce() throws Exception {
        gateway = GatewayProcess.start(directory, variables(), "serve");
        url = gateway.awaitUrl(data);
        String banner = gateway.out()
                .lines()
                .takeWhile(line -> !line.contains(" INFO "))
                .reduce("", (a, b) -> a + b + "\n");
        assertThat(banner.lines().count()).isLessThanOrEqualTo(10);
        assertThat(banner).contains(url, "PostgreSQL 18", "OpenAI", "Vectors");
        shownSecret = match("Admin +(\\S+)", banner);
        shownKey = match("API key +(\\S+)", banner);
        assertThat(Files.readString(data.resolve("admin-secret")).strip()).isEqualTo(shownSecret);
        assertThat(Files.readString(data.resolve("api-key")).strip()).isEqualTo(shownKey);
        for (String file : List.of("admin-secret", "api-key", "gateway.pid")) {
            assertThat(mode(data.resolve(file))).as(file).isEqualTo("rw-------");
        }
        assertThat(mode(data)).isEqualTo("rwx------");
        assertThat(gateway.process().info().commandLine().orElse("")).doesNotContain("sk-secret");
    }

    @Test
    @Order(2)
    void printsACommandThatWorks() throws Exception {
        String command = match("Try +(curl .*)", gateway.out());
        Process curl = new ProcessBuilder("sh", "-c", command)
                .directory(directory.toFile())
                .start();
        String answer = new String(curl.getInputStream().readAllBytes());
        assertThat(curl.waitFor()).isZero();
        assertThat(answer).contains("\"RunCompleted\"", "Hello from the scripted model.");
    }

    @Test
    @Order(2)
    void readsADotEnvFileThatDoesNotOverrideTheEnvironment() {
        assertThat(Json.read(GatewayProcess.get(url + "/openapi.json").body())
                        .at("/info/title")
                        .asText())
                .isEqualTo("From the file");
    }

    @Test
    @Order(3)
    void chatsWithTheGatewayOfItsDataDirectory() {
        model.otherwise(request -> Reply.text("Grüße, ", "世界!"));
        try (GatewayProcess right = chat("", "chat", "Hallo");
                GatewayProcess wrongKey = chat("agw_wrong", "chat", "Hallo");
                GatewayProcess unknownAgent = chat("", "chat", "no such/agent", "Hallo");
                GatewayProcess nobody = chat("", "chat", "--url", "http://127.0.0.1:1", "Hallo");
                GatewayProcess wrongUse = chat("", "frobnicate")) {
            assertThat(right.awaitExit()).as(right.err()).isZero();
            assertThat(right.out()).isEqualTo("Grüße, 世界!\n");
            assertThat(right.err()).isEmpty();
            assertThat(wrongKey.awaitExit()).isEqualTo(1);
            assertThat(wrongKey.err()).contains("401").doesNotContain("agw_wrong", "\tat ");
            assertThat(unknownAgent.awaitExit()).isEqualTo(1);
            assertThat(unknownAgent.err()).contains("404").doesNotContain("\tat ");
            assertThat(nobody.awaitExit()).isEqualTo(1);
            assertThat(nobody.err()).isEqualTo("No gateway answers at http://127.0.0.1:1\n");
            assertThat(wrongUse.awaitExit()).isEqualTo(2);
            assertThat(wrongUse.err()).contains("frobnicate", "Usage: gateway");
        }
    }

    @Test
    @Order(4)
    void tellsAllProblemsAtOnce() throws IOException {
        try (ServerSocket taken = new ServerSocket(0);
                GatewayProcess inUse = GatewayProcess.start(
                        directory,
                        variables(
                                "HOST", "0.0.0.0",
                                "PORT", Integer.toString(taken.getLocalPort()),
                                "RUN_TIMEOUT_SECONDS", "soon",
                                "CORS_ORIGIN_LIST", "everybody",
                                "AUTH_DISABLED", "maybe",
                                "OPENAI_BASE_URL", "ftp://me:hidden@models"));
                GatewayProcess elsewhere = GatewayProcess.start(
                        directory,
                        variables("PORT", "eighty", "DB_HOST", "127.0.0.1", "DB_PORT", "1", "DB_PASS", "hidden"));
                GatewayProcess address = GatewayProcess.start(
                        directory,
                        variables(
                                "HOST",
                                "192.0.2.1",
                                "DATA_DIR",
                                directory.resolve(".env").toString()))) {
            assertThat(inUse.awaitExit()).isEqualTo(2);
            assertThat(inUse.err().lines())
                    .hasSize(6)
                    .anyMatch(line -> line.startsWith("PORT: cannot listen on 0.0.0.0:" + taken.getLocalPort()))
                    .anyMatch(line -> line.startsWith("RUN_TIMEOUT_SECONDS: ") && line.endsWith("'soon'"))
                    .anyMatch(line -> line.startsWith("CORS_ORIGIN_LIST: "))
                    .anyMatch(line -> line.startsWith("AUTH_DISABLED: "))
                    .anyMatch(line -> line.startsWith("OPENAI_BASE_URL: "))
                    .anyMatch(line -> line.startsWith("DATA_DIR: ") && line.contains("in use by another gateway"));
            assertThat(elsewhere.awaitExit()).isEqualTo(2);
            assertThat(elsewhere.err().lines())
                    .hasSize(2)
                    .anyMatch(line -> line.startsWith("PORT: "))
                    .anyMatch(line -> line.startsWith("DB_HOST, DB_PORT: the database at 127.0.0.1:1/postgres"));
            assertThat(address.awaitExit()).isEqualTo(2);
            assertThat(address.err().lines())
                    .hasSize(2)
                    .contains("HOST: 192.0.2.1 is not an address of this machine")
                    .anyMatch(line -> line.startsWith("DATA_DIR: ") && line.endsWith("is not a directory"));
            assertThat(inUse.err() + elsewhere.err() + inUse.out() + elsewhere.out())
                    .doesNotContain("hidden");
        }
        assertThat(GatewayProcess.get(url + "/health/ready").statusCode()).isEqualTo(200);
    }

    @Test
    @Order(5)
    void startsAgainAfterKill9WithItsDataAndWithoutShowingSecrets() {
        gateway.signal("KILL");
        gateway.awaitExit();
        gateway = GatewayProcess.start(directory, variables());
        url = gateway.awaitUrl(data);
        assertThat(gateway.out()).contains("Try ").doesNotContain(shownSecret, shownKey);
        assertThat(gateway.out()).doesNotContain("Admin  ", "API key  ");
        assertThat(GatewayProcess.get(url + "/version").statusCode()).isEqualTo(200);
    }

    @Test
    @Order(6)
    void sigtermLetsARunFinishAndRefusesNewRequests() throws Exception {
        int before = model.requests().size();
        model.reply(Reply.text("first").thenPause(Duration.ofSeconds(3)).thenText(" last"));
        CompletableFuture<HttpResponse<String>> running =
                GatewayProcess.CLIENT.sendAsync(chatRequest(url), HttpResponse.BodyHandlers.ofString());
        await(() -> model.requests().size() > before, gateway);
        gateway.signal("TERM");
        await(() -> gateway.out().contains("Stopping"), gateway);
        assertThat(GatewayProcess.get(url + "/health/ready").statusCode()).isEqualTo(503);
        assertThat(GatewayProcess.get(url + "/health/live").statusCode()).isEqualTo(503);
        HttpResponse<String> answer = running.get(20, TimeUnit.SECONDS);
        assertThat(answer.body()).contains("RunCompleted", "first last");
        long finished = System.nanoTime();
        assertThat(gateway.awaitExit()).isZero();
        assertThat(Duration.ofNanos(System.nanoTime() - finished)).isLessThan(Duration.ofSeconds(10));
        assertThat(gateway.err()).isEmpty();
        assertThat(data.resolve("postgres/postmaster.pid")).doesNotExist();
        assertThat(data.resolve("gateway.pid")).doesNotExist();
    }

    private static HttpRequest chatRequest(String url) {
        return HttpRequest.newBuilder(URI.create(url + "/v2/agents/demo-assistant/chat"))
                .header("X-API-Key", shownKey)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.object()
                        .put("message", "Hello")
                        .put("user_id", "me")
                        .put("session_id", "slow")
                        .put("timezone", "UTC")
                        .put("locale", "en")
                        .toString()))
                .build();
    }

    @Test
    @Order(7)
    void chatStartsAGatewayInTheBackgroundOnceAndStopStopsIt() throws Exception {
        try (GatewayProcess one = chat("", "chat", "Hallo");
                GatewayProcess two = chat("", "chat", "--session", "other", "Hallo")) {
            assertThat(one.awaitExit()).as(one.err()).isZero();
            assertThat(two.awaitExit()).as(two.err()).isZero();
            assertThat(one.out()).isEqualTo("Grüße, 世界!\n");
            assertThat(two.out()).isEqualTo("Grüße, 世界!\n");
            assertThat((one.err() + two.err()).lines().filter(line -> line.startsWith("Starting")))
                    .hasSize(1);
        }
        RunningServer running = RunningServer.find(data).orElseThrow();
        assertThat(mode(data.resolve("gateway.log"))).isEqualTo("rw-------");
        try (GatewayProcess stop = GatewayProcess.start(directory, variables(), "stop")) {
            assertThat(stop.awaitExit()).as(stop.err()).isZero();
        }
        assertThat(running.process().isAlive()).isFalse();
        assertThat(Files.readString(data.resolve("gateway.log")))
                .contains("Stopped")
                .doesNotContain(shownKey);
    }

    @Test
    @Order(8)
    void withoutAuthenticationListensOnLoopbackOnlyLogsOnlyJsonAndEndsRunsThatTakeTooLong() throws Exception {
        DatabaseSettings database = TestDatabase.createEmpty();
        Map<String, String> variables = variables(
                "DB_HOST",
                database.host(),
                "DB_PORT",
                Integer.toString(database.port()),
                "DB_DATABASE",
                database.database(),
                "DB_USER",
                database.user(),
                "DB_PASS",
                database.password(),
                "AUTH_DISABLED",
                "true",
                "SHUTDOWN_TIMEOUT_SECONDS",
                "1",
                "LOG_FORMAT",
                "json",
                "LOG_LEVEL",
                "DEBUG",
                "LOG_LEVELS",
                "io.helidon=DEBUG");
        variables.remove("HOST");
        try (GatewayProcess open = GatewayProcess.start(directory, variables)) {
            String address = open.awaitUrl(data);
            assertThat(GatewayProcess.get(address + "/v2/agents").statusCode()).isEqualTo(200);
            String port = String.format(":%04X", URI.create(address).getPort());
            String sockets = Files.readString(Path.of("/proc/net/tcp")) + Files.readString(Path.of("/proc/net/tcp6"));
            assertThat(sockets.lines().filter(line -> line.matches(".*" + port + " 0+:0000 0A .*")))
                    .hasSize(1)
                    .allMatch(line -> line.contains("0100007F" + port));
            int before = model.requests().size();
            model.reply(Reply.text("first").thenPause(Duration.ofSeconds(50)).thenText("never"));
            CompletableFuture<HttpResponse<String>> running =
                    GatewayProcess.CLIENT.sendAsync(chatRequest(address), HttpResponse.BodyHandlers.ofString());
            await(() -> model.requests().size() > before, open);
            open.signal("INT");
            assertThat(running.get(20, TimeUnit.SECONDS).body())
                    .as("a run that does not end in time goes on elsewhere")
                    .contains("first", "server_stopping", "\"resumable\":true");
            assertThat(open.awaitExit()).isZero();
            assertThat(open.err()).isEmpty();
            assertThat(open.out().lines())
                    .allSatisfy(line -> assertThat(Json.read(line).path("level").isTextual())
                            .isTrue());
            assertThat(open.out())
                    .contains("Agents Gateway is ready", "io.helidon")
                    .doesNotContain(database.password());
        } finally {
            TestDatabase.drop(database);
        }
    }
}
