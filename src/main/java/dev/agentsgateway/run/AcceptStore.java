package dev.agentsgateway.run;

import dev.agentsgateway.db.Positional;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The SQL that accepts runs. Every write may be executed again without changing more. */
final class AcceptStore {
    private static final String SESSION_KEY =
            "kind = :kind AND owner_id = :owner AND user_id = :user AND session_id = :sessionId AND realm = :realm";

    /** The usual acceptance in one round trip: the session is there and free, else nothing happens. */
    private static final String ACCEPT_CLAIMED = """
            WITH given AS (SELECT ?::uuid AS run, ?::timestamptz AS now),
            claimed AS (
                UPDATE ai.sessions s SET active_run = g.run, updated_at = g.now,
                    turn = CASE WHEN s.active_run = g.run THEN s.turn ELSE s.turn + 1 END
                FROM given g
                WHERE s.kind = ? AND s.owner_id = ? AND s.user_id = ? AND s.session_id = ? AND s.realm = ?
                    AND (s.active_run IS NULL OR s.active_run = g.run) %s
                RETURNING s.id, s.turn, s.state),
            accepted AS (
                INSERT INTO ai.runs (id, session, turn, status, name, model, key_id, request, background, replica,
                    created_at, started_at)
                SELECT g.run, c.id, c.turn, 'running', ?, ?, ?::integer, ?::json, ?::boolean, ?::uuid, g.now, g.now
                FROM claimed c, given g
                ON CONFLICT (id) DO NOTHING),
            said AS (
                INSERT INTO ai.messages (run_id, seq, role, body, created_at)
                SELECT g.run, 0, 'user', ?::json, g.now FROM claimed c, given g
                ON CONFLICT (run_id, seq) DO NOTHING)
            SELECT id, turn, state, %s AS memories FROM claimed
            """;

    private static final String NO_MEMORIES = "NULL";
    private static final String MEMORIES =
            "(SELECT coalesce(json_agg(m.memory), '[]') FROM (%s) m)".formatted(MemoryStore.NOTES.formatted("?", "?"));

    /** Not past runs that wait for the session. */
    private static final String IDLE = """
            AND NOT EXISTS (SELECT 1 FROM ai.runs q
                WHERE q.session = s.id AND q.status IN ('queued', 'running') AND q.id <> g.run)
            """;

    private static final String ACCEPT_FREE = ACCEPT_CLAIMED.formatted("", NO_MEMORIES);
    private static final String ACCEPT_IDLE = ACCEPT_CLAIMED.formatted(IDLE, NO_MEMORIES);
    private static final String REMEMBER_FREE = ACCEPT_CLAIMED.formatted("", MEMORIES);
    private static final String REMEMBER_IDLE = ACCEPT_CLAIMED.formatted(IDLE, MEMORIES);

    private final TranscriptStore transcripts = new TranscriptStore();
    private final IdempotencyStore keys = new IdempotencyStore();
    private final Duration keyRetention;

    AcceptStore(Duration keyRetention) {
        this.keyRetention = keyRetention;
    }

    /** What became of a request. */
    sealed interface Acceptance {}

    /**
     * The run is stored.
     *
     * @param claim       null when the session belongs to another run at the moment
     * @param interrupted the session's other runs, for this one to cancel
     */
    record Accepted(long session, RunStore.Claim claim, List<UUID> interrupted) implements Acceptance {
        Checkpoint checkpoint(ActiveRun run, NewRun request) {
            return new Checkpoint(
                    run.id(),
                    run.session(),
                    session,
                    claim,
                    run.name(),
                    run.model(),
                    request.request(),
                    Checkpoint.Entry.ACCEPTED,
                    run.fence(),
                    EventEpochs.FIRST,
                    0,
                    0,
                    false,
                    new TreeMap<>(Map.of(0, request.message())),
                    null,
                    null,
                    Map.of(),
                    Set.of());
        }
    }

    /** An earlier request had the same key; nothing is stored. */
    record Repeated(UUID run, boolean sameBody) implements Acceptance {}

    /** The session is busy and the request does not wait; nothing is stored. */
    record Busy() implements Acceptance {}

    /** The run that an earlier request with the request's key started. */
    Optional<Repeated> earlier(Handle handle, NewRun request, Instant now) {
        return keys.find(handle, request, now.minus(keyRetention))
                .map(holder -> new Repeated(holder.run(), holder.sameBody()));
    }

    /** @param claim whether the run may begin at once if its session is free */
    Acceptance accept(Handle handle, ActiveRun run, NewRun request, UUID replica, boolean claim, Instant now) {
        return accept(handle, run, request, replica, claim, false, now);
    }

    /** @param memories whether what is remembered of the user is wanted where it costs no round trip */
    Acceptance accept(
            Handle handle, ActiveRun run, NewRun request, UUID replica, boolean claim, boolean memories, Instant now) {
        StartOptions options = request.options();
        List<UUID> before = List.of();
        if (options.key() != null || options.onBusy() == OnBusy.INTERRUPT) {
            // Always the session first: whoever waits for a key then holds nothing that the key's holder needs.
            lockSession(handle, request);
        }
        if (options.key() != null) {
            Optional<IdempotencyStore.Holder> holder = keys.take(handle, request, run.id(), now, keyRetention);
            if (holder.isPresent()) {
                return new Repeated(holder.get().run(), holder.get().sameBody());
            }
        }
        if (options.onBusy() == OnBusy.INTERRUPT) {
            before = others(handle, request, run.id());
        }
        if (claim) {
            RunStore.Claim claimed = acceptClaimed(handle, run, request, replica, memories, now);
            if (claimed != null) {
                transcripts.saveAttachments(handle, claimed.session(), request.message(), now);
                return new Accepted(claimed.session(), claimed, before);
            }
        }
        RunStore.Claim claimed = claim ? createClaimed(handle, run.id(), request, now) : null;
        if (claimed == null && options.onBusy() == OnBusy.REJECT) {
            if (options.key() != null) {
                keys.giveBack(handle, request, run.id());
            }
            return new Busy();
        }
        long session = claimed != null ? claimed.session() : session(handle, request, now);
        insert(handle, run, request, replica, session, claimed, now);
        transcripts.saveAttachments(handle, session, request.message(), now);
        transcripts.saveMessage(handle, run.id(), 0, request.message(), now);
        return new Accepted(session, claimed, before);
    }

    private static void lockSession(Handle handle, NewRun request) {
        handle.createQuery("SELECT id FROM ai.sessions WHERE " + SESSION_KEY + " FOR NO KEY UPDATE")
                .bindMap(keyOf(request.session()))
                .mapTo(Long.class)
                .findOne();
    }

    private static List<UUID> others(Handle handle, NewRun request, UUID run) {
        return handle.createQuery("""
                        SELECT r.id FROM ai.runs r JOIN ai.sessions s ON s.id = r.session
                        WHERE r.status IN ('queued', 'running') AND r.id <> :run AND\s""" + SESSION_KEY)
                .bindMap(keyOf(request.session()))
                .bind("run", run)
                .mapTo(UUID.class)
                .list();
    }

    private static void insert(
            Handle handle,
            ActiveRun run,
            NewRun request,
            UUID replica,
            long session,
            RunStore.Claim claimed,
            Instant now) {
        handle.createUpdate("""
                        INSERT INTO ai.runs (id, session, turn, status, name, model, key_id, request, background, replica,
                            created_at, started_at)
                        VALUES (:id, :session, :turn, :status, :name, :model, :key, :request::json, :background, :replica,
                            :now, :started)
                        ON CONFLICT (id) DO NOTHING
                        """)
                .bind("id", run.id())
                .bind("session", session)
                .bind("turn", claimed == null ? null : claimed.turn())
                .bind("status", claimed == null ? "queued" : "running")
                .bind("name", run.name())
                .bind("model", run.model())
                .bind("key", request.keyId())
                .bind("request", request.request().toString())
                .bind("background", request.options().background())
                .bind("replica", replica)
                .bind("now", RunStore.utc(now))
                .bind("started", claimed == null ? null : RunStore.utc(now))
                .execute();
    }

    private static RunStore.Claim acceptClaimed(
            Handle handle, ActiveRun run, NewRun request, UUID replica, boolean memories, Instant now) {
        SessionKey key = request.session();
        boolean idle = request.options().onBusy() == OnBusy.REJECT;
        List<Object> values = new ArrayList<>(Arrays.asList(
                run.id(),
                RunStore.utc(now),
                key.kind().word(),
                key.ownerId(),
                key.userId(),
                key.sessionId(),
                key.realm(),
                run.name(),
                run.model(),
                request.keyId(),
                request.request().toString(),
                request.options().background(),
                replica,
                MessageJson.write(request.message()).toString()));
        String sql = idle ? ACCEPT_IDLE : ACCEPT_FREE;
        if (memories) {
            sql = idle ? REMEMBER_IDLE : REMEMBER_FREE;
            values.add(key.userId());
            values.add(key.realm());
        }
        return Positional.first(handle, sql, RunStore::claimWithMemories, values.toArray())
                .orElse(null);
    }

    /** The session's first run; null when the session exists and belongs to another run, or others wait for it. */
    private static RunStore.Claim createClaimed(Handle handle, UUID run, NewRun request, Instant now) {
        String otherwise = request.options().onBusy() == OnBusy.REJECT ? "false" : "s.active_run IS NULL";
        return handle.createQuery("""
                        INSERT INTO ai.sessions AS s (kind, owner_id, user_id, session_id, realm, tenant_id, state, turn,
                            active_run, created_at, updated_at)
                        VALUES (:kind, :owner, :user, :sessionId, :realm, :tenant, '{}', 1, :run, :now, :now)
                        ON CONFLICT (kind, owner_id, user_id, session_id, realm)
                            DO UPDATE SET active_run = :run, turn = s.turn + 1, updated_at = :now
                            WHERE %s
                        RETURNING id, turn, state
                        """.formatted(otherwise))
                .bindMap(keyOf(request.session()))
                .bind("tenant", request.tenantId())
                .bind("run", run)
                .bind("now", RunStore.utc(now))
                .map((row, _) -> RunStore.claim(row))
                .findOne()
                .orElse(null);
    }

    private static long session(Handle handle, NewRun request, Instant now) {
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
                .bind("now", RunStore.utc(now))
                .mapTo(Long.class)
                .one();
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
}
