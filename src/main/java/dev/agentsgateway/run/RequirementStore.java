package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.Reach;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** The SQL of requirements. */
public final class RequirementStore {
    private static final String SELECT = """
            SELECT q.id, q.run_id, s.kind, s.owner_id, coalesce(nullif(r.name, ''), s.owner_id) AS owner_name, s.user_id,
                s.session_id, s.tenant_id, q.seq, q.call_id, q.tool_name, q.arguments, q.created_at, q.expires_at,
                q.decision, q.decided_arguments, q.note, q.decided_via, q.decided_by_key, q.decided_at
            FROM ai.requirements q JOIN ai.runs r ON r.id = q.run_id JOIN ai.sessions s ON s.id = r.session
            """;

    /**
     * Which requirements are listed.
     *
     * @param status null for all
     * @param runId  null for all
     * @param userId null for all
     */
    public record Filter(Requirement.Status status, Reach reach, UUID runId, String userId) {}

    public Optional<Requirement> find(Handle handle, UUID id) {
        return handle.createQuery(SELECT + "WHERE q.id = :id")
                .bind("id", id)
                .map(RequirementStore::map)
                .findOne();
    }

    /** Some vendors number the calls of every turn anew: of several, one that still waits, else the newest. */
    public Optional<Requirement> find(Handle handle, UUID run, String callId) {
        return handle.createQuery(SELECT + """
                        WHERE q.run_id = :run AND q.call_id = :call ORDER BY q.decision IS NOT NULL, q.seq DESC LIMIT 1
                        """)
                .bind("run", run)
                .bind("call", callId)
                .map(RequirementStore::map)
                .findOne();
    }

    /**
     * In the order in which they came to be; of all statuses but {@link Requirement.Status#PENDING} the newest first.
     *
     * @param after the last one of the page before, null for the first page
     */
    public List<Requirement> list(Handle handle, Filter filter, Requirement after, int limit) {
        boolean oldestFirst = filter.status() == Requirement.Status.PENDING;
        ListFilter conditions = new ListFilter()
                .and(condition(filter.status()))
                .within(filter.reach())
                .and("q.run_id = :run", "run", filter.runId())
                .and("s.user_id = :user", "user", filter.userId());
        if (after != null) {
            conditions.and(
                    "(q.created_at, q.run_id, q.seq) " + (oldestFirst ? ">" : "<")
                            + " (:createdAt, :afterRun, :afterSeq)",
                    Map.of("createdAt", after.createdAt(), "afterRun", after.runId(), "afterSeq", after.seq()));
        }
        String direction = oldestFirst ? "" : " DESC";
        String order = " ORDER BY q.created_at" + direction + ", q.run_id" + direction + ", q.seq" + direction;
        return handle.createQuery(SELECT + "WHERE " + conditions.sql() + order + " LIMIT :limit")
                .bindMap(conditions.values())
                .bind("limit", limit)
                .map(RequirementStore::map)
                .list();
    }

    private static String condition(Requirement.Status status) {
        return switch (status) {
            case null -> "true";
            case PENDING -> "q.decision IS NULL AND q.expires_at > now()";
            case EXPIRED -> "(q.decision = 'expired' OR q.decision IS NULL AND q.expires_at <= now())";
            case APPROVED -> "q.decision = 'approved'";
            case DENIED -> "q.decision = 'denied'";
            case CANCELLED -> "q.decision = 'cancelled'";
        };
    }

    private static Requirement map(ResultSet row, StatementContext unused) throws SQLException {
        return new Requirement(
                row.getObject("id", UUID.class),
                row.getObject("run_id", UUID.class),
                row.getString("kind"),
                row.getString("owner_id"),
                row.getString("owner_name"),
                row.getString("user_id"),
                row.getString("session_id"),
                row.getString("tenant_id"),
                row.getInt("seq"),
                row.getString("call_id"),
                row.getString("tool_name"),
                object(row.getString("arguments")),
                instant(row, "created_at"),
                instant(row, "expires_at"),
                row.getString("decision"),
                object(row.getString("decided_arguments")),
                row.getString("note"),
                row.getString("decided_via"),
                row.getObject("decided_by_key", Integer.class),
                instant(row, "decided_at"));
    }

    private static ObjectNode object(String json) {
        return json == null ? null : Json.read(json, ObjectNode.class);
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
