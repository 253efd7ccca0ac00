package dev.agentsgateway.db;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server of this process's own, its data kept in {@code <dataDir>/postgres} across restarts. It is as
 * durable as any PostgreSQL, listens on 127.0.0.1 only, and asks for a password that is kept beside the data in a file
 * that only its owner can read. One process at a time may use a data directory.
 *
 * <p>The server runs in a session of its own, so that a terminal's Ctrl-C does not reach it. There is deliberately no
 * shutdown hook: hooks run at the same time as the gateway's own draining, which still needs the database. Whoever
 * starts it calls {@link #close} last. A server left behind by a killed process is stopped, cleanly, at the next start.
 *
 * <p>A server that ends unexpectedly while this process uses it is noticed within about a second and started again on
 * the same port and data, with pauses of 0.2 to 5 seconds between attempts, for as long as it takes. Committed rows are
 * kept; connections are lost, and new ones work when the server is back.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final String USER = "postgres";
    private static final int PORT_ATTEMPTS = 3;
    private static final String LOCK = "gateway.lock";

    private static final Map<String, String> SERVER_OPTIONS = Map.ofEntries(
            Map.entry("listen_addresses", "127.0.0.1"),
            Map.entry("unix_socket_directories", "''"),
            Map.entry("fsync", "on"),
            Map.entry("synchronous_commit", "on"),
            Map.entry("full_page_writes", "on"),
            Map.entry("timezone", "UTC"),
            Map.entry("log_timezone", "UTC"),
            // More than the gateway's own pool, so that a person can look in with psql.
            Map.entry("max_connections", "50"),
            Map.entry("jit", "off"),
            // The log tells of starts and crashes. Refused statements are the gateway's to report, and their details
            // would put rows into the log.
            Map.entry("log_min_messages", "log"),
            Map.entry("log_min_error_statement", "panic"),
            Map.entry("log_error_verbosity", "terse"),
            Map.entry("log_checkpoints", "off"));

    private final Path home;
    private final FileChannel lockFile;
    private final PostgresPrograms programs;
    private final DatabaseSettings settings;
    private final PostgresSupervisor supervisor;
    private boolean closed;

    private EmbeddedPostgres(
            Path home,
            FileChannel lockFile,
            PostgresPrograms programs,
            DatabaseSettings settings,
            PostgresSupervisor supervisor) {
        this.home = home;
        this.lockFile = lockFile;
        this.programs = programs;
        this.settings = settings;
        this.supervisor = supervisor;
    }

    /**
     * Starts the server, creating its data at the first start.
     *
     * @throws EmbeddedPostgresException when another process uses the directory or the server does not start
     */
    public static EmbeddedPostgres start(Path dataDir) {
        return start(dataDir, Map.of());
    }

    /** @param overrides server settings that differ from the durable defaults, for tests */
    static EmbeddedPostgres start(Path dataDir, Map<String, String> overrides) {
        Path home = dataDir.toAbsolutePath().normalize();
        FileChannel lockFile = null;
        try {
            Files.createDirectories(home);
            lockFile = lock(home);
            PostgresPrograms programs =
                    new PostgresPrograms(PostgresBinaries.unpacked(home.resolve("postgres-programs")), home);
            String password = password(home.resolve("postgres.password"));
            if (!Files.exists(programs.data())) {
                programs.initialise(USER, home.resolve("postgres.password"));
            }
            programs.stopLeftover();
            int port = startOnFreePort(programs, overrides);
            DatabaseSettings settings = DatabaseSettings.of("127.0.0.1", port, "postgres", USER, password);
            PostgresSupervisor supervisor = new PostgresSupervisor(programs, serverOptions(port, overrides));
            return new EmbeddedPostgres(home, lockFile, programs, settings, supervisor);
        } catch (IOException e) {
            closeQuietly(lockFile);
            throw new EmbeddedPostgresException(
                    "The embedded database in " + home + " cannot be started: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            closeQuietly(lockFile);
            throw e;
        }
    }

    static void checkUnused(Path dataDir) {
        Path home = dataDir.toAbsolutePath().normalize();
        if (Files.exists(home) && !Files.isDirectory(home)) {
            throw new EmbeddedPostgresException(home + " is not a directory");
        }
        if (Files.exists(home.resolve(LOCK))) {
            try (FileChannel _ = lock(home)) {
                LOG.debug("{} is not in use", home);
            } catch (IOException e) {
                throw new EmbeddedPostgresException(
                        "The data directory " + home + " cannot be used: " + e.getMessage(), e);
            }
        }
    }

    public DatabaseSettings settings() {
        return settings;
    }

    /** The directory given to {@link #start}, absolute. */
    public Path dataDir() {
        return home;
    }

    /**
     * Fast shutdown: open transactions are rolled back, committed data is on disk. Idempotent. Ends the supervision
     * first, so that nothing is started afterwards; a restart that is under way is waited for.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            supervisor.close();
            programs.stop();
        } catch (IOException | EmbeddedPostgresException e) {
            LOG.warn("{}", e.getMessage());
        } finally {
            closeQuietly(lockFile);
        }
    }

    private static FileChannel lock(Path home) throws IOException {
        FileChannel channel = FileChannel.open(home.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException sameProcess) {
            lock = null;
        }
        if (lock == null) {
            channel.close();
            throw new EmbeddedPostgresException("The data directory " + home
                    + " is in use by another gateway process: stop that one, or set DATA_DIR to another directory.");
        }
        return channel;
    }

    static String password(Path file) throws IOException {
        if (!Files.exists(file)) {
            byte[] random = new byte[24];
            new SecureRandom().nextBytes(random);
            Path partial = file.resolveSibling(file.getFileName() + ".new");
            Files.deleteIfExists(partial);
            Files.createFile(
                    partial, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(partial, HexFormat.of().formatHex(random));
            Files.move(partial, file);
        }
        return Files.readString(file).strip();
    }

    private static int startOnFreePort(PostgresPrograms programs, Map<String, String> overrides) throws IOException {
        for (int attempt = 1; ; attempt++) {
            int port = freePort();
            try {
                programs.start(serverOptions(port, overrides));
                return port;
            } catch (EmbeddedPostgresException e) {
                // Between finding a free port and using it, someone else may have taken it.
                if (attempt == PORT_ATTEMPTS || !e.getMessage().contains("Address already in use")) {
                    throw e;
                }
            }
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    static List<String> serverOptions(int port, Map<String, String> overrides) {
        Map<String, String> options = new TreeMap<>(SERVER_OPTIONS);
        options.put("port", Integer.toString(port));
        options.putAll(overrides);
        List<String> arguments = new ArrayList<>();
        options.forEach((name, value) -> arguments.add("-c " + name + "=" + value));
        return arguments;
    }

    private static void closeQuietly(FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.debug("Closing the lock file failed", e);
            }
        }
    }
}
