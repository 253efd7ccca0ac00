package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** Reads where a stored run stands. */
final class CheckpointStore {
    private static final String RUN = """
            SELECT r.id, r.name, r.model, r.request, r.fence, r.takeovers, r.cancel_requested, r.usage, r.reasoning, r.replica,
                r.epochs, coalesce(r.epochs[cardinality(r.epochs)], 1) AS epoch_begin,
                (SELECT max(g.last_seq) FROM ai.run_segments g
                    WHERE g.run_id = r.id AND g.epoch = cardinality(r.epochs)) AS last_seq,
                s.id AS session, s.kind, s.owner_id, s.user_id, s.session_id, s.realm
            FROM ai.runs r JOIN ai.sessions s ON s.id = r.session
            WHERE r.id = :run AND r.replica = :replica AND r.status IN ('queued', 'running')
            """;

    private final TranscriptStore transcripts = new TranscriptStore();
    private final ConsentStore consents = new ConsentStore();

    /** @return empty when the run is not this replica's to drive */
    Optional<Checkpoint> load(Handle handle, UUID run, UUID replica, Checkpoint.Entry entry) {
        return handle.createQuery(RUN)
                .bind("run", run)
                .bind("replica", replica)
                .map((row, _) -> read(handle, row, entry))
                .findOne();
    }

    private Checkpoint read(Handle handle, ResultSet row, Checkpoint.Entry entry) throws SQLException {
        UUID run = row.getObject("id", UUID.class);
        long session = row.getLong("session");
        String usage = row.getString("usage");
        String reasoning = row.getString("reasoning");
        return new Checkpoint(
                run,
                new SessionKey(
                        SessionKey.Kind.of(row.getString("kind")),
                        row.getString("owner_id"),
                        row.getString("user_id"),
                        row.getString("session_id"),
                        row.getString("realm")),
                session,
                null,
                row.getString("name"),
                row.getString("model"),
                Json.read(row.getString("request"), ObjectNode.class),
                entry,
                row.getInt("fence"),
                EventLogStore.epochs(row.getArray("epochs")),
                Math.max(row.getInt("last_seq"), row.getInt("epoch_begin") - 1),
                row.getInt("takeovers"),
                row.getBoolean("cancel_requested"),
                transcripts.transcript(handle, session, run),
                usage == null ? null : Json.read(usage, RunMetrics.class),
                reasoning == null ? null : Json.read(reasoning, Reasoned.class),
                consents(handle, run),
                new HashSet<>(handle.createQuery("SELECT seq FROM ai.tool_starts WHERE run_id = :run")
                        .bind("run", run)
                        .mapTo(Integer.class)
                        .list()));
    }

    private Map<Integer, Consent> consents(Handle handle, UUID run) {
        return consents.asked(handle, run).stream()
                .map(ConsentStore.Asked::consent)
                .collect(Collectors.toMap(Consent::seq, consent -> consent));
    }
}
