package dev.agentsgateway.app;

import dev.agentsgateway.Main;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A gateway that outlives the command that starts it; what it prints is kept in {@code gateway.log} (mode 0600). */
final class BackgroundServer {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path SETSID = Path.of("/usr/bin/setsid");

    private final Path dataDir;
    private final Path log;

    BackgroundServer(Path dataDir) {
        this.dataDir = dataDir;
        this.log = dataDir.resolve("gateway.log");
    }

    /**
     * Starts one unless it is ready; of several commands that do so at once, one starts it and the others wait.
     *
     * @return false, with the reason told, when it does not become ready
     */
    boolean start(PrintStream err, BooleanSupplier ready) throws IOException, InterruptedException {
        PrivateFile.directory(dataDir.toAbsolutePath());
        try (FileChannel channel = FileChannel.open(
                        dataDir.resolve("gateway.starting"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = channel.lock()) {
            return ready.getAsBoolean() || launch(err, ready);
        }
    }

    private boolean launch(PrintStream err, BooleanSupplier ready) throws IOException, InterruptedException {
        PrivateFile.createEmpty(log);
        Process process = new ProcessBuilder(command())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
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

    /** This program on this JVM with its options, in a session of its own where the system can do that. */
    private static List<String> command() {
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(SETSID)) {
            command.add(SETSID.toString());
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "serve"));
        return command;
    }
}
