package dev.agentsgateway.bench.retrieval;

import dev.agentsgateway.common.FileTree;
import dev.agentsgateway.knowledge.Retrieval;
import dev.agentsgateway.knowledge.embedding.LocalEmbedder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Makes a collection of manual pages, indexes it as the gateway does and asks it. For one thread; close it also when a step
 * has failed.
 */
public final class RetrievalBench implements AutoCloseable {
    private static final int EMBEDDED_ALONE = 512;

    private final MeteredEmbedder embedder = new MeteredEmbedder(new LocalEmbedder());
    private final PrintStream out;
    private final Path work;
    private final Collection collection;
    private final KnowledgeUnderTest knowledge;
    private boolean closed;

    /** Receives one measured search or embedding. */
    public interface Clock {
        void took(String what, long nanos);
    }

    /**
     * How long indexing took.
     *
     * @param seconds      NaN when it was done in an earlier run
     * @param embedding    in which documents were being embedded
     * @param alone        chunks that the embedder embeds in a second when nothing else is done
     * @param rebuild      the Lucene index from PostgreSQL
     */
    public record Indexed(double seconds, double embedding, double alone, double rebuild) {}

    /**
     * How good the answers are, on the mean, by the way to search.
     *
     * @param pages   the page that the question describes is wanted
     * @param related the pages that are related to it are, and itself is left out
     */
    public record Quality(
            int questions,
            Map<Retrieval.Mode, Means> pages,
            int relatedQuestions,
            Map<Retrieval.Mode, Means> related) {}

    /** At ten documents. */
    public record Means(double recall, double ndcg) {}

    private RetrievalBench(PrintStream out, Path work, ManPages pages, int chunks, int questions, Path keep)
            throws IOException {
        this.out = out;
        this.work = work;
        embedder.embedQuery("The first text loads the model.");
        this.collection = Collection.of(pages, embedder, chunks, questions, work);
        this.knowledge = new KnowledgeUnderTest(embedder, collection, keep);
    }

    /** How many files a directory has that may be taken. */
    public static int pages(Path manual) throws IOException {
        return ManPages.below(manual).size();
    }

    /**
     * Takes pages until they make so many chunks.
     *
     * @param manual with directories man1 to man8
     * @param keep   where the index stays, and is used when it is there; null for nowhere
     */
    public static RetrievalBench open(Path manual, int chunks, int questions, Path keep, PrintStream out)
            throws IOException {
        Path work = Files.createTempDirectory("agents-gateway-bench-pages-");
        try {
            return new RetrievalBench(out, work, ManPages.below(manual), chunks, questions, keep);
        } catch (IOException | RuntimeException e) {
            FileTree.delete(work);
            throw e;
        }
    }

    public Collection collection() {
        return collection;
    }

    public Indexed index() throws IOException, InterruptedException {
        boolean kept = knowledge.holds(collection);
        out.println("  " + (kept ? "indexed before: " : "indexing ")
                + collection.documents().size() + " documents, " + collection.chunks() + " chunks ...");
        double seconds = kept ? Double.NaN : knowledge.index(collection);
        double embedding = embedder.busySeconds();
        List<String> texts = knowledge.texts(EMBEDDED_ALONE);
        long start = System.nanoTime();
        embedder.embedDocuments(texts);
        double alone = texts.size() / ((System.nanoTime() - start) / 1e9);
        double rebuild = knowledge.rebuild();
        return new Indexed(seconds, embedding, alone, rebuild);
    }

    /** @param which of the questions */
    public Quality judge(Predicate<Collection.Question> which) throws InterruptedException {
        List<Collection.Question> questions =
                collection.questions().stream().filter(which).toList();
        Map<Retrieval.Mode, Means> pages = new EnumMap<>(Retrieval.Mode.class);
        Map<Retrieval.Mode, Means> related = new EnumMap<>(Retrieval.Mode.class);
        int withRelated = 0;
        for (Retrieval.Mode mode : Retrieval.Mode.values()) {
            List<Ranking> ofPages = new ArrayList<>();
            List<Ranking> ofRelated = new ArrayList<>();
            for (Collection.Question question : questions) {
                List<String> found = new ArrayList<>(knowledge.documents(question.text(), mode));
                ofPages.add(Ranking.judge(found, Map.of(question.item(), 1), KnowledgeUnderTest.PLACES));
                if (!question.related().isEmpty()) {
                    found.remove(question.item());
                    ofRelated.add(Ranking.judge(found, question.related(), KnowledgeUnderTest.PLACES));
                }
            }
            withRelated = ofRelated.size();
            pages.put(mode, means(ofPages));
            related.put(mode, means(ofRelated));
        }
        return new Quality(questions.size(), pages, withRelated, related);
    }

    private static Means means(List<Ranking> rankings) {
        Ranking mean = Ranking.mean(rankings);
        return new Means(mean.recall(), mean.ndcg());
    }

    /**
     * Asks every question in each way with and without its embedding, in turn, so that whatever else the machine does meets
     * all alike. One question at a time.
     */
    public void time(int rounds, Clock clock) throws InterruptedException {
        Set<String> texts = new HashSet<>();
        collection.questions().forEach(question -> texts.add(question.text()));
        for (int round = 0; round < rounds; round++) {
            for (String text : texts) {
                long start = System.nanoTime();
                embedder.embedQuery(text);
                clock.took("embedding", System.nanoTime() - start);
                for (Retrieval.Mode mode : Retrieval.Mode.values()) {
                    one(text, mode, "", clock);
                    embedder.fromMemory(true);
                    one(text, mode, "_known_vector", clock);
                    embedder.fromMemory(false);
                }
            }
        }
    }

    private void one(String text, Retrieval.Mode mode, String suffix, Clock clock) throws InterruptedException {
        long start = System.nanoTime();
        knowledge.search(text, mode);
        clock.took(mode.name().toLowerCase(Locale.ROOT) + suffix, System.nanoTime() - start);
    }

    /** Bytes of the Lucene index on disk. */
    public long indexBytes() throws IOException {
        return knowledge.indexBytes();
    }

    /** Bytes of the chunks in PostgreSQL on disk, indexes and all. */
    public long databaseBytes() {
        return knowledge.databaseBytes();
    }

    /** What was taken, one line for people. */
    public String description() {
        Map<String, String> parts = new LinkedHashMap<>();
        collection.sections().forEach((section, count) -> parts.put("man" + section, count.toString()));
        return collection.documents().size() + " pages " + parts + ", "
                + collection.questions().size() + " questions " + collection.questionsBySection();
    }

    /** Idempotent. */
    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            knowledge.close();
            FileTree.delete(work);
        }
    }
}
