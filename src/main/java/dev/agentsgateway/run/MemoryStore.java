package dev.agentsgateway.run;

import dev.agentsgateway.common.Ids;
import dev.agentsgateway.db.Database;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The SQL of user memories. A {@code realm} is the tenant whose memories are meant, empty for those of no tenant; null,
 * where it is allowed, for all.
 */
final class MemoryStore {
    private static final String MINE = "user_id = :user AND (:realm::text IS NULL OR realm = :realm)";

    private final Database database;

    MemoryStore(Database database) {
        this.database = database;
    }

    /**
     * Newest first.
     *
     * @param realm  null for all
     * @param before null for the beginning
     */
    List<Memory> list(String user, String realm, UUID before, int limit) {
        return database.with(handle -> handle.createQuery("""
                        SELECT id, user_id, memory, topics, input, created_at, updated_at
                        FROM ai.memories WHERE %s AND (:before::uuid IS NULL OR id < :before)
                        ORDER BY id DESC LIMIT :limit
                        """.formatted(MINE))
                .bind("user", user)
                .bind("realm", realm)
                .bind("before", before)
                .bind("limit", limit)
                .mapTo(Memory.class)
                .list());
    }

    Memory add(String user, String realm, String memory, List<String> topics, String input) {
        return database.with(handle -> handle.createQuery("""
                        INSERT INTO ai.memories (id, user_id, realm, memory, topics, input, created_at, updated_at)
                        VALUES (:id, :user, :realm, :memory, :topics, :input, :now, :now)
                        RETURNING id, user_id, memory, topics, input, created_at, updated_at
                        """)
                .bind("id", Ids.timeOrdered())
                .bind("user", user)
                .bind("realm", realm)
                .bind("memory", memory)
                .bind("topics", topics.toArray(String[]::new))
                .bind("input", input)
                .bind("now", now())
                .mapTo(Memory.class)
                .one());
    }

    /** @return false when the user has no such memory */
    boolean update(String user, String realm, UUID id, String memory, List<String> topics, String input) {
        return database.with(handle -> handle.createUpdate("""
                        UPDATE ai.memories SET memory = :memory, topics = :topics, input = :input, updated_at = :now
                        WHERE id = :id AND %s
                        """.formatted(MINE))
                        .bind("id", id)
                        .bind("user", user)
                        .bind("realm", realm)
                        .bind("memory", memory)
                        .bind("topics", topics.toArray(String[]::new))
                        .bind("input", input)
                        .bind("now", now())
                        .execute())
                == 1;
    }

    /**
     * @param realm  null for all
     * @param memory null to keep it; so with {@code topics}
     * @return empty when the user has no such memory
     */
    Optional<Memory> edit(String user, String realm, UUID id, String memory, List<String> topics) {
        return database.with(handle -> handle.createQuery("""
                        UPDATE ai.memories SET memory = coalesce(:memory, memory),
                            topics = coalesce(:topics::text[], topics), updated_at = :now
                        WHERE id = :id AND %s
                        RETURNING id, user_id, memory, topics, input, created_at, updated_at
                        """.formatted(MINE))
                .bind("id", id)
                .bind("user", user)
                .bind("realm", realm)
                .bind("memory", memory)
                .bind("topics", topics == null ? null : topics.toArray(String[]::new))
                .bind("now", now())
                .mapTo(Memory.class)
                .findOne());
    }

    /** @param realm null for all */
    boolean delete(String user, String realm, UUID id) {
        return database.with(handle -> handle.createUpdate("DELETE FROM ai.memories WHERE id = :id AND " + MINE)
                        .bind("id", id)
                        .bind("user", user)
                        .bind("realm", realm)
                        .execute())
                == 1;
    }

    int clear(String user, String realm) {
        return database.with(handle -> handle.createUpdate("DELETE FROM ai.memories WHERE " + MINE)
                .bind("user", user)
                .bind("realm", realm)
                .execute());
    }

    private static OffsetDateTime now() {
        return Instant.now().atOffset(ZoneOffset.UTC);
    }
}
