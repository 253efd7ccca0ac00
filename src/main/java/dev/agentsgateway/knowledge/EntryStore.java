package dev.agentsgateway.knowledge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.knowledge.store.ChangeFeedStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * The SQL of knowledge entries. A collection of null stands for what is in none. Soft-deleted entries are not found unless
 * it says so.
 */
final class EntryStore {
    private static final String DELETED = "deleted";
    private static final String COLUMNS = """
            e.id, e.tenant_id, e.collection_id, e.file_id, e.original_filename, e.file_type, e.content_type, e.gcs_path,
            e.status, e.knowledge_status, e.metadata, e.created_at, e.updated_at, d.size, d.chunks, d.done, d.total,
            d.error, j.entry_id IS NOT NULL AS has_job
            FROM public.knowledge_entries e LEFT JOIN ai.knowledge_documents d ON d.entry_id = e.id
            LEFT JOIN ai.knowledge_jobs j ON j.entry_id = e.id
            """;
    private static final String IN_SCOPE =
            " WHERE e.tenant_id = :tenant AND e.collection_id IS NOT DISTINCT FROM :collection AND e.status <> 'deleted' ";

    /** What a new entry says. */
    record Content(
            UUID fileId,
            String originalFilename,
            String fileType,
            String contentType,
            String gcsPath,
            String status,
            ObjectNode metadata) {}

    /** A page and how many there are in all. */
    record Listed(List<Entry> entries, long total) {}

    /** Of a tenant or a collection. */
    record Counts(
            long entries,
            long indexed,
            long indexing,
            long failed,
            long outdated,
            long chunks,
            long tokens,
            long bytes) {}

    Listed list(Handle handle, String tenant, String collection, int limit, long offset) {
        List<Entry> entries = handle.createQuery("SELECT " + COLUMNS + IN_SCOPE
                        + "ORDER BY e.created_at DESC, e.id DESC LIMIT :limit OFFSET :offset")
                .bind("tenant", tenant)
                .bind("collection", collection)
                .bind("limit", limit)
                .bind("offset", offset)
                .map(EntryStore::map)
                .list();
        long total = handle.createQuery("SELECT count(*) FROM public.knowledge_entries e" + IN_SCOPE)
                .bind("tenant", tenant)
                .bind("collection", collection)
                .mapTo(Long.class)
                .one();
        return new Listed(entries, total);
    }

    Optional<Entry> find(Handle handle, String tenant, String collection, UUID fileId) {
        return handle.createQuery("SELECT " + COLUMNS + IN_SCOPE + "AND e.file_id = :file")
                .bind("tenant", tenant)
                .bind("collection", collection)
                .bind("file", fileId)
                .map(EntryStore::map)
                .findOne();
    }

    Optional<Entry> find(Handle handle, UUID id) {
        return handle.createQuery("SELECT " + COLUMNS + " WHERE e.id = :id AND e.status <> 'deleted'")
                .bind("id", id)
                .map(EntryStore::map)
                .findOne();
    }

    Entry findEvenDeleted(Handle handle, UUID id) {
        return handle.createQuery("SELECT " + COLUMNS + " WHERE e.id = :id")
                .bind("id", id)
                .map(EntryStore::map)
                .one();
    }

    /** The entry with these bytes in this very collection. */
    Optional<Entry> findUpload(Handle handle, String tenant, String collection, String hash) {
        return handle.createQuery("SELECT " + COLUMNS + IN_SCOPE + """
                        AND d.tenant_id = :tenant AND coalesce(d.collection_id, '') = coalesce(:collection, '')
                        AND d.upload_hash = :hash
                        """)
                .bind("tenant", tenant)
                .bind("collection", collection)
                .bind("hash", hash)
                .map(EntryStore::map)
                .findOne();
    }

    /**
     * Stores a new entry, in the place of one of its file id that was deleted.
     *
     * @return empty when the tenant has an entry of that file id, in whatever collection
     */
    Optional<UUID> create(Handle handle, String tenant, String collection, Content content, Instant now) {
        handle.createUpdate("""
                        DELETE FROM public.knowledge_entries
                        WHERE tenant_id = :tenant AND file_id = :file AND status = 'deleted'
                        """)
                .bind("tenant", tenant)
                .bind("file", content.fileId())
                .execute();
        return handle.createQuery("""
                        INSERT INTO public.knowledge_entries (id, tenant_id, collection_id, file_id, original_filename,
                            file_type, content_type, gcs_path, status, knowledge_status, metadata, created_at, updated_at)
                        VALUES (:id, :tenant, :collection, :file, :filename, :type, :contentType, :gcsPath, :status,
                            'indexing', :metadata, :now, :now)
                        ON CONFLICT ON CONSTRAINT uq_knowledge_tenant_file DO NOTHING RETURNING id
                        """)
                .bind("id", UUID.randomUUID())
                .bind("tenant", tenant)
                .bind("collection", collection)
                .bind("file", content.fileId())
                .bind("filename", content.originalFilename())
                .bind("type", content.fileType())
                .bind("contentType", content.contentType())
                .bind("gcsPath", content.gcsPath())
                .bind("status", content.status())
                .bindByType("metadata", content.metadata() == null ? Json.object() : content.metadata(), JsonNode.class)
                .bind("now", now)
                .mapTo(UUID.class)
                .findOne();
    }

    /** Changes what is not null. */
    void update(Handle handle, UUID id, String status, String knowledgeStatus, ObjectNode metadata, Instant now) {
        handle.createUpdate("""
                        UPDATE public.knowledge_entries SET status = coalesce(:status, status),
                            knowledge_status = coalesce(:knowledge, knowledge_status),
                            metadata = coalesce(:metadata::jsonb, metadata), updated_at = :now
                        WHERE id = :id
                        """)
                .bind("status", status)
                .bind("knowledge", knowledgeStatus)
                .bind("metadata", metadata == null ? null : metadata.toString())
                .bind("now", now)
                .bind("id", id)
                .execute();
        if (metadata != null || status != null) {
            ChangeFeedStore.changed(handle, id);
        }
        if (DELETED.equals(status)) {
            forget(handle, id);
        }
    }

    void indexState(Handle handle, UUID id, String knowledgeStatus, Instant now) {
        handle.createUpdate("""
                        UPDATE public.knowledge_entries SET knowledge_status = :knowledge, updated_at = :now
                        WHERE id = :id AND knowledge_status <> :knowledge
                        """)
                .bind("knowledge", knowledgeStatus)
                .bind("now", now)
                .bind("id", id)
                .execute();
    }

    /**
     * Deletes an entry and everything that is known of its document. A soft-deleted one can be deleted again.
     *
     * @return the number of the change; empty when there is no such entry
     */
    Optional<Long> delete(Handle handle, String tenant, String collection, UUID fileId, boolean hard, Instant now) {
        Optional<UUID> found = handle.createQuery("""
                        SELECT id FROM public.knowledge_entries
                        WHERE tenant_id = :tenant AND collection_id IS NOT DISTINCT FROM :collection
                            AND file_id = :file FOR UPDATE
                        """)
                .bind("tenant", tenant)
                .bind("collection", collection)
                .bind("file", fileId)
                .mapTo(UUID.class)
                .findOne();
        return found.map(id -> {
            forget(handle, id);
            if (hard) {
                handle.execute("DELETE FROM public.knowledge_entries WHERE id = ?", id);
            } else {
                handle.createUpdate("""
                                UPDATE public.knowledge_entries SET status = 'deleted', updated_at = :now
                                WHERE id = :id AND status <> 'deleted'
                                """).bind("now", now).bind("id", id).execute();
            }
            // Also for what the reference has indexed, of which there is no document here.
            return ChangeFeedStore.deleted(handle, id, tenant, fileId);
        });
    }

    private static void forget(Handle handle, UUID id) {
        handle.execute("DELETE FROM ai.knowledge_documents WHERE entry_id = ?", id);
    }

    /** @param collection null for all of the tenant's */
    Counts counts(Handle handle, String tenant, String collection) {
        return handle.createQuery("""
                        SELECT count(*) AS entries,
                            count(*) FILTER (WHERE e.knowledge_status = 'indexed') AS indexed,
                            count(*) FILTER (WHERE e.knowledge_status = 'indexing') AS indexing,
                            count(*) FILTER (WHERE e.knowledge_status = 'failed') AS failed,
                            count(*) FILTER (WHERE e.knowledge_status = 'outdated') AS outdated,
                            coalesce(sum(d.chunks), 0)::bigint AS chunks, coalesce(sum(d.tokens), 0)::bigint AS tokens,
                            coalesce(sum(d.size), 0)::bigint AS bytes
                        FROM public.knowledge_entries e LEFT JOIN ai.knowledge_documents d ON d.entry_id = e.id
                        WHERE e.tenant_id = :tenant AND (:collection::text IS NULL OR e.collection_id = :collection)
                            AND e.status <> 'deleted'
                        """)
                .bind("tenant", tenant)
                .bind("collection", collection)
                .mapTo(Counts.class)
                .one();
    }

    private static Entry map(ResultSet row, StatementContext unused) throws SQLException {
        String metadata = row.getString("metadata");
        int total = row.getInt("total");
        boolean known = !row.wasNull();
        int done = row.getInt("done");
        long size = row.getLong("size");
        Long bytes = row.wasNull() ? null : size;
        return new Entry(
                row.getString("id"),
                row.getString("tenant_id"),
                row.getString("collection_id"),
                row.getString("file_id"),
                row.getString("original_filename"),
                row.getString("file_type"),
                row.getString("content_type"),
                row.getString("gcs_path"),
                row.getString("status"),
                row.getString("knowledge_status"),
                metadata == null ? null : Json.read(metadata),
                time(row, "created_at"),
                time(row, "updated_at"),
                bytes,
                row.getInt("chunks"),
                row.getBoolean("has_job") ? new Entry.Progress(done, known ? total : null) : null,
                row.getString("error"));
    }

    /** With an offset where the column has one: the reference's script and its application make it differently. */
    private static String time(ResultSet row, String column) throws SQLException {
        int at = row.findColumn(column);
        if ("timestamp".equals(row.getMetaData().getColumnTypeName(at))) {
            LocalDateTime time = row.getObject(at, LocalDateTime.class);
            return time == null ? null : Timestamps.format(time);
        }
        OffsetDateTime time = row.getObject(at, OffsetDateTime.class);
        return time == null ? null : Timestamps.format(time);
    }
}
