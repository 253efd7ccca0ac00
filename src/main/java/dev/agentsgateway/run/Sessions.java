package dev.agentsgateway.run;

import dev.agentsgateway.common.Reach;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.http.HttpException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Sessions, for a caller: what is out of the caller's reach is as absent as what does not exist. A session in which a run
 * waits, works or is paused is not changed. Thread-safe.
 */
public final class Sessions {
    static final String LIST = "sessions";
    static final String MESSAGES = "messages";

    /** Sessions that one transaction clears. */
    private static final int CLEARED_AT_ONCE = 100;

    private final Database database;
    private final SessionStore store = new SessionStore();

    public Sessions(Database database) {
        this.database = database;
    }

    /** Newest first. */
    Page<SessionStore.Row> list(SessionStore.Wanted wanted, Reach reach, String cursor, int limit) {
        Long before = Cursor.number(LIST, cursor);
        List<SessionStore.Row> rows = database.with(handle -> store.list(handle, wanted, reach, before, limit + 1));
        return Page.of(rows, limit, row -> Cursor.of(LIST, row.id()));
    }

    /** @throws HttpException 404 */
    SessionStore.Row get(String id, Reach reach) {
        return database.with(handle -> number(id).flatMap(row -> store.find(handle, row, reach)))
                .orElseThrow(() -> notFound(id));
    }

    SessionStore.Details details(SessionStore.Row session) {
        return database.with(handle -> store.details(handle, session.id()));
    }

    /**
     * Oldest first.
     *
     * @throws HttpException 404
     */
    Page<SessionStore.MessageRow> messages(String id, Reach reach, String cursor, int limit) {
        SessionStore.Row session = get(id, reach);
        String list = MESSAGES + session.id();
        SessionStore.Place given = Cursor.read(list, cursor, SessionStore.Place::parse);
        SessionStore.Place after = given == null ? SessionStore.Place.START : given;
        // In a transaction, because only there the driver reads rows bit by bit.
        List<SessionStore.MessageRow> rows =
                database.transact(handle -> store.messages(handle, session.id(), after, limit));
        if (rows.isEmpty()) {
            return new Page<>(rows, null);
        }
        SessionStore.Place last = rows.getLast().place();
        boolean more = database.with(handle -> store.hasMessages(handle, session.id(), last));
        return new Page<>(rows, more ? Cursor.of(list, last) : null);
    }

    /** @throws HttpException 404, or 409 when a run is active in it */
    void delete(String id, Reach reach) {
        database.transact(handle -> {
            store.delete(handle, idle(handle, id, reach).id());
            return null;
        });
    }

    /** @throws HttpException 404, or 409 when a run is active in it */
    void clear(String id, Reach reach) {
        database.transact(handle -> {
            store.clear(handle, idle(handle, id, reach).id(), Instant.now());
            return null;
        });
    }

    /**
     * Deletes all sessions of an agent or team with this user, this session id, or both; without either, none.
     *
     * @return how many
     * @throws HttpException 409 when a run is active in one of them: that one, and what comes after it, stays
     */
    public int clear(SessionKey.Kind kind, String ownerId, String userId, String sessionId, Reach reach) {
        if (userId == null && sessionId == null) {
            return 0;
        }
        SessionStore.Wanted wanted = new SessionStore.Wanted(kind, ownerId, userId, sessionId);
        int all = 0;
        int some;
        do {
            some = database.transact(handle -> {
                List<SessionStore.Row> rows = store.lock(handle, wanted, reach, CLEARED_AT_ONCE);
                rows.forEach(row -> checkIdle(handle, row, row.sessionId()));
                rows.forEach(row -> store.delete(handle, row.id()));
                return rows.size();
            });
            all += some;
        } while (some == CLEARED_AT_ONCE);
        return all;
    }

    private SessionStore.Row idle(Handle handle, String id, Reach reach) {
        SessionStore.Row session =
                number(id).flatMap(row -> store.lock(handle, row, reach)).orElseThrow(() -> notFound(id));
        checkIdle(handle, session, id);
        return session;
    }

    private void checkIdle(Handle handle, SessionStore.Row session, String id) {
        if (store.hasActiveRun(handle, session.id())) {
            throw new HttpException(409, "Session " + id + " has an active run");
        }
    }

    private static HttpException notFound(String id) {
        return HttpException.notFound("Session " + id + " not found");
    }

    private static Optional<Long> number(String id) {
        try {
            return Optional.of(Long.valueOf(id));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
