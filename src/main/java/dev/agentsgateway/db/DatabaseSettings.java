package dev.agentsgateway.db;

import java.time.Duration;

/**
 * Where the database is and how it is used.
 *
 * @param password empty when the server asks for none
 * @param maxConnections most connections that one gateway ever opens, everything included; at least 4
 * @param connectionTimeout longest wait for a free connection
 * @param statementTimeout longest run of one SQL statement; migrations are exempt
 */
public record DatabaseSettings(
        String host,
        int port,
        String database,
        String user,
        String password,
        int maxConnections,
        Duration connectionTimeout,
        Duration statementTimeout) {

    public DatabaseSettings {
        if (maxConnections < 4) {
            throw new IllegalArgumentException("maxConnections must be at least 4, but is " + maxConnections);
        }
    }

    /** 10 connections, 5 s to get one, 30 s for a statement. */
    public static DatabaseSettings of(String host, int port, String database, String user, String password) {
        return new DatabaseSettings(
                host, port, database, user, password, 10, Duration.ofSeconds(5), Duration.ofSeconds(30));
    }

    public DatabaseSettings withMaxConnections(int max) {
        return new DatabaseSettings(host, port, database, user, password, max, connectionTimeout, statementTimeout);
    }

    public DatabaseSettings withTimeouts(Duration connection, Duration statement) {
        return new DatabaseSettings(host, port, database, user, password, maxConnections, connection, statement);
    }

    public DatabaseSettings withDatabase(String name) {
        return new DatabaseSettings(
                host, port, name, user, password, maxConnections, connectionTimeout, statementTimeout);
    }

    /** For example {@code db.example.org:5432/postgres}; never the user or the password. */
    public String address() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/" + database;
    }

    /** Keeps the password out of logs. */
    @Override
    public String toString() {
        return "DatabaseSettings[" + address() + "]";
    }
}
