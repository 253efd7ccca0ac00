package dev.agentsgateway.db;

import dev.agentsgateway.common.FileTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs {@code initdb} and {@code pg_ctl} on one data directory, {@code <home>/postgres}. */
final class PostgresPrograms {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresPrograms.class);

    /** Replaying the log after a crash is part of the start and can take long. */
    private static final int START_SECONDS = 120;

    private static final int STOP_SECONDS = 30;
    private static final int ORPHAN_SECONDS = 5;
    private static final int POLL_MILLIS = 5;
    private static final int STATE_LINE = 8;

    private final Path bin;
    private final Path data;
    private final Path serverLog;
    private final List<String> asOtherUser;

    PostgresPrograms(Path unpacked, Path home) {
        this.bin = unpacked.resolve("bin");
        this.data = home.resolve("postgres");
        this.serverLog = home.resolve("postgres.log");
        this.asOtherUser = asOtherUser();
    }

    Path data() {
        return data;
    }

    /** Makes the data directory appear only when it is complete, however the process may end meanwhile. */
    void initialise(String user, Path passwordFile) throws IOException {
        Path partial = data.resolveSibling("postgres.new");
        FileTree.delete(partial);
        run(
                START_SECONDS,
                () -> false,
                List.of(
                        bin.resolve("initdb").toString(),
                        "--pgdata=" + partial,
                        "--username=" + user,
                        "--pwfile=" + passwordFile,
                        "--auth=scram-sha-256",
                        // Iterations slow down the guessing of passwords that people choose. This one is random, and a
                        // JVM that has just started needs 50 ms and more for the usual 4,096 at each connection.
                        "--set=scram_iterations=1",
                        "--encoding=UTF8",
                        "--locale=C",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8"));
        Files.move(partial, data, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Returns when the server accepts connections. pg_ctl puts it into a session of its own; it looks ten times a second
     * whether the server is ready, which is why it is not waited for when we see that sooner.
     */
    void start(List<String> serverOptions) throws IOException {
        Files.deleteIfExists(serverLog);
        List<String> command =
                pgCtl("start", START_SECONDS, "--log=" + serverLog, "--options=" + String.join(" ", serverOptions));
        run(START_SECONDS + 10, this::isReady, command);
    }

    /**
     * PostgreSQL, {@code src/include/utils/pidfile.h}: the last line tells the state. The file of an earlier server was
     * removed before this one was started.
     */
    private boolean isReady() {
        try {
            List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
            return lines.size() >= STATE_LINE
                    && lines.get(STATE_LINE - 1).strip().equals("ready");
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Whether the server that was started last is there; one that still replays its log after a crash is. */
    boolean isRunning() throws IOException {
        OptionalLong pid = recordedPid();
        return pid.isPresent() && runsOnOurData(pid.getAsLong());
    }

    /** Returns when the server has ended, or when what a killed one left behind is out of the way of the next start. */
    void stop() throws IOException {
        if (isRunning()) {
            try {
                run(STOP_SECONDS + 10, () -> false, pgCtl("stop", STOP_SECONDS, "--mode=fast"));
            } catch (EmbeddedPostgresException e) {
                // pg_ctl cannot stop a server that was dying of a signal already.
                if (isRunning()) {
                    throw e;
                }
            }
        }
        // PostgreSQL itself would refuse to start when an unrelated process has got the recorded number.
        Files.deleteIfExists(data.resolve("postmaster.pid"));
        awaitOrphans();
    }

    /** Stops a server that a killed process left running, and forgets one that is gone. */
    void stopLeftover() throws IOException {
        if (isRunning()) {
            LOG.info("Stopping the database server that an earlier process left behind");
        }
        stop();
    }

    /**
     * The children of a killed server end by themselves once they notice, and PostgreSQL does not start while one of
     * them still uses its shared memory. One that is busy for longer makes the start fail.
     */
    private void awaitOrphans() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ORPHAN_SECONDS);
        while (ProcessHandle.allProcesses().anyMatch(process -> runsOnOurData(process.pid()))
                && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    private OptionalLong recordedPid() throws IOException {
        try {
            List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
            return OptionalLong.of(Long.parseLong(lines.getFirst().strip()));
        } catch (NoSuchFileException | NoSuchElementException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** A postmaster's working directory, and its children's, is its data directory. A zombie has none. */
    private boolean runsOnOurData(long pid) {
        try {
            return Files.isSameFile(Path.of("/proc", Long.toString(pid), "cwd"), data);
        } catch (IOException gone) {
            return false;
        }
    }

    private List<String> pgCtl(String action, int seconds, String... options) {
        List<String> command = new ArrayList<>(List.of(
                bin.resolve("pg_ctl").toString(), action, "--pgdata=" + data, "--wait", "--timeout=" + seconds));
        command.addAll(List.of(options));
        return command;
    }

    /** Returns when the command has ended well, or before that when {@code done}. */
    private void run(int seconds, BooleanSupplier done, List<String> command) {
        List<String> whole = new ArrayList<>(asOtherUser);
        whole.addAll(command);
        try {
            // Not a pipe: the server would inherit it, and reading to its end would wait for the server's. Only one
            // process at a time uses the directory.
            Path output = data.resolveSibling("postgres-command.log");
            try {
                Process process = new ProcessBuilder(whole)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                process.getOutputStream().close();
                long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
                while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                    if (done.getAsBoolean()) {
                        return;
                    }
                    if (System.nanoTime() - deadline >= 0) {
                        process.destroyForcibly();
                        throw failure(command.getFirst(), output);
                    }
                }
                if (process.exitValue() != 0) {
                    throw failure(command.getFirst(), output);
                }
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            throw new EmbeddedPostgresException("Cannot run " + command.getFirst() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedPostgresException("Interrupted while waiting for " + command.getFirst(), e);
        }
    }

    private EmbeddedPostgresException failure(String program, Path output) throws IOException {
        String text = Files.readString(output, StandardCharsets.UTF_8);
        if (Files.exists(serverLog)) {
            text += Files.readString(serverLog, StandardCharsets.UTF_8);
        }
        if (text.startsWith("unshare:")) {
            return new EmbeddedPostgresException(
                    "The embedded database does not run as root, and this system allows no"
                            + " user namespaces: start the gateway as another user, or set DB_HOST to a PostgreSQL of your own.");
        }
        String line = String.join(" | ", text.strip().lines().toList());
        return new EmbeddedPostgresException("The embedded database in " + data.getParent() + " failed: "
                + Path.of(program).getFileName() + " said: " + line.substring(Math.max(0, line.length() - 1000)));
    }

    /**
     * PostgreSQL refuses to run as root. In a user namespace of its own it is nobody in particular and still owns root's
     * files.
     */
    private static List<String> asOtherUser() {
        return "root".equals(System.getProperty("user.name")) ? List.of("unshare", "--user") : List.of();
    }
}
