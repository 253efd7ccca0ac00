package dev.agentsgateway.app;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.db.EmbeddedPostgresException;
import dev.agentsgateway.db.MigrationException;
import dev.agentsgateway.http.HttpServer;
import dev.agentsgateway.model.ModelConfig;
import dev.agentsgateway.model.Models;
import dev.agentsgateway.observability.Observability;
import dev.agentsgateway.tool.Tool;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * One attempt to start: checks what the configuration says against the world, tells all problems at once, and changes
 * nothing (no database is created or migrated) when there are any before that.
 */
final class Startup {
    private final Config.Parsed parsed;
    private final Config config;
    private final List<String> problems;

    Startup(Config.Parsed parsed) {
        this.parsed = parsed;
        this.config = parsed.config();
        this.problems = new ArrayList<>(parsed.problems());
    }

    /** The database, or why there is none. */
    private record Opened(Database database, String problem) {}

    Gateway gateway(Observability observability, List<Tool> tools) throws StartupException {
        if (!parsed.wrong("HOST", "PORT")) {
            checkAddress();
        }
        checkDefaultModel();
        if (!problems.isEmpty()) {
            checkDatabase().ifPresent(problems::add);
            throw new StartupException(problems);
        }
        FutureTask<Opened> opening = new FutureTask<>(this::open);
        // What does not need the database is made while it starts.
        Thread.ofPlatform().name("database-start").start(opening);
        Models models = new Models(ModelConfig.of(config.variables()));
        HttpServer.prepare();
        Opened opened = result(opening, models);
        if (opened.problem() != null) {
            problems.add(opened.problem());
        }
        if (!problems.isEmpty()) {
            models.close();
            if (opened.database() != null) {
                opened.database().close();
            }
            throw new StartupException(problems);
        }
        return new Gateway(config, opened.database(), models, observability, tools);
    }

    /** Before anything is made, for the sake of those who name one: models are otherwise made beside the database. */
    private void checkDefaultModel() {
        if (config.defaultModel() == null) {
            return;
        }
        try (Models models = new Models(ModelConfig.of(config.variables()))) {
            if (models.find(config.defaultModel()).isEmpty()) {
                problems.add("DEFAULT_MODEL: '" + config.defaultModel()
                        + "' is neither in the catalogue nor of a known family");
            }
        }
    }

    private static Opened result(FutureTask<Opened> opening, Models models) {
        try {
            return opening.get();
        } catch (ExecutionException e) {
            models.close();
            throw new IllegalStateException("The database could not be opened", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            models.close();
            throw new IllegalStateException("Interrupted while the database was starting", e);
        }
    }

    private void checkAddress() {
        String host = config.http().host();
        int port = config.http().port();
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            problems.add("HOST: '" + host + "' is not the name or address of a machine");
            return;
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(address);
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage());
            problems.add(
                    reason.startsWith("Cannot assign")
                            ? "HOST: " + host + " is not an address of this machine"
                            : "PORT: cannot listen on " + host + ":" + port + " (" + reason + ")");
        }
    }

    private Opened open() {
        try {
            if (config.database() != null) {
                return new Opened(Database.open(config.database()), null);
            }
            PrivateFile.directory(config.dataDir().toAbsolutePath());
            return new Opened(Database.openEmbedded(config.dataDir(), config.databaseConnections()), null);
        } catch (IOException | RuntimeException e) {
            return new Opened(null, problem(e).orElseThrow(() -> new IllegalStateException(e)));
        }
    }

    /** What is wrong with the database, found out without changing anything. */
    private Optional<String> checkDatabase() {
        try {
            if (config.database() == null) {
                if (!parsed.wrong("DATA_DIR")) {
                    Database.checkEmbedded(config.dataDir());
                }
            } else if (!parsed.wrong("DB_PORT")) {
                Database.check(config.database());
            }
            return Optional.empty();
        } catch (RuntimeException e) {
            return problem(e);
        }
    }

    /** Empty for what is no matter of the configuration. */
    private Optional<String> problem(Exception e) {
        return switch (e) {
            case DatabaseUnavailableException unavailable
            when config.database() != null ->
                Optional.of(
                        "DB_HOST, DB_PORT: the database at " + config.database().address() + " cannot be reached ("
                                + firstLine(unavailable.getCause()) + ")");
            case DatabaseUnavailableException unavailable ->
                Optional.of(
                        "DATA_DIR: the embedded database does not answer (" + firstLine(unavailable.getCause()) + ")");
            case EmbeddedPostgresException _ -> Optional.of("DATA_DIR: " + firstLine(e));
            case MigrationException _ -> Optional.of("database: " + firstLine(e));
            case IOException _ ->
                Optional.of("DATA_DIR: " + config.dataDir() + " cannot be used as a directory ("
                        + e.getClass().getSimpleName() + ")");
            default -> Optional.empty();
        };
    }

    private static String firstLine(Throwable e) {
        String text = e == null ? null : e.getMessage();
        return text == null ? "no reason given" : text.lines().findFirst().orElse("no reason given");
    }
}
