package dev.agentsgateway.db;

import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/**
 * The PostgreSQL database. Thread-safe. All connections use UTC. Every method throws {@link DatabaseUnavailableException}
 * when no connection can be had in time.
 */
public interface Database extends AutoCloseable {
    /** Reads, or writes single statements that commit themselves. */
    <T> T with(Function<Handle, T> work);

    /** One transaction. */
    <T> T transact(Function<Handle, T> work);

    /**
     * One transaction that shares its commit with others that arrive meanwhile. Returns when it is durable. The work
     * may be executed more than once (only one execution is committed), must do nothing but SQL, and must not wait.
     *
     * @param orderKey works of one batch are executed in the order of their keys and, for equal keys, of their arrival;
     *     name the row that the work locks, so that replicas lock rows in the same order
     */
    <T> T commit(String orderKey, Function<Handle, T> work);

    /**
     * Calls back with the payload of every NOTIFY on a channel, from any replica, this one included. After a lost
     * connection is restored, calls back with null: anything may have been missed.
     */
    void listen(String channel, Notification.Listener listener);

    /** Whether a trivial query is answered within a second. */
    boolean reachable();

    /** One line for people, without a password, for example {@code PostgreSQL 18.1, embedded in ./data/postgres}. */
    String description();

    @Override
    void close();
}
