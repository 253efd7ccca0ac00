package dev.agentsgateway.db;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * Brings the tables up to date with the scripts of {@code db/migration}. The history is kept in the schema {@code ai}, so
 * that the reference's own schemas stay as it knows them.
 */
final class Migrations {
    /** The version of the newest script: raise it with every script. Versions are whole numbers without gaps. */
    static final int NEWEST = 12;

    /** Any number that nothing else uses: replicas that start together take turns on it. */
    private static final long LOCK = 0x6167656e74736777L;

    private Migrations() {}

    /**
     * Applies what is missing; waits for another process that does so. Returns the server's version.
     *
     * @throws DatabaseUnavailableException when the server cannot be reached
     */
    static String apply(DataSource dataSource, String address) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            if (!upToDate(statement, address)) {
                // Flyway's own lock guards the history table, but not the creation of the schema that holds it.
                statement.execute("select pg_advisory_lock(" + LOCK + ")");
                migrate(dataSource, address);
            }
            return text(statement, "show server_version").split(" ", 2)[0];
        } catch (SQLException e) {
            if (ConnectionFailures.isUnavailable(e)) {
                throw new DatabaseUnavailableException(e);
            }
            throw new MigrationException("The database " + address + " cannot be used: " + oneLine(e), e);
        }
    }

    /** Saves the second that loading Flyway takes in a JVM that has just started. */
    private static boolean upToDate(Statement statement, String address) throws SQLException {
        if (text(statement, "select to_regclass('ai.flyway_schema_history')") == null) {
            return false;
        }
        int recorded = Integer.parseInt(text(
                statement,
                "select coalesce(max(version::numeric::integer), 0) from ai.flyway_schema_history where success"));
        if (recorded > NEWEST) {
            throw new MigrationException(
                    "The database " + address + " has version " + recorded + " of the tables, made by a newer gateway;"
                            + " this one knows version " + NEWEST + ": start the newer one.",
                    null);
        }
        return recorded == NEWEST;
    }

    private static void migrate(DataSource dataSource, String address) {
        try {
            Flyway.configure()
                    .dataSource(dataSource)
                    .defaultSchema("ai")
                    .createSchemas(true)
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    // Scripts say "if not exists" on purpose: its notices are no news.
                    .initSql("set time zone 'UTC'; set client_min_messages = warning")
                    .locations("classpath:db/migration")
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            throw new MigrationException("The database " + address + " cannot be migrated: " + oneLine(e), e);
        }
    }

    private static String text(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    private static String oneLine(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.join(
                " ",
                String.valueOf(cause.getMessage())
                        .strip()
                        .lines()
                        .map(String::strip)
                        .toList());
    }
}
