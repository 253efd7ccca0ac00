package dev.agentsgateway.knowledge.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** The SQL of the feed by which vector stores follow. Thread-safe. */
public final class ChangeFeedStore {
    /** Notified with the number of every change. */
    static final String CHANNEL = "knowledge_change";

    private static final Duration DELETIONS_KEPT = Duration.ofDays(30);

    private final Database database;

    public ChangeFeedStore(Database database) {
        this.database = database;
    }

    /**
     * The feed as a whole.
     *
     * @param id       tells databases apart
     * @param prunedTo whoever has seen less must begin anew
     */
    record Feed(String id, long lastChange, long prunedTo) {}

    /** What of an entry is to be in a store: the generation of its chunks and what made them. */
    record Source(
            UUID entryId,
            String tenantId,
            String collectionId,
            UUID fileId,
            String originalFilename,
            String fileType,
            String contentType,
            JsonNode metadata,
            long generation,
            String embeddingModel,
            String indexedHash) {}

    private record Row(int idx, String text, JsonNode metadata, byte[] embedding) {}

    Feed feed() {
        return database.with(handle -> handle.createQuery("""
                        SELECT id::text || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) AS id,
                            last_change, pruned_to
                        FROM ai.knowledge_feed
                        """).mapTo(Feed.class).one());
    }

    /** The number of the last change. */
    public long lastChange() {
        return database.with(handle -> handle.createQuery("SELECT last_change FROM ai.knowledge_feed")
                .mapTo(Long.class)
                .one());
    }

    /** Says that an entry's chunks, or what is said of them, have changed; returns the number of the change. */
    public static long changed(Handle handle, UUID entryId) {
        return handle.createQuery("""
                        SELECT ai.knowledge_change(id, tenant_id, file_id, false) FROM public.knowledge_entries
                        WHERE id = :entry
                        """).bind("entry", entryId).mapTo(Long.class).one();
    }

    /** Says that an entry is gone, and with it its chunks. */
    public static long deleted(Handle handle, UUID entryId, String tenantId, UUID fileId) {
        return handle.createQuery("SELECT ai.knowledge_change(:entry, :tenant, :file, true)")
                .bind("entry", entryId)
                .bind("tenant", tenantId)
                .bind("file", fileId)
                .mapTo(Long.class)
                .one();
    }

    List<Change> changes(long after, int limit) {
        return database.with(handle -> handle.createQuery("""
                        SELECT change_id, entry_id, tenant_id, file_id, deleted FROM ai.knowledge_changes
                        WHERE change_id > :after ORDER BY change_id LIMIT :limit
                        """)
                .bind("after", after)
                .bind("limit", limit)
                .mapTo(Change.class)
                .list());
    }

    /** Empty when the entry has nothing that could be found. */
    Optional<Source> source(UUID entryId) {
        return database.with(handle -> handle.createQuery("""
                        SELECT d.entry_id, e.tenant_id, e.collection_id, e.file_id, e.original_filename, e.file_type,
                            e.content_type, e.metadata, d.indexed_generation AS generation, d.embedding_model,
                            d.indexed_hash
                        FROM ai.knowledge_documents d JOIN public.knowledge_entries e ON e.id = d.entry_id
                        WHERE d.entry_id = :entry AND d.indexed_generation IS NOT NULL AND e.status <> 'deleted'
                        """)
                .bind("entry", entryId)
                .mapTo(Source.class)
                .findOne());
    }

    /** A page of chunks, from {@code from} on; fewer than {@code limit} at the end. */
    List<IndexedChunk> chunks(Source source, int from, int limit, String model) {
        boolean comparable = model.equals(source.embeddingModel());
        List<Row> rows = database.with(handle -> handle.createQuery("""
                        SELECT idx, text, metadata, embedding FROM ai.knowledge_chunks
                        WHERE entry_id = :entry AND generation = :generation AND idx >= :from ORDER BY idx LIMIT :limit
                        """)
                .bind("entry", source.entryId())
                .bind("generation", source.generation())
                .bind("from", from)
                .bind("limit", limit)
                .map(ChangeFeedStore::row)
                .list());
        return rows.stream()
                .map(row -> new IndexedChunk(
                        source.entryId(),
                        source.tenantId(),
                        source.collectionId(),
                        source.fileId(),
                        row.idx(),
                        row.text(),
                        metadata(source, row.metadata()),
                        comparable ? Vectors.read(row.embedding()) : null,
                        source.indexedHash()))
                .toList();
    }

    private static Row row(ResultSet row, StatementContext unused) throws SQLException {
        return new Row(
                row.getInt("idx"),
                row.getString("text"),
                Json.read(row.getString("metadata")),
                row.getBytes("embedding"));
    }

    /** Whose a chunk is comes last: nobody can say otherwise. */
    private static ObjectNode metadata(Source source, JsonNode chunk) {
        ObjectNode all = Json.object();
        if (source.metadata() instanceof ObjectNode given) {
            all.setAll(given);
        }
        if (chunk instanceof ObjectNode own) {
            all.setAll(own);
        }
        return all.put("tenant_id", source.tenantId())
                .put("collection_id", source.collectionId())
                .put("file_id", source.fileId().toString())
                .put("original_filename", source.originalFilename())
                .put("file_type", source.fileType())
                .put("content_type", source.contentType())
                .put("source_id", source.fileId().toString());
    }

    /** Forgets deletions that every store has surely seen; one that has not begins anew. */
    void prune() {
        database.transact(handle -> handle.createUpdate("""
                        WITH gone AS (
                            DELETE FROM ai.knowledge_changes
                            WHERE deleted AND changed_at < now() - make_interval(secs => :seconds) RETURNING change_id)
                        UPDATE ai.knowledge_feed SET pruned_to = greatest(pruned_to, (SELECT max(change_id) FROM gone))
                        WHERE EXISTS (SELECT FROM gone)
                        """)
                .bind("seconds", DELETIONS_KEPT.toSeconds())
                .execute());
    }
}
