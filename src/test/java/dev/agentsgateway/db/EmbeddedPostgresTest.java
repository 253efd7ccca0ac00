package dev.agentsgateway.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EmbeddedPostgresTest {
    /** Shared, because making a new data directory takes seconds. */
    @TempDir(cleanup = CleanupMode.ALWAYS)
    static Path dataDir;

    private Process child;

    @BeforeAll
    static void createData() {
        try (Database database = Database.openEmbedded(dataDir, 10)) {
            database.with(handle -> handle.execute("create table kept (id integer primary key)"));
        }
    }

    @AfterEach
    void killChild() throws InterruptedException {
        if (child != null) {
            child.destroyForcibly().waitFor();
        }
    }

    @Test
    void isDurableAndLocal() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir);
                Database database = Database.open(postgres.settings())) {
            for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
                assertThat(show(database, setting)).as(setting).isEqualTo("on");
            }
            assertThat(show(database, "listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(show(database, "unix_socket_directories")).isEmpty();
            assertThat(show(database, "log_timezone")).isEqualTo("UTC");
            assertThat(Integer.parseInt(show(database, "max_connections"))).isGreaterThan(20);
            assertThat(database.description()).matches("PostgreSQL 18\\.\\d+ at 127\\.0\\.0\\.1:\\d+/postgres");
        }
    }

    @Test
    void letsNobodyInWithoutThePassword() throws Exception {
        Path password = dataDir.resolve("postgres.password");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(password)))
                .isEqualTo("rw-------");
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir)) {
            String url = "jdbc:postgresql://" + postgres.settings().address();
            for (String guess : List.of("", "postgres", "password")) {
                assertThatThrownBy(() -> DriverManager.getConnection(url, "postgres", guess))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("password");
            }
            assertThat(postgres.settings().toString())
                    .doesNotContain(Files.readString(password).strip());
        }
    }

    @Test
    void keepsCommittedRowsWhenTheProcessIsKilled() throws Exception {
        child = startChild();
        long server = Long.parseLong(
                Files.readAllLines(dataDir.resolve("postgres/postmaster.pid")).getFirst());
        assertThat(ProcessHandle.of(server)).isPresent();

        child.destroyForcibly().waitFor();

        try (Database database = Database.openEmbedded(dataDir, 10)) {
            assertThat(ids(database)).contains(1, 2);
            awaitEnd(server);
        }
    }

    @Test
    void keepsCommittedRowsWhenTheServerIsKilledToo() throws Exception {
        child = startChild();
        long server = Long.parseLong(
                Files.readAllLines(dataDir.resolve("postgres/postmaster.pid")).getFirst());
        child.destroyForcibly().waitFor();
        ProcessHandle postmaster = ProcessHandle.of(server).orElseThrow();
        postmaster.destroyForcibly();
        postmaster.onExit().get(10, TimeUnit.SECONDS);

        try (Database database = Database.openEmbedded(dataDir, 10)) {
            assertThat(ids(database)).contains(1, 2);
        }
    }

    @Test
    void startsAKilledServerAgainAndKeepsItsRows() throws Exception {
        long second;
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir);
                Database database = Database.open(postgres.settings())) {
            for (int id : List.of(11, 12)) {
                database.commit("kept", handle -> handle.execute("insert into kept values (?)", id));
                kill(serverPid());
                assertThat(awaitIds(database)).contains(id);
                assertThat(show(database, "port"))
                        .isEqualTo(Integer.toString(postgres.settings().port()));
                assertThat(show(database, "fsync")).isEqualTo("on");
            }
            second = serverPid();
        }
        awaitEnd(second);
        assertThat(serverProcesses()).isEmpty();
        assertThat(dataDir.resolve("postgres/postmaster.pid")).doesNotExist();
    }

    @Test
    void startsAKilledServerAgainAlthoughAQueryIsStillBusy() throws Exception {
        try (Database database = Database.openEmbedded(dataDir, 10)) {
            Thread busy = Thread.startVirtualThread(() -> {
                try {
                    database.with(
                            handle -> handle.execute("select count(*) from generate_series(1, 8000000) a where a > 0"));
                } catch (DatabaseUnavailableException e) {
                    // The server was killed before it had answered.
                }
            });
            Thread.sleep(200);
            kill(serverPid());
            assertThat(awaitIds(database)).isNotNull();
            busy.join();
        }
        assertThat(serverProcesses()).isEmpty();
    }

    @Test
    void staysClosedWhenItIsClosedJustAfterTheServerWasKilled() throws Exception {
        for (int wait : List.of(0, 510, 700)) {
            EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir);
            kill(serverPid());
            Thread.sleep(wait);
            long began = System.nanoTime();
            postgres.close();
            assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(10));
            Thread.sleep(1200);
            assertThat(serverProcesses()).as("after %s ms", wait).isEmpty();
            assertThat(dataDir.resolve("postgres/postmaster.pid")).doesNotExist();
        }
    }

    @Test
    void ignoresARecordedNumberThatNowBelongsToAnotherProcess() throws Exception {
        Path recorded = dataDir.resolve("postgres/postmaster.pid");
        Files.writeString(recorded, ProcessHandle.current().pid() + "\n" + dataDir + "\n");

        EmbeddedPostgres.start(dataDir).close();

        assertThat(recorded).doesNotExist();
    }

    @Test
    void refusesADirectoryThatAnotherProcessUses() throws Exception {
        child = startChild();

        assertThatThrownBy(() -> Database.openEmbedded(dataDir, 10))
                .isInstanceOf(EmbeddedPostgresException.class)
                .hasMessageContaining(dataDir.toString())
                .hasMessageContaining("in use by another gateway process");
        assertThat(child.isAlive()).isTrue();
    }

    @Test
    void refusesADirectoryThatThisProcessUses() {
        try (EmbeddedPostgres first = EmbeddedPostgres.start(dataDir)) {
            assertThatThrownBy(() -> EmbeddedPostgres.start(dataDir))
                    .isInstanceOf(EmbeddedPostgresException.class)
                    .hasMessageContaining("in use");
            assertThat(first.dataDir()).isEqualTo(dataDir);
        }
    }

    @Test
    void leavesNoProcessWhenClosed() throws Exception {
        EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir);
        long server = Long.parseLong(
                Files.readAllLines(dataDir.resolve("postgres/postmaster.pid")).getFirst());
        postgres.close();
        postgres.close();
        awaitEnd(server);
        assertThat(dataDir.resolve("postgres/postmaster.pid")).doesNotExist();
    }

    @Test
    void runsInASessionOfItsOwnSoThatCtrlCDoesNotReachIt() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(dataDir)) {
            String server = Files.readAllLines(postgres.dataDir().resolve("postgres/postmaster.pid"))
                    .getFirst();
            assertThat(processGroup(server)).isNotEqualTo(processGroup("self"));
        }
    }

    @Test
    void saysWhyItCannotStart() throws IOException {
        Path conf = dataDir.resolve("postgres/postgresql.auto.conf");
        String before = Files.readString(conf);
        Files.writeString(conf, "shared_buffers = 'plenty'\n");
        try {
            assertThatThrownBy(() -> EmbeddedPostgres.start(dataDir))
                    .isInstanceOf(EmbeddedPostgresException.class)
                    .hasMessageContaining("plenty")
                    .message()
                    .doesNotContain("\n");
        } finally {
            Files.writeString(conf, before);
        }
        EmbeddedPostgres.start(dataDir).close();
    }

    private static String processGroup(String pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", pid, "stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[2];
    }

    /** The server removes its file just before it ends; in a container without an init it stays as a zombie then. */
    private static void awaitEnd(long pid) throws Exception {
        Path commandLine = Path.of("/proc", Long.toString(pid), "cmdline");
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (Files.exists(commandLine) && Files.readAllBytes(commandLine).length > 0) {
            assertThat(System.nanoTime()).as("the server still runs").isLessThan(deadline);
            Thread.sleep(10);
        }
    }

    private static long serverPid() throws IOException {
        return Long.parseLong(
                Files.readAllLines(dataDir.resolve("postgres/postmaster.pid")).getFirst());
    }

    private static void kill(long pid) throws Exception {
        assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
        awaitEnd(pid);
    }

    private static List<Integer> awaitIds(Database database) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
        while (true) {
            try {
                return ids(database);
            } catch (DatabaseUnavailableException e) {
                assertThat(System.nanoTime()).as("the server is away").isLessThan(deadline);
                Thread.sleep(50);
            }
        }
    }

    /** Every process that works in the data directory, zombies aside. */
    private static List<Long> serverProcesses() {
        Path data = dataDir.resolve("postgres");
        return ProcessHandle.allProcesses()
                .map(ProcessHandle::pid)
                .filter(pid -> {
                    try {
                        return Files.isSameFile(Path.of("/proc", Long.toString(pid), "cwd"), data);
                    } catch (IOException gone) {
                        return false;
                    }
                })
                .toList();
    }

    /** Connections that the killed server's last processes still held may break a moment later. */
    private static String show(Database database, String setting) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (true) {
            try {
                return database.with(handle -> handle.createQuery("show " + setting)
                        .mapTo(String.class)
                        .one());
            } catch (DatabaseUnavailableException e) {
                assertThat(System.nanoTime()).as("the server is away").isLessThan(deadline);
                Thread.sleep(50);
            }
        }
    }

    private static List<Integer> ids(Database database) {
        return database.with(handle ->
                handle.createQuery("select id from kept").mapTo(Integer.class).list());
    }

    /** Another JVM that opens the directory, commits two rows and waits to be killed. */
    private static Process startChild() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        dataDir.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = process.inputReader();
        String line = output.readLine();
        while (line != null && !line.equals("ready")) {
            line = output.readLine();
        }
        assertThat(line).isEqualTo("ready");
        return process;
    }

    static final class Child {
        public static void main(String[] args) throws InterruptedException {
            Database database = Database.openEmbedded(Path.of(args[0]), 10);
            database.with(handle -> handle.execute("insert into kept values (1) on conflict do nothing"));
            database.commit("kept", handle -> handle.execute("insert into kept values (2) on conflict do nothing"));
            System.out.println("ready");
            Thread.sleep(60_000);
        }
    }
}
