package dev.agentsgateway.knowledge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.knowledge.document.Chunk;
import dev.agentsgateway.knowledge.store.ChangeFeedStore;
import dev.agentsgateway.knowledge.store.Vectors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** The SQL of what is indexed: documents, their originals and chunks. Thread-safe. */
final class DocumentStore {
    /** Bytes of an original in one row. */
    private static final int PART = 1 << 20;

    private final boolean words;

    /** @param words whether chunks are to be found by words in PostgreSQL */
    DocumentStore(boolean words) {
        this.words = words;
    }

    /** What the last indexing left, and what is being made. */
    record State(
            long generation,
            Long indexedGeneration,
            String stagedHash,
            String indexedHash,
            String embeddingModel,
            int chunks,
            boolean uploaded) {}

    /** @param uploadHash null when the bytes are to be fetched */
    void create(Handle handle, UUID entryId, String uploadHash, Long size) {
        handle.createUpdate("""
                        INSERT INTO ai.knowledge_documents (entry_id, tenant_id, collection_id, file_id, upload_hash, size)
                        SELECT id, tenant_id, collection_id, file_id, :hash, :size FROM public.knowledge_entries
                        WHERE id = :entry ON CONFLICT (entry_id) DO NOTHING
                        """)
                .bind("hash", uploadHash)
                .bind("size", size)
                .bind("entry", entryId)
                .execute();
    }

    Optional<State> state(Handle handle, UUID entryId) {
        return handle.createQuery("""
                        SELECT generation, indexed_generation, staged_hash, indexed_hash, embedding_model, chunks,
                            upload_hash IS NOT NULL AS uploaded
                        FROM ai.knowledge_documents WHERE entry_id = :entry
                        """).bind("entry", entryId).mapTo(State.class).findOne();
    }

    /** The next generation is made from now on. */
    long raise(Handle handle, UUID entryId) {
        return handle.createQuery("""
                        UPDATE ai.knowledge_documents SET generation = generation + 1, done = 0, total = NULL, error = NULL
                        WHERE entry_id = :entry RETURNING generation
                        """).bind("entry", entryId).mapTo(Long.class).one();
    }

    void saveOriginal(Handle handle, UUID entryId, InputStream bytes) throws IOException {
        byte[] part = bytes.readNBytes(PART);
        for (int number = 0; part.length > 0; number++) {
            handle.execute(
                    "INSERT INTO ai.knowledge_originals (entry_id, part, bytes) VALUES (?, ?, ?)",
                    entryId,
                    number,
                    part);
            part = bytes.readNBytes(PART);
        }
    }

    /** One part at a time, so that no connection is held while the bytes are written. */
    void readOriginal(Database database, UUID entryId, OutputStream to) throws IOException {
        for (int number = 0; ; number++) {
            int at = number;
            Optional<byte[]> part = database.with(handle -> handle.createQuery(
                            "SELECT bytes FROM ai.knowledge_originals WHERE entry_id = :entry AND part = :part")
                    .bind("entry", entryId)
                    .bind("part", at)
                    .mapTo(byte[].class)
                    .findOne());
            if (part.isEmpty()) {
                return;
            }
            to.write(part.get());
        }
    }

    void size(Handle handle, UUID entryId, long size) {
        handle.execute("UPDATE ai.knowledge_documents SET size = ? WHERE entry_id = ?", size, entryId);
    }

    /**
     * Begins to make a generation's chunks, or goes on where an attempt with the same hash ended.
     *
     * @return how many chunks are there already
     */
    int stage(Handle handle, UUID entryId, long generation, String hash, int total) {
        int same = handle.createUpdate("""
                        UPDATE ai.knowledge_documents SET total = :total
                        WHERE entry_id = :entry AND generation = :generation AND staged_hash = :hash
                        """)
                .bind("total", total)
                .bind("entry", entryId)
                .bind("generation", generation)
                .bind("hash", hash)
                .execute();
        if (same == 0) {
            handle.execute(
                    "DELETE FROM ai.knowledge_chunks WHERE entry_id = ? AND generation = ?", entryId, generation);
            handle.execute(
                    "UPDATE ai.knowledge_documents SET staged_hash = ?, total = ?, done = 0 WHERE entry_id = ?",
                    hash,
                    total,
                    entryId);
        }
        return handle.createQuery(
                        "SELECT count(*) FROM ai.knowledge_chunks WHERE entry_id = :entry AND generation = :g")
                .bind("entry", entryId)
                .bind("g", generation)
                .mapTo(Integer.class)
                .one();
    }

    /** A chunk that is there already stays as it is. */
    void append(Handle handle, UUID entryId, long generation, List<Chunk> chunks, List<float[]> vectors) {
        PreparedBatch batch = handle.prepareBatch("""
                INSERT INTO ai.knowledge_chunks (entry_id, generation, idx, text, tokens, metadata, embedding, words)
                VALUES (:entry, :generation, :idx, :text, :tokens, :metadata, :embedding,
                    CASE WHEN :words THEN to_tsvector('english', :text) END)
                ON CONFLICT DO NOTHING
                """);
        for (int i = 0; i < chunks.size(); i++) {
            Chunk chunk = chunks.get(i);
            batch.bind("entry", entryId)
                    .bind("generation", generation)
                    .bind("idx", chunk.index())
                    // PostgreSQL's texts have no NUL.
                    .bind("text", chunk.text().replace('\u0000', '\uFFFD'))
                    .bind("tokens", chunk.tokens())
                    .bindByType("metadata", metadata(chunk), JsonNode.class)
                    .bind("embedding", Vectors.bytes(vectors.get(i)))
                    .bind("words", words)
                    .add();
        }
        batch.execute();
        handle.execute(
                "UPDATE ai.knowledge_documents SET done = ? WHERE entry_id = ?",
                chunks.getLast().index() + 1,
                entryId);
    }

    private static JsonNode metadata(Chunk chunk) {
        return withoutNul(Json.write(chunk.metadata()));
    }

    private static JsonNode withoutNul(String json) {
        return Json.read(json.replace("\\u0000", "\\ufffd"));
    }

    /** The generation's chunks count from now on, and no others; returns the number of the change. */
    long publish(Handle handle, UUID entryId, long generation, String hash, String model, int dimension) {
        handle.execute("DELETE FROM ai.knowledge_chunks WHERE entry_id = ? AND generation <> ?", entryId, generation);
        handle.createUpdate("""
                        UPDATE ai.knowledge_documents d SET indexed_generation = :generation, indexed_hash = :hash,
                            embedding_model = :model, dimension = :dimension, indexed_at = now(),
                            chunks = made.chunks, tokens = made.tokens
                        FROM (SELECT count(*) AS chunks, coalesce(sum(tokens), 0) AS tokens FROM ai.knowledge_chunks
                              WHERE entry_id = :entry AND generation = :generation) made
                        WHERE d.entry_id = :entry
                        """)
                .bind("generation", generation)
                .bind("hash", hash)
                .bind("model", model)
                .bind("dimension", dimension)
                .bind("entry", entryId)
                .execute();
        return ChangeFeedStore.changed(handle, entryId);
    }

    /** The number of an entry's last change. */
    long change(Handle handle, UUID entryId) {
        return handle.createQuery("SELECT change_id FROM ai.knowledge_changes WHERE entry_id = :entry")
                .bind("entry", entryId)
                .mapTo(Long.class)
                .findOne()
                .orElse(0L);
    }

    void error(Handle handle, UUID entryId, String error) {
        handle.execute("UPDATE ai.knowledge_documents SET error = ? WHERE entry_id = ?", error, entryId);
    }

    /** Entries whose vectors were made by another model, for which nothing is under way. */
    List<UUID> ofOtherModels(Handle handle, String model, int limit) {
        return handle.createQuery("""
                        SELECT d.entry_id FROM ai.knowledge_documents d
                        WHERE d.indexed_generation IS NOT NULL AND d.embedding_model <> :model
                            AND NOT EXISTS (SELECT FROM ai.knowledge_jobs j WHERE j.entry_id = d.entry_id)
                            AND d.error IS NULL
                        ORDER BY d.entry_id LIMIT :limit
                        """)
                .bind("model", model)
                .bind("limit", limit)
                .mapTo(UUID.class)
                .list();
    }
}
