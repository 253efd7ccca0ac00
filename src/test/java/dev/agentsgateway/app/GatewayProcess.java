package dev.agentsgateway.app;

import dev.agentsgateway.Main;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The real program in a process of its own, on the class path of the tests. Closing it kills what is left of it. */
final class GatewayProcess implements AutoCloseable {
    static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final Path out;
    private final Path err;

    private GatewayProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** @param directory the current one; standard output and error are kept beside it */
    static GatewayProcess start(Path directory, Map<String, String> variables, String... arguments) {
        try {
            Path out = Files.createTempFile(directory.getParent(), "out-", ".txt");
            Path err = Files.createTempFile(directory.getParent(), "err-", ".txt");
            ProcessBuilder builder = new ProcessBuilder(command(Main.class, arguments))
                    .directory(directory.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().keySet().retainAll(List.of("PATH", "HOME", "XDG_CACHE_HOME"));
            builder.environment().putAll(variables);
            Process process = builder.start();
            process.getOutputStream().close();
            return new GatewayProcess(process, out, err);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A program of the tests' class path, in a small virtual machine that starts fast. */
    static List<String> command(Class<?> program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    String out() {
        return read(out);
    }

    String err() {
        return read(err);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    Process process() {
        return process;
    }

    int awaitExit() {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("still running: " + out() + err());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    void signal(String name) {
        signal(process, name);
    }

    static void signal(Process process, String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits for the note of the process in a data directory and returns its URL. */
    String awaitUrl(Path dataDir) {
        await(() -> !url(dataDir).isEmpty() && out().contains("Agents Gateway is ready") && out().endsWith("\n"), this);
        return url(dataDir);
    }

    private String url(Path dataDir) {
        try {
            List<String> lines = Files.readAllLines(dataDir.resolve("gateway.pid"));
            return lines.getFirst().equals(Long.toString(process.pid())) ? lines.get(2) : "";
        } catch (IOException e) {
            return "";
        }
    }

    static void await(BooleanSupplier condition, GatewayProcess process) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline || process != null && !process.process.isAlive()) {
                throw new AssertionError(
                        "it did not happen" + (process == null ? "" : ": " + process.out() + process.err()));
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    static HttpResponse<String> get(String url) {
        try {
            return CLIENT.send(
                    HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
