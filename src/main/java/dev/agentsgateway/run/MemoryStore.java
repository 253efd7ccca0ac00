package dev.agentsgateway.run;

import dev.agentsgateway.common.Ids;
import dev.agentsgateway.db.Database;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;

/** The SQL of user memories, of one realm: what one tenant's keys had remembered no other tenant's see. Thread-safe. */
final class MemoryStore {
    private final Database database;
    private final String realm;

    /** Of the realm of keys that are bound to no tenant. */
    MemoryStore(Database database) {
        this(database, "");
    }

    private MemoryStore(Database database, String realm) {
        this.database = database;
        this.realm = realm;
    }

    /** @param realm see {@link SessionKey#realm} */
    MemoryStore in(String realm) {
        return new MemoryStore(database, realm);
    }

    List<Memory> list(String user, int limit) {
        return database.with(handle -> handle.createQuery("""
                        SELECT id, user_id, memory, topics, input, created_at, updated_at
                        FROM ai.memories WHERE user_id = :user AND realm = :realm ORDER BY created_at DESC LIMIT :limit
                        """)
                .bind("user", user)
                .bind("realm", realm)
                .bind("limit", limit)
                .mapTo(Memory.class)
                .list());
    }

    void add(String user, String memory, List<String> topics, String input) {
        OffsetDateTime now = Instant.now().atOffset(ZoneOffset.UTC);
        database.with(handle -> handle.createUpdate("""
                        INSERT INTO ai.memories (id, user_id, realm, memory, topics, input, created_at, updated_at)
                        VALUES (:id, :user, :realm, :memory, :topics, :input, :now, :now)
                        """)
                .bind("id", Ids.timeOrdered())
                .bind("user", user)
                .bind("realm", realm)
                .bind("memory", memory)
                .bind("topics", topics.toArray(String[]::new))
                .bind("input", input)
                .bind("now", now)
                .execute());
    }

    /** @return false when the user has no such memory */
    boolean update(String user, UUID id, String memory, List<String> topics, String input) {
        return database.with(handle -> handle.createUpdate("""
                        UPDATE ai.memories SET memory = :memory, topics = :topics, input = :input, updated_at = :now
                        WHERE id = :id AND user_id = :user AND realm = :realm
                        """)
                        .bind("id", id)
                        .bind("user", user)
                        .bind("realm", realm)
                        .bind("memory", memory)
                        .bind("topics", topics.toArray(String[]::new))
                        .bind("input", input)
                        .bind("now", Instant.now().atOffset(ZoneOffset.UTC))
                        .execute())
                == 1;
    }

    boolean delete(String user, UUID id) {
        return database.with(handle -> handle.createUpdate(
                                "DELETE FROM ai.memories WHERE id = :id AND user_id = :user AND realm = :realm")
                        .bind("id", id)
                        .bind("user", user)
                        .bind("realm", realm)
                        .execute())
                == 1;
    }

    int clear(String user) {
        return database.with(
                handle -> handle.createUpdate("DELETE FROM ai.memories WHERE user_id = :user AND realm = :realm")
                        .bind("user", user)
                        .bind("realm", realm)
                        .execute());
    }
}
