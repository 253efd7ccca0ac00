package dev.agentsgateway.knowledge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.db.Database;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * The knowledge of tenants: entries, the documents behind them, and when these are indexed. A collection of null stands for
 * what is in none. Thread-safe.
 */
public final class Knowledge {
    static final String COMPANY = "company";
    static final String PROJECT = "project";

    private final Database database;
    private final Clock clock;
    private final EntryStore entries = new EntryStore();
    private final JobStore jobs = new JobStore();
    private final DocumentStore documents;

    /** @param words whether chunks are to be found by words in PostgreSQL, because the vector store cannot */
    public Knowledge(Database database, Clock clock, boolean words) {
        this.database = database;
        this.clock = clock;
        this.documents = new DocumentStore(words);
    }

    /** @param duplicate whether the document was there already */
    record Added(Entry entry, boolean duplicate) {}

    /** What was added by a program. */
    public record Document(UUID entryId, UUID fileId, boolean duplicate) {}

    EntryStore.Listed list(String tenant, String collection, int limit, long offset) {
        return database.with(handle -> entries.list(handle, tenant, collection, limit, offset));
    }

    Optional<Entry> find(String tenant, String collection, UUID fileId) {
        return database.with(handle -> entries.find(handle, tenant, collection, fileId));
    }

    /**
     * Registers an entry whose bytes are to be fetched, and has it indexed.
     *
     * @return empty when the tenant has an entry of that file id
     */
    Optional<Entry> create(String tenant, String collection, EntryStore.Content content) {
        return database.transact(handle -> entries.create(handle, tenant, collection, content, Instant.now(clock))
                .flatMap(id -> {
                    documents.create(handle, id, null, null);
                    jobs.put(handle, id, 1);
                    return entries.find(handle, id);
                }));
    }

    /**
     * Stores an uploaded document and has it indexed. The same bytes in the same collection are stored once.
     *
     * @return empty when the tenant has another entry of that file id
     */
    Optional<Added> add(String tenant, String collection, Upload upload, EntryStore.Content content) {
        Optional<Entry> known = database.with(handle -> entries.findUpload(handle, tenant, collection, upload.hash()));
        if (known.isPresent()) {
            return Optional.of(new Added(known.get(), true));
        }
        return database.transact(handle -> {
            // One upload of these bytes at a time, on all replicas.
            handle.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))",
                    "knowledge " + tenant + "/" + collection + "/" + upload.hash());
            Optional<Entry> meanwhile = entries.findUpload(handle, tenant, collection, upload.hash());
            if (meanwhile.isPresent()) {
                return Optional.of(new Added(meanwhile.get(), true));
            }
            return entries.create(handle, tenant, collection, content, Instant.now(clock))
                    .flatMap(id -> {
                        documents.create(handle, id, upload.hash(), upload.size());
                        try (InputStream bytes = upload.open()) {
                            documents.saveOriginal(handle, id, bytes);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                        jobs.put(handle, id, 1);
                        return entries.find(handle, id).map(entry -> new Added(entry, false));
                    });
        });
    }

    /**
     * Adds a file of this machine, as an upload does; for programs that fill a collection.
     *
     * @param collection null for none
     * @param metadata   may be null
     */
    public Document add(
            String tenant, String collection, Path file, String filename, String contentType, ObjectNode metadata)
            throws IOException {
        try (InputStream bytes = Files.newInputStream(file);
                Upload upload = Upload.receive(bytes, filename, contentType)) {
            Added added = add(tenant, collection, upload, content(collection, upload, null, null, metadata))
                    .orElseThrow();
            return new Document(added.entry().uuid(), added.entry().fileUuid(), added.duplicate());
        }
    }

    /** @param fileType null for what the scope suggests */
    static EntryStore.Content content(
            String collection, Upload upload, UUID fileId, String fileType, ObjectNode metadata) {
        return new EntryStore.Content(
                fileId == null ? UUID.randomUUID() : fileId,
                upload.filename(),
                fileType != null ? fileType : collection == null ? COMPANY : PROJECT,
                upload.contentType(),
                null,
                "active",
                metadata);
    }

    /** Changes what is not null; a change that changes nothing leaves everything as it is. Empty when there is no such entry. */
    Optional<Entry> change(
            String tenant, String collection, UUID fileId, String status, String knowledgeStatus, ObjectNode metadata) {
        return database.transact(handle -> entries.find(handle, tenant, collection, fileId)
                .map(entry -> {
                    boolean same = (status == null || status.equals(entry.status()))
                            && (knowledgeStatus == null || knowledgeStatus.equals(entry.knowledgeStatus()))
                            && (metadata == null || metadata.equals(entry.metadata()));
                    if (same) {
                        return entry;
                    }
                    entries.update(handle, entry.uuid(), status, knowledgeStatus, metadata, Instant.now(clock));
                    return entries.findEvenDeleted(handle, entry.uuid());
                }));
    }

    /** @return false when there is no such entry */
    boolean delete(String tenant, String collection, UUID fileId, boolean hard) {
        return database.transact(handle -> entries.delete(handle, tenant, collection, fileId, hard, Instant.now(clock)))
                .isPresent();
    }

    /** Has an entry fetched and indexed anew; what is indexed is found until then. Empty when there is no such entry. */
    Optional<Entry> reindex(String tenant, String collection, UUID fileId) {
        return database.transact(handle -> entries.find(handle, tenant, collection, fileId)
                .flatMap(entry -> {
                    documents.create(handle, entry.uuid(), null, null);
                    jobs.put(handle, entry.uuid(), documents.raise(handle, entry.uuid()));
                    entries.indexState(handle, entry.uuid(), "indexing", Instant.now(clock));
                    return entries.find(handle, entry.uuid());
                }));
    }

    EntryStore.Counts counts(String tenant, String collection) {
        return database.with(handle -> entries.counts(handle, tenant, collection));
    }

    /** How many documents wait for being indexed, or are being indexed, of all tenants. */
    public long waiting() {
        return database.with(jobs::waiting);
    }

    /** Has everything indexed anew that was embedded by another model; returns how many entries. */
    int reindexOthers(String model) {
        int count = 0;
        while (true) {
            List<UUID> others = database.transact(handle -> {
                List<UUID> found = documents.ofOtherModels(handle, model, 100);
                for (UUID entry : found) {
                    jobs.put(handle, entry, documents.raise(handle, entry));
                    entries.indexState(handle, entry, "indexing", Instant.now(clock));
                }
                return found;
            });
            count += others.size();
            if (others.isEmpty()) {
                return count;
            }
        }
    }

    /** Whether a name is an address from which the document is to be had; {@code http-notes.pdf} is none. */
    static boolean isUrl(String filename) {
        String lower = filename.toLowerCase(Locale.ROOT);
        return lower.startsWith("http://") || lower.startsWith("https://");
    }
}
