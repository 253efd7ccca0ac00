package dev.agentsgateway.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DatabaseTest {
    private final TestDatabase test = TestDatabase.create();
    private final Database database = test.database();

    @AfterEach
    void drop() {
        test.close();
    }

    @Test
    void usesUtcAndStatementTimeoutsOnEveryConnectionWhateverTheMachinesZone() {
        Function<Handle, String> session = handle -> handle.createQuery(
                        "select current_setting('TimeZone') || ' ' || current_setting('statement_timeout')")
                .mapTo(String.class)
                .one();
        for (String read : List.of(database.with(session), database.transact(session), database.commit("", session))) {
            assertThat(read).isEqualTo("UTC 30s");
        }
    }

    @Test
    void rollsBackATransactionThatThrows() {
        assertThatThrownBy(() -> database.transact(handle -> {
                    handle.execute("insert into skills (id, name, instructions) values ('s', 's', 's')");
                    throw new IllegalArgumentException("refused");
                }))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(countSkills()).isZero();
    }

    @Test
    void passesOnWhatSqlRefuses() {
        assertThatThrownBy(() -> database.with(handle -> handle.execute("insert into skills (id) values ('s')")))
                .isInstanceOf(UnableToExecuteStatementException.class);
    }

    @Test
    void endsStatementsThatRunTooLong() {
        try (Database hasty =
                Database.open(test.settings().withTimeouts(Duration.ofSeconds(5), Duration.ofMillis(50)))) {
            assertThatThrownBy(() -> hasty.with(handle -> handle.execute("select pg_sleep(5)")))
                    .isInstanceOf(UnableToExecuteStatementException.class)
                    .hasMessageContaining("statement timeout");
        }
    }

    @Test
    void isUnavailableWhenTheServerIsGoneAndWorksAgainWhenItIsBack() {
        DatabaseSettings settings = TestDatabase.createEmpty();
        try (Database database = Database.open(settings.withTimeouts(Duration.ofMillis(500), Duration.ofSeconds(5)))) {
            assertThat(database.reachable()).isTrue();
            TestDatabase.drop(settings);

            assertThat(database.reachable()).isFalse();
            assertThatThrownBy(() -> database.with(handle -> handle.execute("select 1")))
                    .isInstanceOf(DatabaseUnavailableException.class);
            assertThatThrownBy(() -> database.transact(handle -> handle.execute("select 1")))
                    .isInstanceOf(DatabaseUnavailableException.class);
            assertThatThrownBy(() -> database.commit("", handle -> handle.execute("select 1")))
                    .isInstanceOf(DatabaseUnavailableException.class);

            TestDatabase.createAgain(settings);
            // The pool asks again at growing intervals of at most five seconds.
            long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            while (!database.reachable()) {
                assertThat(System.nanoTime()).isLessThan(deadline);
            }
            assertThat(database.<Integer>commit("", handle -> handle.execute("create table x ()")))
                    .isZero();
        } finally {
            TestDatabase.drop(settings);
        }
    }

    @Test
    void cannotBeOpenedWhereNothingListens() {
        DatabaseSettings nowhere = DatabaseSettings.of("127.0.0.1", 1, "postgres", "postgres", "");
        assertThatThrownBy(() -> Database.open(nowhere)).isInstanceOf(DatabaseUnavailableException.class);
    }

    private int countSkills() {
        return database.with(handle -> handle.createQuery("select count(*) from skills")
                .mapTo(Integer.class)
                .one());
    }
}
