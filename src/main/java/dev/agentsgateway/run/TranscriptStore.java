package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Message;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The SQL of transcripts: messages and attachments. Every write may be executed again without changing more. */
final class TranscriptStore {
    void saveMessage(Handle handle, UUID run, int seq, Message message, Instant now) {
        handle.createUpdate("""
                        INSERT INTO ai.messages (run_id, seq, role, body, created_at)
                        VALUES (:run, :seq, :role, :body::json, :now)
                        ON CONFLICT (run_id, seq) DO NOTHING
                        """)
                .bind("run", run)
                .bind("seq", seq)
                .bind("role", MessageJson.role(message))
                .bind("body", MessageJson.write(message).toString())
                .bind("now", RunStore.utc(now))
                .execute();
    }

    /**
     * Stores a step of a run, with what the run has used so far: what a model asked for, or a tool's result.
     *
     * @param usage JSON of {@link RunMetrics}
     * @return false, and nothing is changed, when the run belongs to another driver
     */
    boolean saveStep(Handle handle, ActiveRun run, int seq, Message message, String usage, Instant now) {
        return handle.createQuery("""
                        WITH owned AS (
                            UPDATE ai.runs SET usage = :usage::json, takeovers = 0
                            WHERE id = :run AND fence = :fence AND status = 'running' RETURNING id),
                        said AS (
                            INSERT INTO ai.messages (run_id, seq, role, body, created_at)
                            SELECT id, :seq, :role, :body::json, :now FROM owned
                            ON CONFLICT (run_id, seq) DO NOTHING)
                        SELECT count(*) FROM owned
                        """)
                        .bind("run", run.id())
                        .bind("fence", run.fence())
                        .bind("usage", usage)
                        .bind("seq", seq)
                        .bind("role", MessageJson.role(message))
                        .bind("body", MessageJson.write(message).toString())
                        .bind("now", RunStore.utc(now))
                        .mapTo(Integer.class)
                        .one()
                == 1;
    }

    /**
     * Stores what was thought in steps, with what the run has used so far.
     *
     * @return false, and nothing is changed, when the run belongs to another driver
     */
    boolean saveReasoning(Handle handle, ActiveRun run, String reasoned, String usage) {
        return handle.createUpdate("""
                                UPDATE ai.runs SET reasoning = :reasoned::json, usage = :usage::json, takeovers = 0
                                WHERE id = :run AND fence = :fence AND status = 'running'
                                """)
                        .bind("run", run.id())
                        .bind("fence", run.fence())
                        .bind("reasoned", reasoned)
                        .bind("usage", usage)
                        .execute()
                == 1;
    }

    /**
     * Notes that a call may be executed from now on, so that it never is a second time.
     *
     * @return false, and nothing is changed, when the run belongs to another driver
     */
    boolean startCall(Handle handle, ActiveRun run, int seq, Instant now) {
        return handle.createQuery("""
                        WITH owned AS (
                            UPDATE ai.runs SET takeovers = takeovers
                            WHERE id = :run AND fence = :fence AND status = 'running' RETURNING id),
                        noted AS (
                            INSERT INTO ai.tool_starts (run_id, seq, started_at) SELECT id, :seq, :now FROM owned
                            ON CONFLICT DO NOTHING)
                        SELECT count(*) FROM owned
                        """)
                        .bind("run", run.id())
                        .bind("fence", run.fence())
                        .bind("seq", seq)
                        .bind("now", RunStore.utc(now))
                        .mapTo(Integer.class)
                        .one()
                == 1;
    }

    /** Replaces what the user said by the same with its placeholders filled. */
    void replaceUserMessage(Handle handle, ActiveRun run, Message.User message) {
        handle.createUpdate("""
                        UPDATE ai.messages m SET body = :body::json FROM ai.runs r
                        WHERE m.run_id = :run AND m.seq = 0 AND r.id = m.run_id AND r.fence = :fence
                        """)
                .bind("run", run.id())
                .bind("fence", run.fence())
                .bind("body", MessageJson.write(message).toString())
                .execute();
    }

    void saveAttachments(Handle handle, long session, Message.User message, Instant now) {
        for (Message.Part part : message.parts()) {
            if (part instanceof Message.Part.Media media) {
                handle.createUpdate("""
                                INSERT INTO ai.attachments (session, sha256, mime_type, data, created_at)
                                VALUES (:session, :sha256, :type, :data, :now)
                                ON CONFLICT (session, sha256) DO NOTHING
                                """)
                        .bind("session", session)
                        .bind("sha256", MessageJson.sha256(media.data()))
                        .bind("type", media.mimeType())
                        .bind("data", media.data())
                        .bind("now", RunStore.utc(now))
                        .execute();
            }
        }
    }

    /** The messages of the last {@code runs} completed runs before {@code turn}, oldest first. */
    List<Message> history(Handle handle, long session, int turn, int runs) {
        record Row(String role, String body) {}
        List<Row> rows = handle.createQuery("""
                        SELECT m.role, m.body FROM (
                            SELECT id, turn FROM ai.runs
                            WHERE session = :session AND turn < :turn AND status = 'completed'
                            ORDER BY turn DESC LIMIT :runs) r
                        JOIN ai.messages m ON m.run_id = r.id
                        ORDER BY r.turn, m.seq
                        """)
                .bind("session", session)
                .bind("turn", turn)
                .bind("runs", runs)
                .map((row, _) -> new Row(row.getString(1), row.getString(2)))
                .list();
        List<JsonNode> bodies = new ArrayList<>(rows.size());
        Set<String> hashes = new HashSet<>();
        for (Row row : rows) {
            var body = Json.read(row.body());
            bodies.add(body);
            addHashes(body, hashes);
        }
        Map<String, byte[]> attachments = attachments(handle, session, hashes);
        List<Message> messages = new ArrayList<>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            messages.add(MessageJson.read(rows.get(i).role(), bodies.get(i), attachments));
        }
        return messages;
    }

    private Map<String, byte[]> attachments(Handle handle, long session, Set<String> hashes) {
        Map<String, byte[]> found = new HashMap<>();
        if (!hashes.isEmpty()) {
            handle.createQuery(
                            "SELECT sha256, data FROM ai.attachments WHERE session = :session AND sha256 = ANY(:hashes)")
                    .bind("session", session)
                    .bind("hashes", hashes.toArray(String[]::new))
                    .map((row, _) -> Map.entry(row.getString(1), row.getBytes(2)))
                    .forEach(entry -> found.put(entry.getKey(), entry.getValue()));
        }
        return found;
    }

    /** The transcript of one run, by number, with its attachments. */
    SortedMap<Integer, Message> transcript(Handle handle, long session, UUID run) {
        record Row(int seq, String role, JsonNode body) {}
        List<Row> rows = handle.createQuery("SELECT seq, role, body FROM ai.messages WHERE run_id = :run ORDER BY seq")
                .bind("run", run)
                .map((row, _) -> new Row(row.getInt(1), row.getString(2), Json.read(row.getString(3))))
                .list();
        Set<String> hashes = new HashSet<>();
        rows.forEach(row -> addHashes(row.body(), hashes));
        Map<String, byte[]> attachments = attachments(handle, session, hashes);
        SortedMap<Integer, Message> messages = new TreeMap<>();
        rows.forEach(row -> messages.put(row.seq(), MessageJson.read(row.role(), row.body(), attachments)));
        return messages;
    }

    private static void addHashes(JsonNode body, Set<String> hashes) {
        body.path("parts").forEach(part -> {
            if (part.has("media")) {
                hashes.add(part.get("media").asText());
            }
        });
    }
}
