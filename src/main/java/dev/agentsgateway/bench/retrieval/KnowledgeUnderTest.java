package dev.agentsgateway.bench.retrieval;

import dev.agentsgateway.common.FileTree;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.knowledge.Indexer;
import dev.agentsgateway.knowledge.IndexerSettings;
import dev.agentsgateway.knowledge.Indexing;
import dev.agentsgateway.knowledge.Knowledge;
import dev.agentsgateway.knowledge.Retrieval;
import dev.agentsgateway.knowledge.Sources;
import dev.agentsgateway.knowledge.document.Documents;
import dev.agentsgateway.knowledge.store.ChangeFeedStore;
import dev.agentsgateway.knowledge.store.LuceneStore;
import dev.agentsgateway.knowledge.store.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The knowledge of a gateway without the gateway: a temporary embedded PostgreSQL, the Lucene index, the indexer with its
 * default number of workers. Closing removes it all, unless it is to be kept.
 */
final class KnowledgeUnderTest implements AutoCloseable {
    private static final String TENANT = "bench";
    private static final String COLLECTION = "manual";
    private static final int WORKERS = 2;
    private static final Duration LONGEST_REBUILD = Duration.ofMinutes(10);

    /** Chunks of which the best {@value #PLACES} documents are taken, as {@link #documents} says. */
    private static final int CHUNKS = 50;

    static final int PLACES = 10;

    private final Path home;
    private final MeteredEmbedder embedder;
    private final Database database;
    private final Knowledge knowledge;
    private final Indexer indexer;
    private final Map<String, String> names = new HashMap<>();
    private final boolean kept;
    private LuceneStore store;
    private Retrieval retrieval;

    /** @param keep where it stays, and may be from an earlier run; null for nowhere */
    KnowledgeUnderTest(MeteredEmbedder embedder, Collection collection, Path keep) throws IOException {
        this.kept = keep != null;
        this.home = kept ? Files.createDirectories(keep) : Files.createTempDirectory("agents-gateway-bench-");
        collection.documents().forEach(document -> names.put(filename(document), document.name()));
        this.embedder = embedder;
        this.database = Database.openEmbedded(home, 8);
        open();
        Clock clock = Clock.systemUTC();
        this.knowledge = new Knowledge(database, clock, false);
        IndexerSettings settings = new IndexerSettings(WORKERS, Duration.ofMinutes(1), 2, Duration.ofSeconds(1));
        Sources sources = new Sources(database, KnowledgeUnderTest::nothing, KnowledgeUnderTest::nothing);
        this.indexer = new Indexer(
                database,
                settings,
                new Indexing(database, knowledge, sources, new Documents(), embedder, store, settings, clock, false));
    }

    private static <T, R> R nothing(T address) {
        throw new IllegalStateException("nothing is to be fetched: " + address);
    }

    private void open() {
        store = new LuceneStore(home.resolve("lucene"), database, embedder.model(), embedder.dimension());
        store.start();
        retrieval = new Retrieval(store, embedder, new ChangeFeedStore(database));
    }

    private static String filename(Collection.Document document) {
        return document.file().getFileName().toString();
    }

    /** Whether all is there from an earlier run. */
    boolean holds(Collection collection) {
        return chunks() == collection.chunks();
    }

    private long chunks() {
        return number(
                "SELECT coalesce(sum(chunks), 0) FROM ai.knowledge_documents WHERE indexed_generation IS NOT NULL");
    }

    /** Uploads the documents and waits until the last one can be found; returns the seconds. */
    double index(Collection collection) throws IOException, InterruptedException {
        indexer.start();
        long start = System.nanoTime();
        for (Collection.Document document : collection.documents()) {
            knowledge.add(TENANT, COLLECTION, document.file(), filename(document), "text/html", null);
        }
        while (knowledge.waiting() > 0) {
            Thread.sleep(50);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        if (!holds(collection)) {
            throw new IllegalStateException(chunks() + " chunks were indexed and not " + collection.chunks());
        }
        return seconds;
    }

    /** Throws the Lucene index away, has it made again from PostgreSQL and returns the seconds. */
    double rebuild() throws IOException, InterruptedException {
        store.close();
        FileTree.delete(home.resolve("lucene"));
        long start = System.nanoTime();
        open();
        store.await(new ChangeFeedStore(database).lastChange(), LONGEST_REBUILD);
        return (System.nanoTime() - start) / 1e9;
    }

    /** What a search with the default limit answers, as many passages as it has. */
    int search(String text, Retrieval.Mode mode) throws InterruptedException {
        return retrieval.search(question(text, PLACES, mode)).results().size();
    }

    /** The names of the documents that a search finds, each in the place of its best passage. */
    List<String> documents(String text, Retrieval.Mode mode) throws InterruptedException {
        Set<String> found = new LinkedHashSet<>();
        for (Retrieval.Item item :
                retrieval.search(question(text, CHUNKS, mode)).results()) {
            found.add(names.get(item.source().filename()));
        }
        return List.copyOf(found);
    }

    private static Retrieval.Question question(String text, int limit, Retrieval.Mode mode) {
        return new Retrieval.Question(new Scope(TENANT, COLLECTION, Map.of()), text, limit, mode);
    }

    /** Texts of chunks, the same ones for the same documents. */
    List<String> texts(int most) {
        return database.with(
                handle -> handle.createQuery("SELECT text FROM ai.knowledge_chunks ORDER BY md5(text) LIMIT :most")
                        .bind("most", most)
                        .mapTo(String.class)
                        .list());
    }

    /** Bytes of the Lucene index on disk. */
    long indexBytes() throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(home.resolve("lucene"))) {
            tree.filter(Files::isRegularFile).forEach(files::add);
        }
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
        }
        return bytes;
    }

    /** Bytes of the chunks in PostgreSQL, indexes and all. */
    long databaseBytes() {
        return number("SELECT pg_total_relation_size('ai.knowledge_chunks')");
    }

    private long number(String query) {
        return database.with(
                handle -> handle.createQuery(query).mapTo(Long.class).one());
    }

    @Override
    public void close() throws IOException {
        indexer.close();
        store.close();
        database.close();
        if (!kept) {
            FileTree.delete(home);
        }
    }
}
