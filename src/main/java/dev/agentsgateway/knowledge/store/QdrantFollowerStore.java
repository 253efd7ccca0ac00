package dev.agentsgateway.knowledge.store;

import dev.agentsgateway.db.Database;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.UUID;

/** The SQL of how far a shared store has come, and of which process writes to it. Thread-safe. */
final class QdrantFollowerStore {
    private final Database database;
    private final String store;
    private final UUID owner;
    private final double lease;

    QdrantFollowerStore(Database database, String store, UUID owner, Duration lease) {
        this.database = database;
        this.store = store;
        this.owner = owner;
        this.lease = lease.toMillis() / 1000.0;
    }

    /** How far the store has come; empty when another process writes to it now. */
    OptionalLong take() {
        return database.with(handle -> {
            handle.createUpdate("INSERT INTO ai.knowledge_followers (store) VALUES (:store) ON CONFLICT DO NOTHING")
                    .bind("store", store)
                    .execute();
            return handle.createQuery("""
                            UPDATE ai.knowledge_followers SET owner = :owner,
                                lease_until = now() + make_interval(secs => :lease)
                            WHERE store = :store AND (owner IS NULL OR owner = :owner OR lease_until < now())
                            RETURNING position
                            """)
                    .bind("owner", owner)
                    .bind("lease", lease)
                    .bind("store", store)
                    .mapTo(Long.class)
                    .findOne()
                    .map(OptionalLong::of)
                    .orElse(OptionalLong.empty());
        });
    }

    long get() {
        return database.with(
                handle -> handle.createQuery("SELECT position FROM ai.knowledge_followers WHERE store = :store")
                        .bind("store", store)
                        .mapTo(Long.class)
                        .findOne()
                        .orElse(0L));
    }

    /** @throws StoreException when another process has taken over meanwhile */
    void reached(long position) {
        owned("position = :position, lease_until = now() + make_interval(secs => :lease)", position);
    }

    /** @throws StoreException when another process has taken over meanwhile */
    void renew() {
        owned("lease_until = now() + make_interval(secs => :lease)", 0);
    }

    private void owned(String change, long position) {
        int updated = database.with(handle -> handle.createUpdate(
                        "UPDATE ai.knowledge_followers SET " + change + " WHERE store = :store AND owner = :owner")
                .bind("position", position)
                .bind("lease", lease)
                .bind("store", store)
                .bind("owner", owner)
                .execute());
        if (updated == 0) {
            throw StoreException.passing("Another process writes to the vector store now.", null);
        }
    }

    void release() {
        database.with(handle -> handle.execute(
                "UPDATE ai.knowledge_followers SET owner = NULL WHERE store = ? AND owner = ?", store, owner));
    }
}
