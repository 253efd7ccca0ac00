package dev.agentsgateway.db;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.MetricsTrackerFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * The PostgreSQL database. Thread-safe. All connections use UTC. Every method throws {@link DatabaseUnavailableException}
 * when no connection can be had in time or the connection is lost, and {@link DatabaseClosedException} after
 * {@link #close}; what SQL itself refuses comes as Jdbi's exceptions.
 *
 * <p>A gateway opens at most {@link DatabaseSettings#maxConnections} connections: one for {@link #commit}, one for
 * {@link #listen}, the rest for everything else.
 */
public final class Database implements AutoCloseable {
    private static final int TRANSACTION_ATTEMPTS = 4;

    private final HikariDataSource pool;
    private final HikariDataSource commitPool;
    private final Jdbi jdbi;
    private final GroupCommit groupCommit;
    private final NotificationThread notifications;
    private final EmbeddedPostgres embedded;
    private final String description;

    private Database(DatabaseSettings settings, EmbeddedPostgres embedded) {
        String version = Migrations.apply(Connections.unpooled(settings), settings.address());
        this.embedded = embedded;
        this.pool = Connections.pool(settings, "db", settings.maxConnections() - 2);
        this.commitPool = Connections.pool(settings, "db-commit", 1);
        this.notifications = new NotificationThread(Connections.listening(settings), this);
        Connections.connect(pool);
        notifications.start();
        Connections.connect(commitPool);
        this.jdbi = Connections.jdbi(pool);
        this.groupCommit = new GroupCommit(Connections.jdbi(commitPool));
        this.description = "PostgreSQL " + version
                + (embedded == null ? " at " + settings.address() : ", embedded in " + embedded.dataDir());
    }

    /**
     * Connects and applies the migrations; waits for another gateway that is applying them.
     *
     * @throws DatabaseUnavailableException when the server cannot be reached
     * @throws MigrationException when a migration fails or the database belongs to a newer gateway
     */
    public static Database open(DatabaseSettings settings) {
        return new Database(settings, null);
    }

    /**
     * Starts the embedded server on a data directory and opens it; {@link #close} stops it. Should the server end
     * unexpectedly, it is started again, and calls meanwhile throw {@link DatabaseUnavailableException}.
     *
     * @param maxConnections as in {@link DatabaseSettings}
     * @throws EmbeddedPostgresException when the server cannot be started
     */
    public static Database openEmbedded(Path dataDir, int maxConnections) {
        EmbeddedPostgres embedded = EmbeddedPostgres.start(dataDir);
        try {
            return new Database(embedded.settings().withMaxConnections(maxConnections), embedded);
        } catch (RuntimeException e) {
            embedded.close();
            throw e;
        }
    }

    /**
     * Connects once and changes nothing.
     *
     * @throws DatabaseUnavailableException when the server cannot be reached
     */
    public static void check(DatabaseSettings settings) {
        try (Connection connection = Connections.unpooled(settings).getConnection()) {
            connection.isValid(1);
        } catch (SQLException e) {
            throw new DatabaseUnavailableException(e);
        }
    }

    /**
     * Looks at a data directory and changes nothing.
     *
     * @throws EmbeddedPostgresException when another process uses it
     */
    public static void checkEmbedded(Path dataDir) {
        EmbeddedPostgres.checkUnused(dataDir);
    }

    /** Publishes figures of the pool, and tells of every commit that callers shared. Called once, at the start. */
    public void observe(MetricsTrackerFactory poolMetrics, BiConsumer<Integer, Duration> commits) {
        pool.setMetricsTrackerFactory(poolMetrics);
        groupCommit.listen(commits::accept);
    }

    /** Reads, or writes single statements that commit themselves. */
    public <T> T with(Function<Handle, T> work) {
        return translated(() -> jdbi.withHandle(work::apply));
    }

    /** One transaction; tried again when it loses a deadlock or a serialisation conflict, so it must do nothing but SQL. */
    public <T> T transact(Function<Handle, T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return translated(() -> jdbi.inTransaction(work::apply));
            } catch (RuntimeException e) {
                if (attempt == TRANSACTION_ATTEMPTS || !ConnectionFailures.isRetryable(e)) {
                    throw e;
                }
            }
        }
    }

    /**
     * One transaction that shares its commit with others that arrive meanwhile. Returns when it is durable. The work
     * may be executed more than once (only one execution is committed), must do nothing but SQL, and must not wait.
     *
     * <p>A work that throws is rolled back and its exception reaches its caller only; works that lose a deadlock or a
     * serialisation conflict are tried again. {@link DatabaseUnavailableException} means that the outcome is unknown:
     * the connection may have been lost after the server had committed. An interrupt does not end the wait, but is kept.
     * {@link DatabaseClosedException} means that nothing was written because {@link #close} came first.
     *
     * @param orderKey works of one batch are executed in the order of their keys and, for equal keys, of their arrival;
     *     name the row that the work locks, so that replicas lock rows in the same order
     */
    public <T> T commit(String orderKey, Function<Handle, T> work) {
        return groupCommit.commit(orderKey, work);
    }

    /**
     * Calls back with the payload of every NOTIFY on a channel, from any replica, this one included. After a lost
     * connection is restored, calls back with null: anything may have been missed. Returns when listening has begun; when
     * the database cannot be reached now, returns at once, and the first call back is the null of the restored connection.
     */
    public void listen(String channel, Notification.Listener listener) {
        notifications.listen(channel, listener);
    }

    /** Sends a payload of at most 7,999 bytes to a channel's listeners when the handle's transaction commits. */
    public static void notify(Handle handle, String channel, String payload) {
        handle.createQuery("select pg_notify(:channel, :payload)")
                .bind("channel", channel)
                .bind("payload", payload)
                .mapTo(String.class)
                .one();
    }

    /** Whether a trivial query is answered within a second. */
    public boolean reachable() {
        return Connections.answersWithinSecond(pool);
    }

    /** One line for people, without a password, for example {@code PostgreSQL 18.1, embedded in ./data/postgres}. */
    public String description() {
        return description;
    }

    /** Finishes the works that were accepted, closes all connections and stops the embedded server. */
    @Override
    public void close() {
        notifications.close();
        groupCommit.close();
        commitPool.close();
        pool.close();
        if (embedded != null) {
            embedded.close();
        }
    }

    private interface Work<T> {
        T run();
    }

    private <T> T translated(Work<T> work) {
        try {
            return work.run();
        } catch (RuntimeException e) {
            if (pool.isClosed()) {
                throw new DatabaseClosedException();
            }
            throw ConnectionFailures.isUnavailable(e) ? new DatabaseUnavailableException(e) : e;
        }
    }
}
