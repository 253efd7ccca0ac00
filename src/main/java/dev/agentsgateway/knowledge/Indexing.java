package dev.agentsgateway.knowledge;

import dev.agentsgateway.common.Failpoint;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseClosedException;
import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.knowledge.document.Chunk;
import dev.agentsgateway.knowledge.document.Chunker;
import dev.agentsgateway.knowledge.document.DocumentException;
import dev.agentsgateway.knowledge.document.Documents;
import dev.agentsgateway.knowledge.embedding.Embedder;
import dev.agentsgateway.knowledge.embedding.EmbeddingException;
import dev.agentsgateway.knowledge.source.FetchedFile;
import dev.agentsgateway.knowledge.source.SourceException;
import dev.agentsgateway.knowledge.store.StoreException;
import dev.agentsgateway.knowledge.store.VectorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Indexes one document: fetch, read, cut, embed, store, publish, wait for the vector store. Chunks are stored as they are
 * embedded, under a generation that does not count yet, so that an attempt goes on where the one before it was cut. No
 * connection is held meanwhile. Thread-safe.
 */
public final class Indexing {
    private static final Logger LOG = LoggerFactory.getLogger(Indexing.class);
    private static final Duration STORE_TIME = Duration.ofMinutes(2);
    /** Raised when the same bytes make other chunks than before. */
    private static final String PIPELINE = "1";

    /** Chunks that are embedded, and then stored, at a time. */
    private static final int BATCH = 64;

    private final Database database;
    private final Knowledge knowledge;
    private final Sources sources;
    private final Documents reader;
    private final Embedder embedder;
    private final VectorStore store;
    private final IndexerSettings settings;
    private final Clock clock;
    private final EntryStore entries = new EntryStore();
    private final JobStore jobs = new JobStore();
    private final DocumentStore documents;

    /** @param words as in {@link Knowledge} */
    public Indexing(
            Database database,
            Knowledge knowledge,
            Sources sources,
            Documents reader,
            Embedder embedder,
            VectorStore store,
            IndexerSettings settings,
            Clock clock,
            boolean words) {
        this.database = database;
        this.knowledge = knowledge;
        this.sources = sources;
        this.reader = reader;
        this.embedder = embedder;
        this.store = store;
        this.settings = settings;
        this.clock = clock;
        this.documents = new DocumentStore(words);
    }

    /** The job was taken by somebody else, or the entry was deleted. */
    private static final class LostException extends RuntimeException {
        private static final long serialVersionUID = 1;

        LostException() {
            super(null, null, false, false);
        }
    }

    void reindexOthers() {
        int count = knowledge.reindexOthers(embedder.model());
        if (count > 0) {
            LOG.info("{} documents are embedded anew, by {}", count, embedder.model());
        }
    }

    /** Does one attempt and stores how it ended. */
    void index(JobStore.Job job, UUID owner, BooleanSupplier stopping) {
        try {
            if (job.attempts() > settings.maxAttempts()) {
                end(job, owner, "Indexing was given up: the process was lost in every attempt.", true);
                return;
            }
            attempt(job, owner);
        } catch (LostException | DatabaseClosedException e) {
            LOG.debug("the document {} is not ours any more", job.entryId());
        } catch (DatabaseUnavailableException e) {
            LOG.warn("indexing of {} waits for the database: {}", job.entryId(), e.getMessage());
            Thread.interrupted();
            release(job, owner);
        } catch (InterruptedException e) {
            release(job, owner);
        } catch (NothingToIndexException e) {
            failed(job, owner, stopping, e, true);
        } catch (DocumentException e) {
            failed(job, owner, stopping, e, e.permanent());
        } catch (SourceException e) {
            failed(job, owner, stopping, e, e.permanent());
        } catch (EmbeddingException e) {
            LOG.debug("the provider said: {}", e.detail());
            failed(job, owner, stopping, e, e.permanent());
        } catch (StoreException e) {
            failed(job, owner, stopping, e, e.permanent());
        } catch (IOException | RuntimeException e) {
            if (!stopping.getAsBoolean()) {
                LOG.error("the document of entry {} could not be indexed", job.entryId(), e);
            }
            failed(job, owner, stopping, new IOException("Indexing failed because of an internal error."), false);
        }
    }

    private void attempt(JobStore.Job job, UUID owner) throws IOException, InterruptedException {
        Entry entry =
                database.with(handle -> entries.find(handle, job.entryId())).orElseThrow(LostException::new);
        DocumentStore.State before =
                database.with(handle -> documents.state(handle, job.entryId())).orElseThrow(LostException::new);
        long change;
        try (FetchedFile file = sources.fetch(entry, before.uploaded())) {
            String hash = Upload.hash(file.file()) + "/" + embedder.model() + "/" + PIPELINE;
            change = hash.equals(before.indexedHash()) && before.indexedGeneration() != null
                    ? unchanged(job)
                    : embed(job, owner, entry, file, hash);
        }
        Failpoint.reached("knowledge_published");
        store.await(change, STORE_TIME);
        Failpoint.reached("knowledge_stored");
        database.transact(handle -> {
            if (!jobs.lock(handle, job, owner)) {
                throw new LostException();
            }
            entries.indexState(handle, job.entryId(), "indexed", Instant.now(clock));
            documents.error(handle, job.entryId(), null);
            jobs.done(handle, job);
            return null;
        });
    }

    private long unchanged(JobStore.Job job) {
        return database.with(handle -> documents.change(handle, job.entryId()));
    }

    private long embed(JobStore.Job job, UUID owner, Entry entry, FetchedFile file, String hash) throws IOException {
        long size = Files.size(file.file());
        String type = entry.contentType() != null && !Sources.saysUrl(entry.contentType())
                ? entry.contentType()
                : file.contentType();
        String name = file.filename() != null ? file.filename() : entry.originalFilename();
        List<Chunk> chunks = new Chunker(embedder).chunk(reader.read(file.file(), name, type));
        int from = owned(job, owner, handle -> {
            documents.size(handle, job.entryId(), size);
            return documents.stage(handle, job.entryId(), job.generation(), hash, chunks.size());
        });
        for (int at = from; at < chunks.size(); at += BATCH) {
            List<Chunk> batch = chunks.subList(at, Math.min(at + BATCH, chunks.size()));
            List<float[]> vectors =
                    embedder.embedDocuments(batch.stream().map(Chunk::text).toList());
            owned(job, owner, handle -> {
                documents.append(handle, job.entryId(), job.generation(), batch, vectors);
                return null;
            });
            Failpoint.reached("knowledge_batch_stored");
        }
        return owned(
                job,
                owner,
                handle -> documents.publish(
                        handle, job.entryId(), job.generation(), hash, embedder.model(), embedder.dimension()));
    }

    private interface Work<T> {
        T with(Handle handle);
    }

    /** A transaction in which nobody else can take the job. */
    private <T> T owned(JobStore.Job job, UUID owner, Work<T> work) {
        return database.transact(handle -> {
            if (!jobs.lock(handle, job, owner)) {
                throw new LostException();
            }
            return work.with(handle);
        });
    }

    private void release(JobStore.Job job, UUID owner) {
        try {
            owned(job, owner, handle -> {
                jobs.again(handle, job, Duration.ZERO, false);
                return null;
            });
        } catch (RuntimeException e) {
            LOG.debug("the document is taken over when its lease is over", e);
        }
    }

    private void failed(JobStore.Job job, UUID owner, BooleanSupplier stopping, Exception e, boolean permanent) {
        if (stopping.getAsBoolean() || Thread.interrupted()) {
            release(job, owner);
            return;
        }
        LOG.warn("the document of entry {} is not indexed: {}", job.entryId(), e.getMessage());
        try {
            end(job, owner, e.getMessage(), permanent);
        } catch (LostException lost) {
            LOG.debug("the document {} is not ours any more", job.entryId());
        }
    }

    /** @param permanent whether nothing is to be tried again */
    private void end(JobStore.Job job, UUID owner, String error, boolean permanent) {
        owned(job, owner, handle -> {
            documents.error(handle, job.entryId(), Optional.ofNullable(error).orElse("Indexing failed."));
            if (permanent || job.attempts() >= settings.maxAttempts()) {
                entries.indexState(handle, job.entryId(), "failed", Instant.now(clock));
                jobs.done(handle, job);
            } else {
                jobs.again(handle, job, settings.pause(job.attempts()), true);
            }
            return null;
        });
    }
}
