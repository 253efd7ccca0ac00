package dev.agentsgateway.knowledge.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.Database;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An index of this process: HNSW graphs and BM25 in one Lucene directory. It is opened when there is something in the feed,
 * and made anew from PostgreSQL, in the background, when it is missing, damaged, of another database or another embedding
 * model; searches are refused until the copy is whole. Thread-safe.
 */
public final class LuceneStore implements VectorStore {
    private static final Logger LOG = LoggerFactory.getLogger(LuceneStore.class);
    private static final Duration OPENING = Duration.ofSeconds(5);
    static final String BUILDING = "The knowledge index is being built. Try again.";

    private final Path home;
    private final String model;
    private final int dimension;
    private final ChangeFeedStore feed;
    private final Follower follower;
    private final Taking taking = new Taking();
    private volatile LuceneIndex index;
    /** The change with which a copy that is being made is whole; -1 when it is. */
    private volatile long wholeAt = -1;

    private volatile boolean looked;

    /**
     * @param home      a directory for the index; another process that uses it has its own beside
     * @param model     of the vectors to come
     * @param dimension of these
     */
    public LuceneStore(Path home, Database database, String model, int dimension) {
        this.home = home;
        this.model = model;
        this.dimension = dimension;
        this.feed = new ChangeFeedStore(database);
        this.follower = new Follower(database, feed, taking, model);
    }

    @Override
    public String description() {
        return "Lucene, embedded in " + home;
    }

    @Override
    public void start() {
        follower.start();
    }

    @Override
    public void await(long change, Duration time) throws InterruptedException {
        follower.await(change, time);
    }

    @Override
    public List<Hit> byVector(Scope scope, float[] vector, int limit) {
        if (vector.length != dimension) {
            throw StoreException.permanent(
                    "The query has " + vector.length + " dimensions and the index " + dimension + ".", null);
        }
        Query filter = LuceneFields.filter(scope);
        return search(new KnnFloatVectorQuery(LuceneFields.VECTOR, vector, limit, filter), limit, true);
    }

    @Override
    public List<Hit> byWords(Scope scope, String text, int limit) {
        Query query = LuceneFields.words(scope, text);
        return query == null ? List.of() : search(query, limit, false);
    }

    private List<Hit> search(Query query, int limit, boolean cosine) {
        LuceneIndex open = opened();
        if (open == null) {
            return List.of();
        }
        try (LuceneIndex.Reading reading = open.read()) {
            IndexSearcher searcher = reading.searcher();
            TopDocs top = searcher.search(query, limit);
            StoredFields stored = searcher.storedFields();
            List<Hit> hits = new ArrayList<>(top.scoreDocs.length);
            for (ScoreDoc found : top.scoreDocs) {
                // Lucene's score of a dot product is (1 + dot) / 2.
                hits.add(hit(stored.document(found.doc), cosine ? 2 * found.score - 1 : found.score));
            }
            return hits;
        } catch (IOException | RuntimeException e) {
            follower.signal();
            throw StoreException.passing("The knowledge index cannot be read now. Try again.", e);
        }
    }

    private static Hit hit(Document document, double score) {
        return Hit.of(
                document.get(LuceneFields.ENTRY),
                document.getField(LuceneFields.INDEX).numericValue().intValue(),
                document.get(LuceneFields.TEXT),
                (ObjectNode) Json.read(document.get(LuceneFields.METADATA)),
                score);
    }

    /** Null when there is nothing to be found at all. */
    private LuceneIndex opened() {
        long end = System.nanoTime() + OPENING.toNanos();
        while (!looked || wholeAt >= 0) {
            if (System.nanoTime() - end >= 0 || wholeAt >= 0) {
                throw StoreException.passing(BUILDING, null);
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw StoreException.passing(BUILDING, e);
            }
        }
        return index;
    }

    @Override
    public void close() {
        follower.close();
        LuceneIndex open = index;
        if (open != null) {
            open.close();
        }
    }

    /** For the follower's thread. */
    private final class Taking implements Follower.Target {
        private ChangeFeedStore.Feed last;

        @Override
        public OptionalLong begin(ChangeFeedStore.Feed now) {
            last = now;
            if (now.lastChange() > 0) {
                open();
                if (index.position() == 0 && wholeAt < 0) {
                    LOG.info("the knowledge index is being built: {} changes", now.lastChange());
                    wholeAt = now.lastChange();
                }
            }
            looked = true;
            return OptionalLong.of(index == null ? 0 : index.position());
        }

        private void open() {
            LuceneIndex open = index;
            if (open != null && (!open.usable() || stale(open))) {
                LOG.warn("the knowledge index in {} is gone, damaged or too old, and is made again", open.directory());
                wholeAt = last.lastChange();
                index = null;
                open.discard();
                open = null;
            }
            if (open == null) {
                open = fresh();
                if (stale(open)) {
                    open.discard();
                    open = fresh();
                }
            }
            index = open;
        }

        private LuceneIndex fresh() {
            return LuceneIndex.open(home, new LuceneIndex.Identity(last.id(), model, dimension));
        }

        private boolean stale(LuceneIndex open) {
            return open.position() > 0 && (open.position() < last.prunedTo() || open.position() > last.lastChange());
        }

        @Override
        public long elsewhere() {
            throw new IllegalStateException("the index is this process's own");
        }

        @Override
        public void clear(Change change) {
            if (index == null) {
                // The first change ever came after we had looked.
                open();
            }
            index.writing(writer -> writer.deleteDocuments(
                    new Term(LuceneFields.ENTRY, change.entryId().toString())));
        }

        @Override
        public void add(List<IndexedChunk> chunks) {
            index.writing(writer -> {
                for (IndexedChunk chunk : chunks) {
                    writer.addDocument(LuceneFields.document(chunk));
                }
            });
        }

        @Override
        public void added(Change change, int count) {
            LOG.debug("entry {}: {} chunks", change.entryId(), count);
        }

        @Override
        public void reached(long position) {
            index.commit(position);
            if (wholeAt >= 0 && position >= wholeAt) {
                wholeAt = -1;
                LOG.info("the knowledge index is whole");
            }
        }

        @Override
        public void end() {
            // The index stays open.
        }
    }

    /** For tests: the directories that indexes are in. */
    Set<Path> directories() {
        return index == null ? Set.of() : Set.of(index.directory());
    }
}
