package dev.agentsgateway.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NotificationTest {
    private final TestDatabase test = TestDatabase.create();
    private final Database database = test.database();
    private final BlockingQueue<Optional<String>> received = new LinkedBlockingQueue<>();

    @AfterEach
    void drop() {
        test.close();
    }

    @Test
    void deliversWhatAnyReplicaSendsWithinASecond() throws Exception {
        database.listen("runs", payload -> received.add(Optional.ofNullable(payload)));
        try (Database other = Database.open(test.settings())) {
            send(other, "runs", "from the other");
            assertThat(received.poll(1, TimeUnit.SECONDS)).contains("from the other");
            send(database, "runs", "from here");
            assertThat(received.poll(1, TimeUnit.SECONDS)).contains("from here");
        }
    }

    @Test
    void listensToManyChannelsByNameWhateverTheName() throws Exception {
        database.listen("first", payload -> received.add(Optional.of("first " + payload)));
        database.listen("Second \"quoted\"", payload -> received.add(Optional.of("second " + payload)));
        send(database, "Second \"quoted\"", "a");
        send(database, "other", "b");
        send(database, "first", "c");
        assertThat(received.poll(1, TimeUnit.SECONDS)).contains("second a");
        assertThat(received.poll(1, TimeUnit.SECONDS)).contains("first c");
    }

    @Test
    void deliversNothingOfATransactionThatIsRolledBack() throws Exception {
        database.listen("runs", payload -> received.add(Optional.ofNullable(payload)));
        database.transact(handle -> {
            Database.notify(handle, "runs", "rolled back");
            return handle.rollback();
        });
        database.commit("k", handle -> {
            Database.notify(handle, "runs", "committed");
            return null;
        });
        assertThat(received.poll(1, TimeUnit.SECONDS)).contains("committed");
    }

    @Test
    void keepsDeliveringAfterAListenerFailed() throws Exception {
        database.listen("runs", payload -> {
            received.add(Optional.of(payload));
            throw new IllegalStateException("expected by this test");
        });
        send(database, "runs", "a");
        send(database, "runs", "b");
        assertThat(received.poll(1, TimeUnit.SECONDS)).contains("a");
        assertThat(received.poll(1, TimeUnit.SECONDS)).contains("b");
    }

    @Test
    void saysNullAfterTheConnectionWasLostAndIsRestored() throws Exception {
        database.listen("runs", payload -> received.add(Optional.ofNullable(payload)));
        int ended = database.with(
                handle -> handle.createQuery("""
                select count(pg_terminate_backend(pid)) from pg_stat_activity
                where datname = current_database() and application_name = 'agents-gateway-listener'""").mapTo(Integer.class).one());
        assertThat(ended).isEqualTo(1);

        assertThat(received.poll(5, TimeUnit.SECONDS)).isEqualTo(Optional.empty());
        send(database, "runs", "again");
        assertThat(received.poll(1, TimeUnit.SECONDS)).contains("again");
    }

    private static void send(Database from, String channel, String payload) {
        from.with(handle -> {
            Database.notify(handle, channel, payload);
            return null;
        });
    }
}
