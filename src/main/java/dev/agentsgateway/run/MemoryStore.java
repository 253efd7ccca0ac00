package dev.agentsgateway.run;

import dev.agentsgateway.common.Ids;
import dev.agentsgateway.db.Database;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/**
 * The SQL of user memories. The same words of one user, whatever their case, spaces and final stop, are one memory. A
 * {@code realm} is the tenant whose memories are meant, empty for those of no tenant; null, where it is allowed, for all.
 */
final class MemoryStore {
    private static final String MINE = "user_id = :user AND (:realm::text IS NULL OR realm = :realm)";

    /** What of it models are told, newest first: two parameters, the user and the realm. Ids are ordered by time. */
    static final String NOTES = """
            SELECT left(memory, %d) AS memory FROM (
                SELECT memory FROM ai.memories WHERE user_id = %%s AND realm = %%s
                ORDER BY id DESC LIMIT %d) newest""".formatted(MemoryNotes.MOST_CHARS_EACH, MemoryNotes.MOST);

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

    /** As much of the newest memories as models are told, newest first. */
    List<String> notes(Handle handle, String user, String realm) {
        return handle.createQuery(NOTES.formatted(":user", ":realm"))
                .bind("user", user)
                .bind("realm", realm)
                .map((row, _) -> row.getString(1))
                .list();
    }

    /** Changes of one transaction. */
    <T> T change(Function<Handle, T> work) {
        return database.transact(work::apply);
    }

    /** @return the memory that is there now: an older one when it says the same, with nothing changed */
    Memory add(String user, String realm, String memory, List<String> topics, String input) {
        return change(handle -> add(handle, user, realm, memory, topics, input));
    }

    Memory add(Handle handle, String user, String realm, String memory, List<String> topics, String input) {
        return handle.createQuery("""
                        INSERT INTO ai.memories AS m (id, user_id, realm, memory, topics, input, created_at, updated_at)
                        VALUES (:id, :user, :realm, :memory, :topics, :input, :now, :now)
                        ON CONFLICT (user_id, realm, ai.memory_key(memory)) DO UPDATE SET updated_at = m.updated_at
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
                .one();
    }

    /**
     * A memory that says the same as the changed one goes into it.
     *
     * @return false when the user has no such memory
     */
    boolean update(
            Handle handle, String user, String realm, UUID id, String memory, List<String> topics, String input) {
        deleteSame(handle, user, realm, id, memory);
        return handle.createUpdate("""
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
                        .execute()
                == 1;
    }

    private static void deleteSame(Handle handle, String user, String realm, UUID id, String memory) {
        handle.createUpdate("""
                        DELETE FROM ai.memories o USING ai.memories m
                        WHERE m.id = :id AND m.user_id = :user AND (:realm::text IS NULL OR m.realm = :realm)
                            AND o.user_id = m.user_id AND o.realm = m.realm AND o.id <> m.id
                            AND ai.memory_key(o.memory) = ai.memory_key(:memory)
                        """)
                .bind("id", id)
                .bind("user", user)
                .bind("realm", realm)
                .bind("memory", memory)
                .execute();
    }

    /**
     * A memory that says the same as the changed one goes into it.
     *
     * @param realm  null for all
     * @param memory null to keep it; so with {@code topics}
     * @return empty when the user has no such memory
     */
    Optional<Memory> edit(String user, String realm, UUID id, String memory, List<String> topics) {
        return change(handle -> {
            if (memory != null) {
                deleteSame(handle, user, realm, id, memory);
            }
            return handle.createQuery("""
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
                    .findOne();
        });
    }

    /** @param realm null for all */
    boolean delete(String user, String realm, UUID id) {
        return database.with(handle -> delete(handle, user, realm, id));
    }

    boolean delete(Handle handle, String user, String realm, UUID id) {
        return handle.createUpdate("DELETE FROM ai.memories WHERE id = :id AND " + MINE)
                        .bind("id", id)
                        .bind("user", user)
                        .bind("realm", realm)
                        .execute()
                == 1;
    }

    int clear(Handle handle, String user, String realm) {
        return handle.createUpdate("DELETE FROM ai.memories WHERE " + MINE)
                .bind("user", user)
                .bind("realm", realm)
                .execute();
    }

    private static OffsetDateTime now() {
        return Instant.now().atOffset(ZoneOffset.UTC);
    }
}
