package dev.agentsgateway.db;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one connection that listens, and the thread that keeps it alive. */
final class NotificationThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NotificationThread.class);
    private static final Duration PROBE = Duration.ofSeconds(10);
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(5);

    private final DataSource dataSource;
    private final Database database;
    private final Map<String, Channel> channels = new ConcurrentHashMap<>();

    /** A NOTIFY to ourselves ends the wait for notifications when a channel is added. */
    private final String wakeUp =
            "agents_gateway_" + UUID.randomUUID().toString().replace("-", "");

    private Thread thread;
    private volatile Connection current;
    private volatile boolean closed;

    NotificationThread(DataSource dataSource, Database database) {
        this.dataSource = dataSource;
        this.database = database;
    }

    void listen(String name, Notification.Listener listener) {
        Channel channel = channels.computeIfAbsent(name, key -> new Channel());
        channel.listeners.add(listener);
        try {
            if (current != null) {
                database.with(handle -> {
                    Database.notify(handle, wakeUp, "");
                    return null;
                });
            }
            if (!channel.listening.await(5, TimeUnit.SECONDS)) {
                LOG.warn("Not yet listening on {}: the database cannot be reached", name);
            }
        } catch (DatabaseUnavailableException e) {
            LOG.warn("Not yet listening on {}: the database cannot be reached", name);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (thread == null) {
            return;
        }
        try {
            // Waiting for a notification cannot be interrupted, and an orderly close would wait for it.
            Connection connection = current;
            if (connection != null) {
                connection.abort(Runnable::run);
            }
            thread.interrupt();
            thread.join(Duration.ofSeconds(2));
        } catch (SQLException e) {
            LOG.debug("Closing the listening connection failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Called once, before anything listens. */
    synchronized void start() {
        thread = Thread.ofPlatform().name("db-listen").daemon().start(this::run);
    }

    private void run() {
        Duration backoff = FIRST_BACKOFF;
        boolean lost = false;
        while (!closed) {
            try (Connection connection = dataSource.getConnection()) {
                Set<String> listening = new HashSet<>();
                try (Statement statement = connection.createStatement()) {
                    statement.execute("listen " + wakeUp);
                }
                // Before looking at the channels: one that is added from now on wakes the thread.
                current = connection;
                listenToNew(connection, listening);
                if (lost) {
                    LOG.info("Listening for notifications again");
                    channels.values().forEach(channel -> channel.deliver(null));
                }
                backoff = FIRST_BACKOFF;
                receive(connection, listening);
            } catch (SQLException e) {
                current = null;
                lost = true;
                if (!closed) {
                    LOG.warn("Not listening for notifications: {}", e.getMessage());
                    backoff = pause(backoff);
                }
            }
        }
    }

    private void receive(Connection connection, Set<String> listening) throws SQLException {
        PGConnection postgres = connection.unwrap(PGConnection.class);
        while (!closed) {
            PGNotification[] notifications = postgres.getNotifications((int) PROBE.toMillis());
            if (notifications == null || notifications.length == 0) {
                // A peer that vanished sends nothing either: only an answer proves that the connection lives.
                try (Statement statement = connection.createStatement()) {
                    statement.execute("select 1");
                }
            } else {
                for (PGNotification notification : notifications) {
                    Channel channel = channels.get(notification.getName());
                    if (channel != null) {
                        channel.deliver(notification.getParameter());
                    }
                }
            }
            listenToNew(connection, listening);
        }
    }

    private void listenToNew(Connection connection, Set<String> listening) throws SQLException {
        for (Map.Entry<String, Channel> channel : channels.entrySet()) {
            if (listening.add(channel.getKey())) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(
                            "listen " + connection.unwrap(PGConnection.class).escapeIdentifier(channel.getKey()));
                }
                channel.getValue().listening.countDown();
            }
        }
    }

    private static Duration pause(Duration backoff) {
        try {
            Thread.sleep(backoff);
        } catch (InterruptedException e) {
            // Closing: the loop ends by itself.
            LOG.debug("Interrupted", e);
        }
        Duration doubled = backoff.multipliedBy(2);
        return doubled.compareTo(LONGEST_BACKOFF) > 0 ? LONGEST_BACKOFF : doubled;
    }

    private static final class Channel {
        private final List<Notification.Listener> listeners = new CopyOnWriteArrayList<>();
        private final CountDownLatch listening = new CountDownLatch(1);

        void deliver(String payload) {
            for (Notification.Listener listener : listeners) {
                try {
                    listener.received(payload);
                } catch (RuntimeException e) {
                    LOG.error("A listener failed", e);
                }
            }
        }
    }
}
