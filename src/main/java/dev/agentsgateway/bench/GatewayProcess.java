package dev.agentsgateway.bench;

import dev.agentsgateway.db.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A gateway that this process has started, on an embedded database of its own. */
final class GatewayProcess implements AutoCloseable {
    private static final long READY_SECONDS = 120;
    private static final long STOP_SECONDS = 40;

    private final Process process;
    private final Path dataDir;
    private final InetSocketAddress address;
    private final Path log;
    private final long started;
    private double readySeconds;

    private GatewayProcess(Process process, Path dataDir, InetSocketAddress address, Path log, long started) {
        this.process = process;
        this.started = started;
        this.dataDir = dataDir;
        this.address = address;
        this.log = log;
    }

    /**
     * Returns at once; {@link #awaitReady} waits.
     *
     * @param javaOptions further options for its JVM
     */
    static GatewayProcess start(Path dataDir, BenchModel model, List<String> javaOptions) throws IOException {
        Files.createDirectories(dataDir);
        // The nearest .env counts: an empty one keeps the caller's settings out.
        Files.writeString(dataDir.resolve(".env"), "");
        int port = freePort();
        ProcessBuilder builder = new ProcessBuilder(command(javaOptions))
                .directory(dataDir.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true);
        Path log = dataDir.resolve("bench-gateway.log");
        builder.redirectOutput(ProcessBuilder.Redirect.to(log.toFile()));
        Map<String, String> variables = builder.environment();
        variables.keySet().retainAll(List.of("PATH", "HOME", "LANG", "TMPDIR"));
        variables.put("DATA_DIR", dataDir.toString());
        variables.put("HOST", "127.0.0.1");
        variables.put("PORT", Integer.toString(port));
        variables.put("OPENAI_BASE_URL", model.openAiBaseUrl());
        variables.put("OPENAI_API_KEY", "bench");
        variables.put("ACCESS_LOG", "false");
        variables.put("OTEL_LOG_LEVEL", "WARN");
        variables.put("SHUTDOWN_TIMEOUT_SECONDS", "2");
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        long started = System.nanoTime();
        return new GatewayProcess(builder.start(), dataDir, address, log, started);
    }

    /** This very program on this very JVM with another command. */
    private static List<String> command(List<String> javaOptions) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(javaOptions);
        // Absolute, as the new process works in another directory.
        List<String> classes = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(path -> Path.of(path).toAbsolutePath().toString())
                .toList();
        command.addAll(
                classes.size() == 1
                        ? List.of("-jar", classes.getFirst())
                        : List.of("-cp", String.join(File.pathSeparator, classes), "dev.agentsgateway.Main"));
        command.add("serve");
        return command;
    }

    /** Waits until requests are welcome. */
    GatewayProcess awaitReady() throws IOException, InterruptedException {
        byte[] request = LoadConnection.request("GET", "/health/ready", Map.of(), "");
        while (System.nanoTime() - started < TimeUnit.SECONDS.toNanos(READY_SECONDS)) {
            try (LoadConnection connection = new LoadConnection(address)) {
                if (connection.send(request, LoadConnection.Sink.IGNORE) == 200) {
                    readySeconds = (System.nanoTime() - started) / 1e9;
                    return this;
                }
            } catch (IOException e) {
                // Not yet.
            }
            if (!process.isAlive()) {
                throw new IOException("the gateway did not start: " + lastLines());
            }
            Thread.sleep(5);
        }
        throw new IOException("the gateway is not ready after " + READY_SECONDS + " s: " + lastLines());
    }

    /** From the start to the first 200 of {@code /health/ready}. */
    double readySeconds() {
        return readySeconds;
    }

    InetSocketAddress address() {
        return address;
    }

    /** The key that the first start made; it has no rate limit. */
    String key() throws IOException {
        return Files.readString(dataDir.resolve("api-key")).strip();
    }

    long pid() {
        return process.pid();
    }

    Path dataDir() {
        return dataDir;
    }

    /** Asks it to stop, and makes it stop when it does not; its database never stays behind. */
    @Override
    public void close() {
        process.destroy();
        boolean ended = false;
        try {
            ended = process.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!ended) {
            process.destroyForcibly().onExit().join();
            // Stops the server that was left behind before it starts its own.
            EmbeddedPostgres.start(dataDir).close();
        }
    }

    private String lastLines() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
