package dev.agentsgateway.db;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Jdbi;

/**
 * A fresh, migrated database for a test, cloned in some 30 ms from a template on the one embedded PostgreSQL of the test
 * JVM. Open it in {@code @BeforeEach} (or {@code @BeforeAll}) and close it afterwards, which drops it:
 *
 * <pre>{@code
 * private final TestDatabase test = TestDatabase.create();
 *
 * @AfterEach
 * void drop() {
 *     test.close();
 * }
 * }</pre>
 *
 * The server trades durability for speed and keeps its files in {@code target/test-postgres}, where the next test run
 * finds them.
 */
public final class TestDatabase implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final DatabaseSettings settings;
    private final Database database;

    private TestDatabase(DatabaseSettings settings) {
        this.settings = settings;
        this.database = Database.open(settings);
    }

    public static TestDatabase create() {
        return new TestDatabase(createSettings(Server.TEMPLATE));
    }

    /** An empty database that nobody has migrated or opened. Drop it with {@link #drop}. */
    public static DatabaseSettings createEmpty() {
        return createSettings("template0");
    }

    /** An empty database under the name of one that was dropped. */
    static void createAgain(DatabaseSettings settings) {
        Server.admin().useHandle(handle -> handle.execute("create database " + settings.database()));
    }

    public static void drop(DatabaseSettings settings) {
        Server.admin()
                .useHandle(handle ->
                        handle.execute("drop database if exists \"" + settings.database() + "\" with (force)"));
    }

    public Database database() {
        return database;
    }

    /** For a second replica on the same database, or for a restart. */
    public DatabaseSettings settings() {
        return settings;
    }

    @Override
    public void close() {
        database.close();
        drop(settings);
    }

    private static DatabaseSettings createSettings(String template) {
        String name = "test_" + COUNT.incrementAndGet();
        Server.admin().useHandle(handle -> handle.execute("create database " + name + " template " + template));
        return Server.POSTGRES.settings().withDatabase(name);
    }

    /** Started by the first test that needs it. */
    private static final class Server {
        private static final String TEMPLATE = "migrated";
        private static final EmbeddedPostgres POSTGRES = start();

        private static EmbeddedPostgres start() {
            EmbeddedPostgres postgres = EmbeddedPostgres.start(
                    directory(),
                    Map.of(
                            "fsync", "off",
                            "synchronous_commit", "off",
                            "full_page_writes", "off",
                            "max_connections", "300"));
            Runtime.getRuntime().addShutdownHook(new Thread(postgres::close));
            Jdbi admin = Jdbi.create(Connections.unpooled(postgres.settings()));
            admin.useHandle(handle -> {
                handle.createQuery(
                                "select datname from pg_database where datname like 'test\\_%' or datname = 'migrated'")
                        .mapTo(String.class)
                        .forEach(old -> handle.execute("drop database " + old + " with (force)"));
                handle.execute("create database " + TEMPLATE);
            });
            Migrations.apply(Connections.unpooled(postgres.settings().withDatabase(TEMPLATE)), TEMPLATE);
            return postgres;
        }

        private static Jdbi admin() {
            return Jdbi.create(Connections.unpooled(POSTGRES.settings()));
        }

        private static Path directory() {
            return Files.isDirectory(Path.of("target"))
                    ? Path.of("target", "test-postgres")
                    : Path.of(System.getProperty("java.io.tmpdir"), "agents-gateway-test-postgres");
        }
    }
}
