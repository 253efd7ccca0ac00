package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.Positional;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.Usage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The SQL of runs, sessions and event logs. Every write may be executed again without changing more. */
final class RunStore {
    private final TranscriptStore transcripts = new TranscriptStore();

    /** The right to write to a session: its row, its state and the run's place in it. */
    record Claim(long session, int turn, ObjectNode state) {}

    /** A run as it is accepted; {@code claim} is null when the session belongs to another run at the moment. */
    record Accepted(long session, Claim claim) {}

    /** How a run ends. {@code model} is for the books. */
    record End(RunStatus status, String errorCode, String errorMessage, String model, Usage usage, Instant at) {}

    /** What of a run is not stored yet at its end, as it is stored: made before the transaction that everybody shares. */
    record Tail(
            int firstSeq,
            int lastSeq,
            String events,
            Integer[] numbers,
            String[] roles,
            String[] bodies,
            String state) {
        /**
         * @param messages by number
         * @param state    the session's new state, null to keep the stored one
         */
        static Tail of(RunLog.Segment segment, SortedMap<Integer, Message> messages, ObjectNode state) {
            return new Tail(
                    segment.firstSeq(),
                    segment.lastSeq(),
                    EventJson.write(segment.events()),
                    messages.keySet().toArray(Integer[]::new),
                    messages.values().stream().map(MessageJson::role).toArray(String[]::new),
                    messages.values().stream()
                            .map(message -> MessageJson.write(message).toString())
                            .toArray(String[]::new),
                    state == null ? null : state.toString());
        }
    }

    /** The usual acceptance in one round trip: the session is there and free, else nothing happens. */
    private static final String ACCEPT_CLAIMED = """
            WITH given AS (SELECT ?::uuid AS run, ?::timestamptz AS now),
            claimed AS (
                UPDATE ai.sessions s SET active_run = g.run, updated_at = g.now,
                    turn = CASE WHEN s.active_run = g.run THEN s.turn ELSE s.turn + 1 END
                FROM given g
                WHERE s.kind = ? AND s.owner_id = ? AND s.user_id = ? AND s.session_id = ? AND s.realm = ?
                    AND (s.active_run IS NULL OR s.active_run = g.run)
                RETURNING s.id, s.turn, s.state),
            accepted AS (
                INSERT INTO ai.runs (id, session, turn, status, model, key_id, request, replica, created_at, started_at)
                SELECT g.run, c.id, c.turn, 'running', ?, ?::integer, ?::json, ?::uuid, g.now, g.now
                FROM claimed c, given g
                ON CONFLICT (id) DO NOTHING),
            said AS (
                INSERT INTO ai.messages (run_id, seq, role, body, created_at)
                SELECT g.run, 0, 'user', ?::json, g.now FROM claimed c, given g
                ON CONFLICT (run_id, seq) DO NOTHING)
            SELECT id, turn, state FROM claimed
            """;

    /** The end of a run in one round trip; nothing happens when it has ended already. */
    private static final String FINISH = """
            WITH given AS (
                SELECT ?::uuid AS run, ?::timestamptz AS now, ?::bigint AS input, ?::bigint AS output,
                    ?::boolean AS estimated),
            ended AS (
                UPDATE ai.runs r SET status = ?, error_code = ?, error_message = ?, cache_read_tokens = ?,
                    cache_write_tokens = ?, reasoning_tokens = ?, last_seq = ?, input_tokens = g.input,
                    output_tokens = g.output, usage_estimated = g.estimated, finished_at = g.now
                FROM given g
                WHERE r.id = g.run AND r.status IN ('queued', 'running')
                RETURNING r.id),
            said AS (
                INSERT INTO ai.messages (run_id, seq, role, body, created_at)
                SELECT e.id, m.seq, m.role, m.body::json, g.now
                FROM ended e, given g, unnest(?::integer[], ?::text[], ?::text[]) AS m (seq, role, body)
                ON CONFLICT (run_id, seq) DO NOTHING),
            logged AS (
                INSERT INTO ai.run_segments AS s (run_id, first_seq, last_seq, events)
                SELECT id, ?::integer, ?::integer, ?::json FROM ended
                ON CONFLICT (run_id, first_seq, epoch) DO UPDATE SET last_seq = excluded.last_seq, events = excluded.events
                    WHERE excluded.last_seq > s.last_seq),
            booked AS (
                INSERT INTO token_usage (agent_id, session_id, user_id, model, prompt_tokens, completion_tokens,
                    total_tokens, is_estimated, created_at)
                SELECT left(?::text, 255), left(?::text, 255), left(?::text, 255), left(?::text, 100),
                    least(g.input, 2147483647), least(g.output, 2147483647), least(g.input + g.output, 2147483647),
                    g.estimated, g.now AT TIME ZONE 'UTC'
                FROM ended e, given g WHERE g.input + g.output > 0),
            freed AS (
                UPDATE ai.sessions s SET active_run = NULL, state = coalesce(?::json, s.state), updated_at = g.now
                FROM ended e, given g WHERE s.id = ?::bigint AND s.active_run = e.id)
            SELECT count(*) FROM ended
            """;

    private static final String SESSION_KEY =
            "kind = :kind AND owner_id = :owner AND user_id = :user AND session_id = :sessionId AND realm = :realm";

    Accepted accept(Handle handle, UUID run, NewRun request, UUID replica, boolean claim, String model, Instant now) {
        if (claim) {
            Claim claimed = acceptClaimed(handle, run, request, replica, model, now);
            if (claimed != null) {
                transcripts.saveAttachments(handle, claimed.session(), request.message(), now);
                return new Accepted(claimed.session(), claimed);
            }
        }
        Claim claimed = claim ? createClaimed(handle, run, request, now) : null;
        long session = claimed != null ? claimed.session() : session(handle, request, now);
        handle.createUpdate("""
                        INSERT INTO ai.runs (id, session, turn, status, model, key_id, request, replica, created_at, started_at)
                        VALUES (:id, :session, :turn, :status, :model, :key, :request::json, :replica, :now, :started)
                        ON CONFLICT (id) DO NOTHING
                        """)
                .bind("id", run)
                .bind("session", session)
                .bind("turn", claimed == null ? null : claimed.turn())
                .bind("status", claimed == null ? "queued" : "running")
                .bind("model", model)
                .bind("key", request.keyId())
                .bind("request", request.request().toString())
                .bind("replica", replica)
                .bind("now", utc(now))
                .bind("started", claimed == null ? null : utc(now))
                .execute();
        transcripts.saveAttachments(handle, session, request.message(), now);
        transcripts.saveMessage(handle, run, 0, request.message(), now);
        return new Accepted(session, claimed);
    }

    private static Claim acceptClaimed(
            Handle handle, UUID run, NewRun request, UUID replica, String model, Instant now) {
        SessionKey key = request.session();
        return Positional.first(
                        handle,
                        ACCEPT_CLAIMED,
                        RunStore::claim,
                        run,
                        utc(now),
                        key.kind().word(),
                        key.ownerId(),
                        key.userId(),
                        key.sessionId(),
                        key.realm(),
                        model,
                        request.keyId(),
                        request.request().toString(),
                        replica,
                        MessageJson.write(request.message()).toString())
                .orElse(null);
    }

    /** The session's first run; null when the session exists and belongs to another run. */
    private Claim createClaimed(Handle handle, UUID run, NewRun request, Instant now) {
        return handle.createQuery("""
                        INSERT INTO ai.sessions AS s (kind, owner_id, user_id, session_id, realm, tenant_id, state, turn,
                            active_run, created_at, updated_at)
                        VALUES (:kind, :owner, :user, :sessionId, :realm, :tenant, '{}', 1, :run, :now, :now)
                        ON CONFLICT (kind, owner_id, user_id, session_id, realm)
                            DO UPDATE SET active_run = :run, turn = s.turn + 1, updated_at = :now
                            WHERE s.active_run IS NULL
                        RETURNING id, turn, state
                        """)
                .bindMap(keyOf(request.session()))
                .bind("tenant", request.tenantId())
                .bind("run", run)
                .bind("now", utc(now))
                .map((row, _) -> claim(row))
                .findOne()
                .orElse(null);
    }

    private static Claim claim(ResultSet row) throws SQLException {
        return new Claim(row.getLong(1), row.getInt(2), (ObjectNode) Json.read(row.getString(3)));
    }

    /**
     * A queued run takes its session and begins; empty when the session belongs to another run.
     *
     * @throws RunFailure when the run has been ended by another meanwhile: roll back then
     */
    Optional<Claim> claimQueued(Handle handle, UUID run, long session, Instant now) {
        Optional<Claim> claimed = handle.createQuery("""
                        UPDATE ai.sessions SET active_run = :run, updated_at = :now,
                            turn = CASE WHEN active_run = :run THEN turn ELSE turn + 1 END
                        WHERE id = :session AND (active_run IS NULL OR active_run = :run)
                        RETURNING id, turn, state
                        """)
                .bind("run", run)
                .bind("now", utc(now))
                .bind("session", session)
                .map((row, _) -> claim(row))
                .findOne();
        claimed.ifPresent(claim -> begin(handle, run, claim.turn(), now));
        return claimed;
    }

    private static void begin(Handle handle, UUID run, int turn, Instant now) {
        int changed = handle.createUpdate("""
                        UPDATE ai.runs SET status = 'running', turn = :turn, started_at = coalesce(started_at, :now)
                        WHERE id = :run AND status IN ('queued', 'running')
                        """)
                .bind("run", run)
                .bind("turn", turn)
                .bind("now", utc(now))
                .execute();
        if (changed == 0) {
            throw new RunFailure("interrupted", "The run was ended while it waited for its session.");
        }
    }

    private long session(Handle handle, NewRun request, Instant now) {
        return handle.createQuery("SELECT id FROM ai.sessions WHERE " + SESSION_KEY)
                .bindMap(keyOf(request.session()))
                .mapTo(Long.class)
                .findOne()
                .orElseGet(() -> createSession(handle, request, now));
    }

    private static long createSession(Handle handle, NewRun request, Instant now) {
        return handle.createQuery("""
                        INSERT INTO ai.sessions
                            (kind, owner_id, user_id, session_id, realm, tenant_id, state, turn, created_at, updated_at)
                        VALUES (:kind, :owner, :user, :sessionId, :realm, :tenant, '{}', 0, :now, :now)
                        ON CONFLICT (kind, owner_id, user_id, session_id, realm) DO UPDATE SET updated_at = :now
                        RETURNING id
                        """)
                .bindMap(keyOf(request.session()))
                .bind("tenant", request.tenantId())
                .bind("now", utc(now))
                .mapTo(Long.class)
                .one();
    }

    /** What could not be stored for sure is stored again with the events that came meanwhile: the longer one stays. */
    void saveSegment(Handle handle, UUID run, int epoch, int firstSeq, int lastSeq, String events) {
        handle.createUpdate("""
                        INSERT INTO ai.run_segments (run_id, epoch, first_seq, last_seq, events)
                        VALUES (:run, :epoch, :first, :last, :events::json)
                        ON CONFLICT (run_id, first_seq, epoch) DO UPDATE SET last_seq = excluded.last_seq, events = excluded.events
                            WHERE excluded.last_seq > run_segments.last_seq
                        """)
                .bind("run", run)
                .bind("epoch", epoch)
                .bind("first", firstSeq)
                .bind("last", lastSeq)
                .bind("events", events)
                .execute();
    }

    /**
     * Ends a run: its row, what of its transcript and events is not stored yet, the usage (cut to the columns of the
     * reference's table), and the session, which is free for its next run.
     *
     * @return false, and nothing is changed, when the run has ended already, by another's hand
     */
    boolean finish(Handle handle, UUID run, SessionKey key, long session, End end, Tail tail) {
        Usage usage = end.usage();
        return Positional.first(
                                handle,
                                FINISH,
                                row -> row.getInt(1),
                                run,
                                utc(end.at()),
                                usage.input(),
                                usage.output(),
                                usage.estimated(),
                                end.status().word(),
                                end.errorCode(),
                                end.errorMessage(),
                                usage.cacheRead(),
                                usage.cacheWrite(),
                                usage.reasoning(),
                                tail.lastSeq(),
                                tail.numbers(),
                                tail.roles(),
                                tail.bodies(),
                                tail.firstSeq(),
                                tail.lastSeq(),
                                tail.events(),
                                key.ownerId(),
                                key.sessionId(),
                                key.userId(),
                                end.model(),
                                tail.state(),
                                session)
                        .orElseThrow()
                == 1;
    }

    /** Gives the session free for its next run, if it is this run's. A state of null keeps the stored one. */
    void release(Handle handle, long session, UUID run, ObjectNode state, Instant now) {
        handle.createUpdate("""
                        UPDATE ai.sessions SET active_run = NULL, state = coalesce(:state::json, state), updated_at = :now
                        WHERE id = :session AND active_run = :run
                        """)
                .bind("session", session)
                .bind("run", run)
                .bind("state", state == null ? null : state.toString())
                .bind("now", utc(now))
                .execute();
    }

    Optional<Run> find(Handle handle, UUID run) {
        return handle.createQuery("""
                        SELECT r.id, s.kind, s.owner_id, s.user_id, s.session_id, s.tenant_id, r.key_id, r.turn, r.status, r.model,
                            r.error_code, r.error_message, r.input_tokens, r.output_tokens, r.cache_read_tokens,
                            r.cache_write_tokens, r.reasoning_tokens, r.usage_estimated, r.last_seq, r.created_at,
                            r.started_at, r.finished_at
                        FROM ai.runs r JOIN ai.sessions s ON s.id = r.session WHERE r.id = :run
                        """).bind("run", run).mapTo(Run.class).findOne();
    }

    private static Map<String, Object> keyOf(SessionKey key) {
        return Map.of(
                "kind",
                key.kind().word(),
                "owner",
                key.ownerId(),
                "user",
                key.userId(),
                "sessionId",
                key.sessionId(),
                "realm",
                key.realm());
    }

    static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
