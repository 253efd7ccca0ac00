package dev.agentsgateway.app;

import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.DatabaseSettings;
import dev.agentsgateway.http.RequestObserver;
import dev.agentsgateway.observability.Metrics;
import dev.agentsgateway.observability.Observability;
import dev.agentsgateway.observability.Telemetry;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolResult;
import dev.agentsgateway.tool.ToolSpec;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A gateway in a process of its own that can be killed: the wiring of production, authentication off, with tools that
 * act on an {@link EffectServer}: {@code look} (no side effect), {@code put} (idempotent), {@code send} (once), {@code
 * wire} (once, with a person's yes) and {@code poison}, which kills the process.
 */
public final class CrashableGateway implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Process process;
    private final Path log;
    private final String url;

    private CrashableGateway(Process process, Path log) throws IOException, InterruptedException {
        this.process = process;
        this.log = log;
        this.url = awaitUrl();
    }

    /** @param more further variables, {@code FAILPOINT} for example */
    public static CrashableGateway start(
            DatabaseSettings database, ScriptedModelServer model, EffectServer effects, Map<String, String> more)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile("crashable-gateway-", ".log");
        log.toFile().deleteOnExit();
        ProcessBuilder builder = new ProcessBuilder(GatewayProcess.command(CrashableGateway.class))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        Map<String, String> variables = builder.environment();
        variables.keySet().retainAll(List.of("PATH", "HOME"));
        variables.put("HOST", "127.0.0.1");
        variables.put("PORT", "0");
        variables.put("AUTH_DISABLED", "true");
        variables.put("DB_HOST", database.host());
        variables.put("DB_PORT", Integer.toString(database.port()));
        variables.put("DB_DATABASE", database.database());
        variables.put("DB_USER", database.user());
        variables.put("DB_PASS", database.password());
        variables.put("OPENAI_API_KEY", "test-provider-key");
        variables.put("OPENAI_BASE_URL", model.openAiBaseUrl());
        variables.put("RUN_LEASE_SECONDS", "3");
        variables.put("SHUTDOWN_TIMEOUT_SECONDS", "1");
        variables.put("EFFECTS_URL", effects.url());
        variables.putAll(more);
        return new CrashableGateway(builder.start(), log);
    }

    private String awaitUrl() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            for (String line : Files.readAllLines(log)) {
                if (line.startsWith("READY ") && line.endsWith(".")) {
                    return line.substring("READY ".length(), line.length() - 1);
                }
            }
            if (!process.isAlive() && process.exitValue() == 137) {
                // Killed before it could say so: there was work for it at once.
                return null;
            }
            if (!process.isAlive() || System.nanoTime() > deadline) {
                process.destroyForcibly();
                throw new AssertionError("the gateway did not start:\n" + log());
            }
            Thread.sleep(20);
        }
    }

    public String url() {
        return url;
    }

    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    public void kill() throws InterruptedException {
        process.destroyForcibly();
        awaitKilled();
    }

    /** @param name for example {@code STOP} */
    public void signal(String name) {
        GatewayProcess.signal(process, name);
    }

    /** Waits for it to be killed, by itself or by somebody else. */
    public void awaitKilled() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 137) {
            throw new AssertionError("it was not killed:\n" + log());
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** The program. */
    public static void main(String[] arguments) throws Exception {
        StopSignal stop = StopSignal.install();
        Map<String, String> variables = new HashMap<>(System.getenv());
        Observability quiet =
                new Observability(null, Telemetry.OFF, new Metrics("test", _ -> true), RequestObserver.NONE);
        try (HttpClient client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
                Gateway gateway =
                        Gateway.start(Config.parse(variables), quiet, tools(client, variables.get("EFFECTS_URL")))) {
            System.out.println("READY http://127.0.0.1:" + gateway.port() + ".");
            stop.await();
        }
    }

    private static List<Tool> tools(HttpClient client, String url) {
        return List.of(
                new RemoteTool(spec("look", ToolSpec.SideEffect.NONE, false), client, url),
                new RemoteTool(spec("put", ToolSpec.SideEffect.IDEMPOTENT, false), client, url),
                new RemoteTool(spec("send", ToolSpec.SideEffect.ONCE, false), client, url),
                new RemoteTool(spec("wire", ToolSpec.SideEffect.ONCE, true), client, url),
                new Poison());
    }

    private static ToolSpec spec(String name, ToolSpec.SideEffect sideEffect, boolean confirm) {
        return new ToolSpec(name, "Acts.", Json.read("{\"type\":\"object\",\"properties\":{}}"), sideEffect, confirm);
    }

    private record RemoteTool(ToolSpec spec, HttpClient client, String url) implements Tool {
        @Override
        public ToolResult execute(ToolInput input) throws Exception {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create(url + "/" + spec.name() + "/" + input.key()))
                            .POST(HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return new ToolResult(response.body());
        }
    }

    private static final class Poison implements Tool {
        @Override
        public ToolSpec spec() {
            return CrashableGateway.spec("poison", ToolSpec.SideEffect.NONE, false);
        }

        @Override
        public ToolResult execute(ToolInput input) throws Exception {
            long self = ProcessHandle.current().pid();
            new ProcessBuilder("kill", "-9", Long.toString(self)).start();
            Thread.sleep(PATIENCE);
            return new ToolResult("alive");
        }
    }
}
