package dev.agentsgateway.run;

import dev.agentsgateway.common.Reach;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.ResultIterator;

/** The SQL that shows and clears sessions. Lists read no bodies. */
final class SessionStore {
    /** Characters of messages that are read at once; one message is read however long it is. */
    private static final int PAGE_CHARS = 2_000_000;

    private static final int FETCH = 16;

    private static final String SELECT = """
            SELECT s.id, s.kind, s.owner_id, s.session_id, s.user_id, s.tenant_id, s.turn, s.active_run, s.created_at,
                s.updated_at
            FROM ai.sessions s WHERE\s""";

    /** A session as it is listed. {@code turn} counts the runs that have begun. */
    record Row(
            long id,
            SessionKey.Kind kind,
            String ownerId,
            String sessionId,
            String userId,
            String tenantId,
            int turn,
            UUID activeRun,
            OffsetDateTime createdAt,
            OffsetDateTime updatedAt) {}

    /** What sessions are wanted: each member narrows it unless it is null. */
    record Wanted(SessionKey.Kind kind, String ownerId, String userId, String sessionId) {
        private ListFilter filter(Reach reach) {
            ListFilter filter = new ListFilter()
                    .and("s.owner_id = :owner", "owner", ownerId)
                    .and("s.user_id = :user", "user", userId)
                    .and("s.session_id = :sessionId", "sessionId", sessionId)
                    .within(reach);
            return kind == null ? filter : filter.and("s.kind = '" + kind.word() + "'");
        }
    }

    /** What only reading the session's messages tells. {@code messages} counts those of users and models. */
    record Details(String state, int messages) {}

    /** The place of a message in its session. */
    record Place(int turn, int seq) {
        static final Place START = new Place(0, -1);

        /** @throws IllegalArgumentException when the text is none */
        static Place parse(String text) {
            int dot = text.indexOf('.');
            return new Place(
                    Integer.parseInt(text.substring(0, Math.max(0, dot))), Integer.parseInt(text.substring(dot + 1)));
        }

        @Override
        public String toString() {
            return turn + "." + seq;
        }
    }

    record MessageRow(UUID runId, int turn, int seq, String role, String body, OffsetDateTime createdAt) {
        Place place() {
            return new Place(turn, seq);
        }
    }

    /** Newest first. */
    List<Row> list(Handle handle, Wanted wanted, Reach reach, Long before, int limit) {
        ListFilter filter = wanted.filter(reach).and("s.id < :before", "before", before);
        return rows(handle, filter, " ORDER BY s.id DESC LIMIT " + limit);
    }

    Optional<Row> find(Handle handle, long id, Reach reach) {
        ListFilter filter = new ListFilter().and("s.id = :id", "id", id).within(reach);
        return rows(handle, filter, "").stream().findFirst();
    }

    /** As {@code find}; nobody begins a run in it before the transaction ends. */
    Optional<Row> lock(Handle handle, long id, Reach reach) {
        ListFilter filter = new ListFilter().and("s.id = :id", "id", id).within(reach);
        return rows(handle, filter, " FOR UPDATE").stream().findFirst();
    }

    /** All of them, each locked, at most {@code limit}. */
    List<Row> lock(Handle handle, Wanted wanted, Reach reach, int limit) {
        return rows(handle, wanted.filter(reach), " ORDER BY s.id LIMIT " + limit + " FOR UPDATE");
    }

    private static List<Row> rows(Handle handle, ListFilter filter, String rest) {
        return handle.createQuery(SELECT + filter.sql() + rest)
                .bindMap(filter.values())
                .mapTo(Row.class)
                .list();
    }

    Details details(Handle handle, long id) {
        return handle.createQuery("""
                        SELECT s.state, (SELECT count(*) FROM ai.runs r JOIN ai.messages m ON m.run_id = r.id
                            WHERE r.session = s.id AND m.role IN ('user', 'assistant')) AS messages
                        FROM ai.sessions s WHERE s.id = :id
                        """).bind("id", id).mapTo(Details.class).one();
    }

    /**
     * Messages of the runs that have begun, oldest first, after a place.
     *
     * @return at most {@code limit}, and fewer when they are long
     */
    List<MessageRow> messages(Handle handle, long session, Place after, int limit) {
        List<MessageRow> page = new ArrayList<>();
        try (ResultIterator<MessageRow> rows = handle.createQuery("""
                        SELECT r.id AS run_id, r.turn, m.seq, m.role, m.body, m.created_at
                        FROM ai.runs r JOIN ai.messages m ON m.run_id = r.id
                        WHERE r.session = :session AND r.turn >= :turn AND (r.turn > :turn OR m.seq > :seq)
                        ORDER BY r.turn, m.seq LIMIT :limit
                        """)
                .bind("session", session)
                .bind("turn", after.turn())
                .bind("seq", after.seq())
                .bind("limit", limit)
                .setFetchSize(FETCH)
                .mapTo(MessageRow.class)
                .iterator()) {
            fill(page, rows);
        }
        return page;
    }

    boolean hasMessages(Handle handle, long session, Place after) {
        return handle.createQuery("""
                        SELECT EXISTS (SELECT 1 FROM ai.runs r JOIN ai.messages m ON m.run_id = r.id
                            WHERE r.session = :session AND r.turn >= :turn AND (r.turn > :turn OR m.seq > :seq))
                        """)
                .bind("session", session)
                .bind("turn", after.turn())
                .bind("seq", after.seq())
                .mapTo(Boolean.class)
                .one();
    }

    private static void fill(List<MessageRow> page, Iterator<MessageRow> rows) {
        long chars = 0;
        while (chars < PAGE_CHARS && rows.hasNext()) {
            MessageRow row = rows.next();
            chars += row.body().length();
            page.add(row);
        }
    }

    boolean hasActiveRun(Handle handle, long session) {
        return handle.createQuery("""
                        SELECT EXISTS (SELECT 1 FROM ai.runs
                            WHERE session = :session AND status IN ('queued', 'running', 'paused'))
                        """)
                .bind("session", session)
                .mapTo(Boolean.class)
                .one();
    }

    /** With its runs, transcripts, events and attachments. */
    void delete(Handle handle, long session) {
        handle.createUpdate("DELETE FROM ai.sessions WHERE id = :session")
                .bind("session", session)
                .execute();
    }

    /** Leaves the session as if nothing had been said in it. */
    void clear(Handle handle, long session, Instant now) {
        for (String table : List.of("ai.runs", "ai.attachments")) {
            handle.createUpdate("DELETE FROM " + table + " WHERE session = :session")
                    .bind("session", session)
                    .execute();
        }
        handle.createUpdate("""
                        UPDATE ai.sessions SET state = '{}', turn = 0, active_run = NULL, updated_at = :now
                        WHERE id = :session
                        """)
                .bind("session", session)
                .bind("now", RunStore.utc(now))
                .execute();
    }
}
