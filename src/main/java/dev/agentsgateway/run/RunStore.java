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
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The SQL of runs that are driven and of their event logs. Every write may be executed again without changing more. */
final class RunStore {
    /**
     * The right to write to a session: its row, its state and the run's place in it.
     *
     * @param memories what is remembered of the user, newest first; null when it was not read
     */
    record Claim(long session, int turn, ObjectNode state, List<String> memories) {
        Claim(long session, int turn, ObjectNode state) {
            this(session, turn, state, null);
        }
    }

    /**
     * How a run ends, or that it pauses.
     *
     * @param model   for the books
     * @param metrics kept with the run
     * @param booked  whether the books, which other programs share, get what was used
     */
    record End(
            RunStatus status,
            String errorCode,
            String errorMessage,
            String model,
            RunMetrics metrics,
            Instant at,
            boolean booked) {}

    /** What of a run is not stored yet at its end, as it is stored: made before the transaction that everybody shares. */
    record Tail(
            int epoch,
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
        static Tail of(int epoch, RunLog.Segment segment, SortedMap<Integer, Message> messages, ObjectNode state) {
            return new Tail(
                    epoch,
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

    /** The end or pause of a run in one round trip; nothing happens when it has ended already or belongs to another. */
    private static final String FINISH_UNBOOKED = """
            WITH given AS (
                SELECT ?::uuid AS run, ?::integer AS fence, ?::text AS status, ?::timestamptz AS now,
                    ?::bigint AS input, ?::bigint AS output, ?::boolean AS estimated,
                    ?::text AS agent, ?::text AS session, ?::text AS user_id, ?::text AS model),
            ended AS (
                UPDATE ai.runs r SET status = g.status, usage = coalesce(?::json, r.usage), error_code = ?, error_message = ?, cache_read_tokens = ?,
                    cache_write_tokens = ?, reasoning_tokens = ?, last_seq = ?, input_tokens = g.input,
                    output_tokens = g.output, usage_estimated = g.estimated, takeovers = 0,
                    finished_at = CASE WHEN g.status <> 'paused' THEN g.now END
                FROM given g
                WHERE r.id = g.run AND r.fence = g.fence AND r.status IN ('queued', 'running')
                RETURNING r.id),
            said AS (
                INSERT INTO ai.messages (run_id, seq, role, body, created_at)
                SELECT e.id, m.seq, m.role, m.body::json, g.now
                FROM ended e, given g, unnest(?::integer[], ?::text[], ?::text[]) AS m (seq, role, body)
                ON CONFLICT (run_id, seq) DO NOTHING),
            logged AS (
                INSERT INTO ai.run_segments AS s (run_id, epoch, first_seq, last_seq, events)
                SELECT id, ?::integer, ?::integer, ?::integer, ?::json FROM ended
                ON CONFLICT (run_id, first_seq, epoch) DO UPDATE SET last_seq = excluded.last_seq, events = excluded.events
                    WHERE excluded.last_seq > s.last_seq),
            freed AS (
                UPDATE ai.sessions s SET active_run = NULL, state = coalesce(?::json, s.state), updated_at = g.now
                FROM ended e, given g WHERE s.id = ?::bigint AND s.active_run = e.id)
            SELECT count(*) FROM ended
            """;

    private static final String FINISH = FINISH_UNBOOKED.replace("freed AS (", """
            booked AS (
                INSERT INTO token_usage (agent_id, session_id, user_id, model, prompt_tokens, completion_tokens,
                    total_tokens, is_estimated, created_at)
                SELECT left(g.agent, 255), left(g.session, 255), left(g.user_id, 255), left(g.model, 100),
                    least(g.input, 2147483647), least(g.output, 2147483647), least(g.input + g.output, 2147483647),
                    g.estimated, g.now AT TIME ZONE 'UTC'
                FROM ended e, given g WHERE g.status <> 'paused' AND g.input + g.output > 0),
            freed AS (""");

    static Claim claim(ResultSet row) throws SQLException {
        return new Claim(row.getLong(1), row.getInt(2), (ObjectNode) Json.read(row.getString(3)));
    }

    static Claim claimWithMemories(ResultSet row) throws SQLException {
        Claim claim = claim(row);
        String memories = row.getString(4);
        return new Claim(
                claim.session(),
                claim.turn(),
                claim.state(),
                memories == null ? null : List.of(Json.read(memories, String[].class)));
    }

    /**
     * A waiting run takes its session and begins, or goes on in the place that it had; empty when the session belongs to
     * another run.
     *
     * @throws RunFailure when the run belongs to another meanwhile: roll back then
     */
    Optional<Claim> claimQueued(Handle handle, ActiveRun active, long session, Instant now) {
        UUID run = active.id();
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
        return claimed.map(
                claim -> new Claim(claim.session(), begin(handle, active, claim.turn(), now), claim.state()));
    }

    private static int begin(Handle handle, ActiveRun run, int turn, Instant now) {
        return handle.createQuery("""
                        UPDATE ai.runs SET status = 'running', turn = coalesce(turn, :turn),
                            started_at = coalesce(started_at, :now)
                        WHERE id = :run AND fence = :fence AND status IN ('queued', 'running')
                        RETURNING turn
                        """)
                .bind("run", run.id())
                .bind("fence", run.fence())
                .bind("turn", turn)
                .bind("now", utc(now))
                .mapTo(Integer.class)
                .findOne()
                .orElseThrow(() -> RunFailure.LOST);
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
     * @return false, and nothing is changed, when the run has ended already or belongs to another driver
     */
    boolean finish(Handle handle, ActiveRun run, long session, End end, Tail tail) {
        SessionKey key = run.session();
        Usage usage = end.metrics().usage();
        return Positional.first(
                                handle,
                                end.booked() ? FINISH : FINISH_UNBOOKED,
                                row -> row.getInt(1),
                                run.id(),
                                run.fence(),
                                end.status().word(),
                                utc(end.at()),
                                usage.input(),
                                usage.output(),
                                usage.estimated(),
                                key.ownerId(),
                                key.sessionId(),
                                key.userId(),
                                end.model(),
                                Json.write(end.metrics()),
                                end.errorCode(),
                                end.errorMessage(),
                                usage.cacheRead(),
                                usage.cacheWrite(),
                                usage.reasoning(),
                                tail.lastSeq(),
                                tail.numbers(),
                                tail.roles(),
                                tail.bodies(),
                                tail.epoch(),
                                tail.firstSeq(),
                                tail.lastSeq(),
                                tail.events(),
                                tail.state(),
                                session)
                        .orElseThrow()
                == 1;
    }

    /** Notes that an unfinished run is to be cancelled; false when there is no such run. */
    boolean requestCancel(Handle handle, UUID run) {
        return handle.createUpdate(
                                "UPDATE ai.runs SET cancel_requested = true WHERE id = :run AND status IN ('queued', 'running')")
                        .bind("run", run)
                        .execute()
                > 0;
    }

    /** Runs that paused while they were being cancelled. */
    List<UUID> pausedToCancel(Handle handle) {
        return handle.createQuery("SELECT id FROM ai.runs WHERE status = 'paused' AND cancel_requested LIMIT 100")
                .mapTo(UUID.class)
                .list();
    }

    /** Runs of a replica that are to be cancelled and have not ended. */
    List<UUID> toCancel(Handle handle, UUID replica) {
        return handle.createQuery("""
                        SELECT id FROM ai.runs
                        WHERE replica = :replica AND status IN ('queued', 'running') AND cancel_requested
                        """)
                .bind("replica", replica)
                .mapTo(UUID.class)
                .list();
    }

    Optional<Run> find(Handle handle, UUID run) {
        return handle.createQuery("""
                        SELECT r.id, s.kind, s.owner_id, s.user_id, s.session_id, s.tenant_id, r.key_id, r.turn, r.status, r.model,
                            r.error_code, r.error_message, r.input_tokens, r.output_tokens, r.cache_read_tokens,
                            r.cache_write_tokens, r.reasoning_tokens, r.usage_estimated, r.last_seq, r.fence, r.created_at,
                            r.started_at, r.finished_at
                        FROM ai.runs r JOIN ai.sessions s ON s.id = r.session WHERE r.id = :run
                        """).bind("run", run).mapTo(Run.class).findOne();
    }

    static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
