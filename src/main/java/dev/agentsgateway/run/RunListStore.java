package dev.agentsgateway.run;

import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.Reach;
import dev.agentsgateway.db.Database;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The SQL that shows runs. Lists read no bodies. */
final class RunListStore {
    private static final String SELECT = """
            SELECT r.id, s.kind, s.owner_id, r.name, s.id AS session, s.session_id, s.user_id, s.tenant_id, r.turn,
                r.status, r.model, r.error_code, r.error_message, r.input_tokens, r.output_tokens, r.cache_read_tokens,
                r.cache_write_tokens, r.reasoning_tokens, r.usage_estimated, r.created_at, r.started_at, r.finished_at
            FROM ai.runs r JOIN ai.sessions s ON s.id = r.session
            WHERE\s""";

    private final Database database;

    RunListStore(Database database) {
        this.database = database;
    }

    /** A run as it is listed. {@code session} is its session's row. */
    record Row(
            UUID id,
            SessionKey.Kind kind,
            String ownerId,
            String name,
            long session,
            String sessionId,
            String userId,
            String tenantId,
            Integer turn,
            RunStatus status,
            String model,
            String errorCode,
            String errorMessage,
            long inputTokens,
            long outputTokens,
            long cacheReadTokens,
            long cacheWriteTokens,
            long reasoningTokens,
            boolean usageEstimated,
            OffsetDateTime createdAt,
            OffsetDateTime startedAt,
            OffsetDateTime finishedAt) {
        RunIdentity identity() {
            return new RunIdentity(id, kind, ownerId, name, sessionId);
        }
    }

    /** What runs are wanted: each member narrows it unless it is null. Times are UTC. */
    record Wanted(
            SessionKey.Kind kind,
            String ownerId,
            String sessionId,
            String userId,
            RunStatus status,
            LocalDateTime createdAfter,
            LocalDateTime createdBefore) {}

    Optional<Row> find(UUID run, Reach reach) {
        ListFilter filter = new ListFilter().and("r.id = :run", "run", run).within(reach);
        return database.with(handle -> rows(handle, filter, "").stream().findFirst());
    }

    /** Newest first, by their ids, which are ordered by time. */
    List<Row> list(Wanted wanted, Reach reach, UUID before, int limit) {
        ListFilter filter = new ListFilter()
                .and("s.owner_id = :owner", "owner", wanted.ownerId())
                .and("s.session_id = :sessionId", "sessionId", wanted.sessionId())
                .and("s.user_id = :user", "user", wanted.userId())
                .and("r.created_at > :after", "after", utc(wanted.createdAfter()))
                .and("r.created_at < :before", "before", utc(wanted.createdBefore()))
                .and("r.id < :cursor", "cursor", before)
                .within(reach);
        if (wanted.kind() != null) {
            filter.and("s.kind = '" + wanted.kind().word() + "'");
        }
        if (wanted.status() != null) {
            // As literals, so that the planner knows that the rare ones have an index.
            filter.and("r.status = '" + wanted.status().word() + "'");
        }
        return database.with(handle -> rows(handle, filter, " ORDER BY r.id DESC LIMIT " + limit));
    }

    private static OffsetDateTime utc(LocalDateTime time) {
        return time == null ? null : time.atOffset(ZoneOffset.UTC);
    }

    private static List<Row> rows(Handle handle, ListFilter filter, String rest) {
        return handle.createQuery(SELECT + filter.sql() + rest)
                .bindMap(filter.values())
                .mapTo(Row.class)
                .list();
    }

    /** A message of a run; of a tool's result also what is known of the call. */
    record Entry(
            int seq,
            String role,
            String body,
            OffsetDateTime createdAt,
            OffsetDateTime toolStartedAt,
            String decision) {}

    /** What the run has used by its last commit; empty before the first one. */
    Optional<RunMetrics> usage(UUID run) {
        return database.with(
                handle -> handle.createQuery("SELECT usage FROM ai.runs WHERE id = :run AND usage IS NOT NULL")
                        .bind("run", run)
                        .mapTo(String.class)
                        .findOne()
                        .map(usage -> Json.read(usage, RunMetrics.class)));
    }

    /** What is known of a call that has no result yet. {@code decision} is null while it waits for one. */
    record OpenCall(int seq, OffsetDateTime toolStartedAt, boolean confirmed, String decision) {}

    List<Entry> transcript(UUID run) {
        return database.with(handle ->
                handle.createQuery("""
                        SELECT m.seq, m.role, m.body, m.created_at, t.started_at AS tool_started_at, q.decision
                        FROM ai.messages m
                        LEFT JOIN ai.tool_starts t ON t.run_id = m.run_id AND t.seq = m.seq
                        LEFT JOIN ai.requirements q ON q.run_id = m.run_id AND q.seq = m.seq
                        WHERE m.run_id = :run ORDER BY m.seq
                        """).bind("run", run).mapTo(Entry.class).list());
    }

    List<OpenCall> openCalls(UUID run) {
        return database.with(handle ->
                handle.createQuery("""
                        SELECT coalesce(t.seq, q.seq) AS seq, t.started_at AS tool_started_at,
                            q.id IS NOT NULL AS confirmed, q.decision
                        FROM (SELECT seq, started_at FROM ai.tool_starts WHERE run_id = :run) t
                        FULL JOIN (SELECT seq, id, decision FROM ai.requirements WHERE run_id = :run) q ON q.seq = t.seq
                        WHERE NOT EXISTS (
                            SELECT 1 FROM ai.messages m WHERE m.run_id = :run AND m.seq = coalesce(t.seq, q.seq))
                        """).bind("run", run).mapTo(OpenCall.class).list());
    }
}
