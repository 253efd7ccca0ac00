package dev.agentsgateway.db;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A PostgreSQL of its own, with a gateway's durable settings, that is stopped and started on the same port and data.
 * Nobody starts it again by itself.
 */
public final class StoppablePostgres implements AutoCloseable {
    private final PostgresPrograms programs;
    private final List<String> options;
    private final DatabaseSettings settings;

    private StoppablePostgres(PostgresPrograms programs, List<String> options, DatabaseSettings settings) {
        this.programs = programs;
        this.options = options;
        this.settings = settings;
    }

    /** @param home an empty directory */
    public static StoppablePostgres start(Path home) throws IOException {
        PostgresPrograms programs =
                new PostgresPrograms(PostgresBinaries.unpacked(home.resolve("postgres-programs")), home);
        Path passwordFile = home.resolve("postgres.password");
        String password = EmbeddedPostgres.password(passwordFile);
        programs.initialise("postgres", passwordFile);
        int port = EmbeddedPostgres.freePort();
        List<String> options = EmbeddedPostgres.serverOptions(port, Map.of());
        programs.start(options);
        DatabaseSettings settings = DatabaseSettings.of("127.0.0.1", port, "postgres", "postgres", password);
        Migrations.apply(Connections.unpooled(settings), "postgres");
        return new StoppablePostgres(programs, options, settings);
    }

    public DatabaseSettings settings() {
        return settings;
    }

    /** Ends the server as a restart of its machine does: open transactions are rolled back, clients are cut off. */
    public void stop() throws IOException {
        programs.stop();
    }

    public void startAgain() throws IOException {
        programs.start(options);
    }

    @Override
    public void close() throws IOException {
        programs.stop();
    }
}
