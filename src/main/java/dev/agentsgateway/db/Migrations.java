package dev.agentsgateway.db;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;

/**
 * Brings the tables up to date with the scripts of {@code db/migration}. The history is kept in the schema {@code ai}, so
 * that the reference's own schemas stay as it knows them.
 */
final class Migrations {
    /** Any number that nothing else uses: replicas that start together take turns on it. */
    private static final long LOCK = 0x6167656e74736777L;

    private Migrations() {}

    /** Applies what is missing; waits for another process that does so. Returns the server's version. */
    static String apply(DataSource dataSource, String address) {
        // Flyway's own lock guards the history table, but not the creation of the schema that holds it.
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_lock(" + LOCK + ")");
            migrate(dataSource, address);
            return version(statement);
        } catch (SQLException e) {
            if (ConnectionFailures.isUnavailable(e)) {
                throw new DatabaseUnavailableException(e);
            }
            throw new MigrationException("The database " + address + " cannot be used: " + oneLine(e), e);
        }
    }

    private static void migrate(DataSource dataSource, String address) {
        Flyway flyway = Flyway.configure()
                .dataSource(dataSource)
                .defaultSchema("ai")
                .createSchemas(true)
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .initSql("set time zone 'UTC'")
                .locations("classpath:db/migration")
                .load();
        try {
            refuseNewer(flyway, address);
            flyway.migrate();
        } catch (FlywayException e) {
            throw new MigrationException("The database " + address + " cannot be migrated: " + oneLine(e), e);
        }
    }

    private static void refuseNewer(Flyway flyway, String address) {
        for (MigrationInfo migration : flyway.info().all()) {
            if (migration.getState() == MigrationState.FUTURE_SUCCESS) {
                throw new MigrationException(
                        "The database " + address + " has version " + migration.getVersion()
                                + " of the tables, made by a newer gateway: start that one.",
                        null);
            }
        }
    }

    private static String version(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("show server_version")) {
            row.next();
            return row.getString(1).split(" ", 2)[0];
        }
    }

    private static String oneLine(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.join(" ", String.valueOf(cause.getMessage()).strip().lines().map(String::strip).toList());
    }
}
