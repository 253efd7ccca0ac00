package dev.agentsgateway.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/** The embedded PostgreSQL of a running gateway, without the gateway. */
final class PlainDatabase {
    /** About as much as the gateway writes to accept a chat. */
    private static final String ROW = "x".repeat(400);

    private final String url;
    private final String password;
    private final long pid;

    PlainDatabase(Path dataDir) throws IOException {
        // PostgreSQL documentation, "Database File Layout": process id, data directory, start time, port, …
        List<String> lines = Files.readAllLines(dataDir.resolve("postgres").resolve("postmaster.pid"));
        pid = Long.parseLong(lines.get(0).strip());
        url = "jdbc:postgresql://127.0.0.1:" + lines.get(3).strip() + "/postgres";
        password = Files.readString(dataDir.resolve("postgres.password")).strip();
    }

    long pid() {
        return pid;
    }

    /** Commits of one row each, one after the other on one connection. */
    Timings commits(Duration time) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, "postgres", password);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE public.bench_commits (id bigint PRIMARY KEY, body text NOT NULL)");
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO public.bench_commits VALUES (?, ?)")) {
                return commits(connection, insert, time);
            } finally {
                connection.rollback();
                connection.setAutoCommit(true);
                statement.execute("DROP TABLE public.bench_commits");
            }
        }
    }

    private static Timings commits(Connection connection, PreparedStatement insert, Duration time) throws SQLException {
        connection.setAutoCommit(false);
        Timings timings = new Timings();
        long begun = System.nanoTime();
        long id = 0;
        while (System.nanoTime() - begun < time.toNanos()) {
            long start = System.nanoTime();
            insert.setLong(1, id++);
            insert.setString(2, ROW);
            insert.executeUpdate();
            connection.commit();
            timings.record(System.nanoTime() - start);
        }
        timings.took(System.nanoTime() - begun);
        return timings;
    }
}
