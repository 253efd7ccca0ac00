package dev.agentsgateway.app;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A gateway that outlives the command that starts it; its log and its process id are kept in the data directory. */
final class BackgroundServer {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path log;
    private final Path pid;

    BackgroundServer(Config config) {
        log = config.dataDir().resolve("gateway.log");
        pid = config.dataDir().resolve("gateway.pid");
    }

    /** @return false, with the reason told, when it does not become ready */
    boolean start(PrintStream err, BooleanSupplier ready) throws IOException, InterruptedException {
        Files.createDirectories(log.toAbsolutePath().getParent());
        Process process = new ProcessBuilder(command())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(ProcessBuilder.Redirect.to(log.toFile()))
                .redirectErrorStream(true)
                .start();
        err.println("Starting a gateway in the background (process " + process.pid() + ", log " + log
                + "). Stop it with: ./gateway stop");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            if (ready.getAsBoolean()) {
                return true;
            }
            if (!process.isAlive()) {
                err.println("The gateway did not start:");
                Files.readAllLines(log).forEach(err::println);
                return false;
            }
            Thread.sleep(50);
        }
        err.println("The gateway is not ready after " + PATIENCE.toSeconds() + " s; see " + log);
        return false;
    }

    /** This very program with another command, in a session of its own where the system can do that. */
    private static List<String> command() {
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
            command.add("/usr/bin/setsid");
        }
        ProcessHandle.Info self = ProcessHandle.current().info();
        command.add(self.command().orElseThrow());
        List<String> arguments = List.of(self.arguments().orElseThrow());
        command.addAll(arguments.subList(0, arguments.indexOf("chat")));
        command.add("serve");
        return command;
    }

    /** Notes the process that serves from this data directory. */
    void note() throws IOException {
        Files.createDirectories(pid.toAbsolutePath().getParent());
        Files.writeString(pid, ProcessHandle.current().pid() + "\n");
    }

    void forget() {
        try {
            Files.deleteIfExists(pid);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The noted process, if it is alive and a gateway. */
    Optional<ProcessHandle> find() throws IOException {
        if (!Files.exists(pid)) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                .filter(ProcessHandle::isAlive)
                .filter(process -> process.info().commandLine().orElse("").contains("agents-gateway.jar"));
    }
}
