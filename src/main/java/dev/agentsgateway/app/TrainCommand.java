package dev.agentsgateway.app;

import dev.agentsgateway.bench.BenchTiming;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Models;
import dev.agentsgateway.observability.Observability;
import dev.agentsgateway.observability.ObservabilityConfig;
import dev.agentsgateway.observability.Scrubber;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code gateway train}: what the build runs to record an AOT cache (JEP 514): a start, a few requests of each kind and a
 * stop, on a database of its own. The cache holds what was loaded, and loads it at every start; so what only the first
 * start on a directory needs (migrations, for example) stays out of it: the build runs this twice, and records the second.
 */
@Command(name = "train", hidden = true, description = "Exercises a gateway, for the build's AOT cache.")
final class TrainCommand implements Callable<Integer> {
    private static final int WORKERS = 8;
    private static final int CHATS = 200;

    @Parameters(description = "A directory for the database, made when missing.")
    private Path directory;

    @Override
    public Integer call() throws Exception {
        Files.createDirectories(directory);
        Map<String, String> variables = new HashMap<>();
        variables.put("DATA_DIR", directory.toString());
        variables.put("HOST", "127.0.0.1");
        variables.put("PORT", "0");
        variables.put("OTEL_LOG_LEVEL", "WARN");
        BenchTiming timing = new BenchTiming(Duration.ZERO, Duration.ZERO, 24, 4);
        boolean first = !Files.exists(directory.resolve(Credentials.API_KEY));
        try (ScriptedModelServer model = ScriptedModelServer.bench(0, timing);
                Observability observability =
                        Observability.start(ObservabilityConfig.from(variables::get), new Scrubber(), _ -> true);
                Gateway gateway = start(variables, model, observability)) {
            Banner banner = new Banner(gateway);
            System.out.print(banner.text());
            if (!first) {
                exercise(banner.url());
                load(banner.url());
            }
        }
        return 0;
    }

    /** @param body null for a GET */
    private record Request(String url, String key, String body) {}

    private static Gateway start(Map<String, String> variables, ScriptedModelServer model, Observability observability)
            throws StartupException {
        variables.put("OPENAI_BASE_URL", model.openAiBaseUrl());
        return Gateway.start(Config.parse(variables), observability);
    }

    /** Many chats at once: the cache also keeps what the compiler wants to know of them (JEP 515). */
    private void load(String url) throws Exception {
        String key = PrivateFile.read(directory.resolve(Credentials.API_KEY)).orElseThrow();
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> done = new ArrayList<>();
            for (int worker = 0; worker < WORKERS; worker++) {
                String session = "load-" + worker;
                done.add(workers.submit(() -> {
                    for (int i = 0; i < CHATS; i++) {
                        send(chat(url, key, "gpt-5.4", session, i % 2 == 0));
                    }
                    return null;
                }));
            }
            for (Future<?> each : done) {
                each.get();
            }
        }
    }

    private static Request chat(String url, String key, String model, String session, boolean stream) {
        String body = Json.object()
                .put("message", "What date is next friday?")
                .put("model", model)
                .put("stream", stream)
                .put("user_id", "trainer")
                .put("session_id", session)
                .put("timezone", "UTC")
                .put("locale", "en")
                .toString();
        return new Request(url + "/v2/agents/demo-assistant/chat", key, body);
    }

    private void exercise(String url) throws IOException {
        String key = PrivateFile.read(directory.resolve(Credentials.API_KEY)).orElseThrow();
        for (int i = 0; i < 10; i++) {
            for (String path :
                    new String[] {"/status", "/health", "/health/ready", "/metrics", "/openapi.json", "/v2/agents"}) {
                send(new Request(url + path, key, null));
            }
            send(chat(url, key, Models.DEMO, "s" + i % 3, i % 2 == 0));
        }
    }

    /** Not with the JDK's newer client, whose 600 classes would be in the cache too. */
    private static void send(Request request) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(request.url()).toURL().openConnection();
        connection.setRequestProperty("X-API-Key", request.key());
        if (request.body() != null) {
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setDoOutput(true);
            connection.getOutputStream().write(request.body().getBytes(StandardCharsets.UTF_8));
        }
        if (connection.getResponseCode() != 200) {
            throw new IllegalStateException(request.url() + " answered " + connection.getResponseCode());
        }
        try (InputStream answer = connection.getInputStream()) {
            answer.readAllBytes();
        }
    }
}
