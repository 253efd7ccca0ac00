package dev.agentsgateway.db;

import com.fasterxml.jackson.databind.JsonNode;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.generic.GenericTypes;
import org.jdbi.v3.core.mapper.RowMapperFactory;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How connections are made: driver settings, session settings, pool, and what Jdbi maps. */
final class Connections {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
    private static final int CONNECT_SECONDS = 5;

    /** A database that hangs is noticed this long after the statement time-out, which it would have answered by itself. */
    private static final Duration SOCKET_MARGIN = Duration.ofSeconds(5);

    private Connections() {}

    /** For migrations: they may run long. */
    static DataSource unpooled(DatabaseSettings settings) {
        return driver(settings, "agents-gateway-migration", Duration.ZERO);
    }

    /** For LISTEN: a trivial query must be answered soon, or the connection is taken for dead. */
    static DataSource listening(DatabaseSettings settings) {
        return driver(settings, "agents-gateway-listener", Duration.ofSeconds(5));
    }

    static HikariDataSource pool(DatabaseSettings settings, String name, int size) {
        // Not a HikariConfig, which is copied by reflection: 50 ms in a JVM that has just started.
        HikariDataSource config = new HikariDataSource();
        config.setPoolName(name);
        config.setDataSource(
                driver(settings, "agents-gateway", settings.statementTimeout().plus(SOCKET_MARGIN)));
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(1);
        if (size > 1) {
            config.setIdleTimeout(Duration.ofMinutes(5).toMillis());
        }
        config.setMaxLifetime(Duration.ofMinutes(30).toMillis());
        config.setConnectionTimeout(settings.connectionTimeout().toMillis());
        // The migrations have just connected; later outages are answered per call.
        config.setInitializationFailTimeout(-1);
        // pgjdbc announces the JVM's own time zone when it connects, so that a start-up option would not win.
        // Statements are few and find their rows by key: planning each anew costs more than executing it.
        config.setConnectionInitSql(
                "set time zone 'UTC'; set plan_cache_mode = force_generic_plan; set statement_timeout = "
                        + settings.statementTimeout().toMillis());
        return config;
    }

    /** Has the first connection made while the caller goes on. */
    static void connect(HikariDataSource pool) {
        Thread.ofVirtual().name(pool.getPoolName() + "-first").start(() -> {
            try (Connection connection = pool.getConnection()) {
                LOG.debug("connected: {}", connection);
            } catch (SQLException | RuntimeException e) {
                // Whoever needs a connection next is told, or gets one.
                LOG.debug("no first connection", e);
            }
        });
    }

    /**
     * A Jdbi that maps snake_case columns to the constructor of any record, {@link JsonNode} to and from jsonb, and
     * {@link Instant} to and from timestamps whatever the JVM's time zone is.
     */
    static Jdbi jdbi(DataSource dataSource) {
        Jdbi jdbi = Jdbi.create(dataSource).installPlugin(new PostgresPlugin());
        // Bound values are people's secrets and words: exceptions, which are logged, do not repeat them.
        jdbi.getConfig(StatementExceptions.class).setMessageRendering(StatementExceptions.MessageRendering.NONE);
        RowMapperFactory records = (type, config) -> {
            Class<?> raw = GenericTypes.getErasedType(type);
            return raw.isRecord() ? Optional.of(ConstructorMapper.of(raw)) : Optional.empty();
        };
        jdbi.registerRowMapper(records);
        jdbi.registerColumnMapper(JsonNode.class, new JsonColumns.Mapper());
        jdbi.registerArgument(new JsonColumns.Arguments());
        jdbi.registerColumnMapper(Instant.class, new InstantColumns.Mapper());
        jdbi.registerArgument(new InstantColumns.Arguments());
        return jdbi;
    }

    static boolean answersWithinSecond(HikariDataSource pool) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        // The pool waits longer for a connection than the answer may take.
        Thread.ofVirtual().start(() -> {
            try (Connection connection = pool.getConnection()) {
                answer.complete(connection.isValid(1));
            } catch (SQLException | RuntimeException e) {
                answer.complete(false);
            }
        });
        return answer.completeOnTimeout(false, 1, TimeUnit.SECONDS).join();
    }

    private static PGSimpleDataSource driver(DatabaseSettings settings, String application, Duration socketTimeout) {
        PGSimpleDataSource driver = new PGSimpleDataSource();
        driver.setServerNames(new String[] {settings.host()});
        driver.setPortNumbers(new int[] {settings.port()});
        driver.setDatabaseName(settings.database());
        driver.setUser(settings.user());
        driver.setPassword(settings.password());
        driver.setApplicationName(application);
        driver.setConnectTimeout(CONNECT_SECONDS);
        driver.setLoginTimeout(CONNECT_SECONDS);
        driver.setSocketTimeout((int) socketTimeout.toSeconds());
        driver.setTcpKeepAlive(true);
        // The server's details quote the values of rows.
        driver.setLogServerErrorDetail(false);
        driver.setReWriteBatchedInserts(true);
        driver.setPreparedStatementCacheQueries(512);
        return driver;
    }
}
