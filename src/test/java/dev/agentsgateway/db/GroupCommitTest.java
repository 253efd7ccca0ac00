package dev.agentsgateway.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class GroupCommitTest {
    private final TestDatabase test = TestDatabase.create();
    private final Database database = test.database();
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();

    @BeforeEach
    void createTable() {
        database.with(handle -> handle.execute("""
                create table counters (name text primary key, value integer not null);
                create table entries (id integer primary key, transaction bigint not null default txid_current())"""));
    }

    @AfterEach
    void drop() {
        callers.shutdownNow();
        test.close();
    }

    @Test
    void executesWaitingWorksInTheOrderOfTheirKeysInOneTransaction() throws Exception {
        List<String> executed = new CopyOnWriteArrayList<>();
        List<Future<?>> results = new ArrayList<>();
        CountDownLatch release = occupyWriter();
        List<String> keys = List.of("c", "a", "b", "a", "c", "b");
        for (int i = 0; i < keys.size(); i++) {
            int id = i;
            results.add(submit(keys.get(i), handle -> {
                executed.add(keys.get(id) + id);
                return insert(handle, id);
            }));
            // Arrival decides between equal keys.
            Thread.sleep(20);
        }
        release.countDown();
        await(results);

        assertThat(executed).containsExactly("a1", "a3", "b2", "b5", "c0", "c4");
        assertThat(count("select count(distinct transaction) from entries")).isEqualTo(1);
    }

    @Test
    void failsOnlyTheCulprit() throws Exception {
        CountDownLatch release = occupyWriter();
        List<Future<Integer>> results = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int id = i == 7 ? 3 : i;
            results.add(submit("key", handle -> insert(handle, id)));
            Thread.sleep(5);
        }
        Future<Integer> thrower = submit("key", handle -> {
            insert(handle, 100);
            throw new IllegalArgumentException("refused");
        });
        release.countDown();

        for (int i = 0; i < 10; i++) {
            Future<Integer> result = results.get(i);
            if (i == 7) {
                assertThatThrownBy(result::get).hasCauseInstanceOf(UnableToExecuteStatementException.class);
            } else {
                assertThat(result.get()).isEqualTo(1);
            }
        }
        assertThatThrownBy(thrower::get).hasCauseInstanceOf(IllegalArgumentException.class);
        assertThat(count("select count(*) from entries")).isEqualTo(9);
    }

    @Test
    void returnsTheWorksValueEvenWhenItIsNull() {
        assertThat(database.<String>commit("", handle -> "value")).isEqualTo("value");
        assertThat(database.<String>commit("", handle -> null)).isNull();
    }

    @Test
    void survivesAnErrorThrownByAWork() {
        assertThatThrownBy(() -> database.commit("", handle -> {
                    throw new AssertionError("broken");
                }))
                .isInstanceOf(AssertionError.class);
        assertThat(database.<Integer>commit("", handle -> insert(handle, 1))).isEqualTo(1);
    }

    @Test
    void letsTwoHundredWritersOnTwoReplicasCountWithoutDeadlock() throws Exception {
        int writers = 200;
        int rounds = 5;
        database.with(handle -> handle.execute("insert into counters values ('a', 0), ('b', 0), ('c', 0)"));
        try (Database other = Database.open(test.settings())) {
            List<Future<?>> results = new ArrayList<>();
            for (int writer = 0; writer < writers; writer++) {
                Database replica = writer % 2 == 0 ? database : other;
                String name = List.of("a", "b", "c").get(writer % 3);
                results.add(callers.submit(() -> {
                    for (int round = 0; round < rounds; round++) {
                        replica.commit(
                                name,
                                handle -> handle.execute("update counters set value = value + 1 where name = ?", name));
                    }
                }));
            }
            await(results);
        }
        assertThat(count("select sum(value) from counters")).isEqualTo(writers * rounds);
        assertThat(count("select deadlocks from pg_stat_database where datname = current_database()"))
                .isZero();
    }

    @Test
    void triesAgainWhatLosesADeadlock() throws Exception {
        database.with(handle -> handle.execute("insert into counters values ('a', 0), ('b', 0)"));
        AtomicInteger executions = new AtomicInteger();
        CountDownLatch holdsA = new CountDownLatch(1);
        CountDownLatch holdsB = new CountDownLatch(1);
        Future<Integer> opponent = callers.submit(() -> database.transact(handle -> {
            // The opponent never gives in: the writer, waiting for longer than its deadlock_timeout, does.
            handle.execute("set local deadlock_timeout = '1min'");
            increment(handle, "b");
            holdsB.countDown();
            awaitUninterruptibly(holdsA);
            return increment(handle, "a");
        }));
        awaitUninterruptibly(holdsB);
        int updated = database.commit("a", handle -> {
            executions.incrementAndGet();
            handle.execute("set local deadlock_timeout = '100ms'");
            increment(handle, "a");
            holdsA.countDown();
            return increment(handle, "b");
        });

        assertThat(updated).isEqualTo(1);
        assertThat(opponent.get()).isEqualTo(1);
        assertThat(executions.get()).isGreaterThan(1);
        assertThat(count("select sum(value) from counters")).isEqualTo(4);
    }

    @Test
    void neverOpensMoreConnectionsThanAllowed() throws Exception {
        int allowed = 5;
        int most = 0;
        DatabaseSettings settings = TestDatabase.createEmpty();
        String open = "select count(*) from pg_stat_activity where datname = '" + settings.database() + "'";
        try (Database small = Database.open(
                settings.withMaxConnections(allowed).withTimeouts(Duration.ofSeconds(20), Duration.ofSeconds(20)))) {
            small.listen("some", payload -> {});
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                results.add(
                        callers.submit(() -> small.commit("k", handle -> handle.execute("select pg_sleep(0.005)"))));
                results.add(callers.submit(() -> small.with(handle -> handle.execute("select pg_sleep(0.01)"))));
            }
            while (results.stream().anyMatch(result -> !result.isDone())) {
                most = Math.max(most, count(open));
            }
            await(results);
        } finally {
            TestDatabase.drop(settings);
        }
        assertThat(most).isBetween(allowed - 1, allowed);
    }

    @Test
    void commitsEvenWhenReadersHoldEveryOtherConnection() throws Exception {
        try (Database small = Database.open(
                test.settings().withMaxConnections(4).withTimeouts(Duration.ofMillis(300), Duration.ofSeconds(20)))) {
            CountDownLatch release = new CountDownLatch(1);
            CountDownLatch held = new CountDownLatch(2);
            List<Future<?>> holders = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                holders.add(callers.submit(() -> small.with(handle -> {
                    held.countDown();
                    awaitUninterruptibly(release);
                    return null;
                })));
            }
            awaitUninterruptibly(held);
            assertThatThrownBy(() -> small.with(handle -> handle.execute("select 1")))
                    .isInstanceOf(DatabaseUnavailableException.class);
            assertThat(small.<Integer>commit("k", handle -> insert(handle, 1))).isEqualTo(1);
            release.countDown();
            await(holders);
        }
    }

    @Test
    void keepsWritingWhenACallerIsInterrupted() throws Exception {
        CountDownLatch release = occupyWriter();
        AtomicInteger interrupted = new AtomicInteger();
        Thread caller = Thread.ofVirtual().start(() -> {
            database.commit("k", handle -> insert(handle, 1));
            interrupted.set(Thread.currentThread().isInterrupted() ? 1 : -1);
        });
        Thread.sleep(50);
        caller.interrupt();
        Thread.sleep(50);
        release.countDown();
        caller.join();

        assertThat(interrupted.get()).isEqualTo(1);
        assertThat(database.<Integer>commit("k", handle -> insert(handle, 2))).isEqualTo(1);
        assertThat(count("select count(*) from entries")).isEqualTo(2);
    }

    @Test
    void doesNotNoticeAConnectionThatWasCutWhileIdle() {
        database.commit("k", handle -> insert(handle, 1));
        terminateOthers();
        assertThat(database.<Integer>commit("k", handle -> insert(handle, 2))).isEqualTo(1);
    }

    @Test
    void reportsALostCommitAsUnavailable() {
        assertThatThrownBy(() -> database.commit("k", handle -> {
                    insert(handle, 1);
                    // Ends this very connection twice in a row, the second attempt included.
                    return handle.createQuery("select pg_terminate_backend(pg_backend_pid())::text")
                            .mapTo(String.class)
                            .one();
                }))
                .isInstanceOf(DatabaseUnavailableException.class);
        assertThat(database.<Integer>commit("k", handle -> insert(handle, 1))).isEqualTo(1);
    }

    @Test
    void finishesAcceptedWorksWhenClosedAndRefusesLaterOnes() throws Exception {
        Database replica = Database.open(test.settings());
        List<Future<Integer>> results = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            int id = i;
            results.add(callers.submit(() -> replica.commit("k", handle -> insert(handle, id))));
        }
        int accepted = 0;
        Thread.sleep(10);
        replica.close();
        for (Future<Integer> result : results) {
            try {
                accepted += result.get();
            } catch (ExecutionException e) {
                assertThat(e.getCause()).hasMessageContaining("closed");
            }
        }
        assertThat(count("select count(*) from entries")).isEqualTo(accepted);
        assertThatThrownBy(() -> replica.commit("k", handle -> 1)).isInstanceOf(DatabaseClosedException.class);
    }

    /** Keeps the writer busy until the latch is counted down, so that what follows is gathered into one batch. */
    private CountDownLatch occupyWriter() {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        submit("", handle -> {
            busy.countDown();
            awaitUninterruptibly(release);
            return null;
        });
        awaitUninterruptibly(busy);
        return release;
    }

    private <T> Future<T> submit(String key, Function<Handle, T> work) {
        Callable<T> call = () -> database.commit(key, work);
        return callers.submit(call);
    }

    private static int insert(Handle handle, int id) {
        return handle.execute("insert into entries (id) values (?)", id);
    }

    private static int increment(Handle handle, String name) {
        return handle.execute("update counters set value = value + 1 where name = ?", name);
    }

    private int count(String sql) {
        return database.with(
                handle -> handle.createQuery(sql).mapTo(Integer.class).one());
    }

    private void terminateOthers() {
        database.with(handle -> handle.createQuery("""
                select count(pg_terminate_backend(pid)) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid()""").mapTo(Integer.class).one());
    }

    private static void await(List<? extends Future<?>> results) throws Exception {
        for (Future<?> result : results) {
            result.get();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("waited in vain");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
