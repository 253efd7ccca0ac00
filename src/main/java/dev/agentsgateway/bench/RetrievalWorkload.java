package dev.agentsgateway.bench;

import dev.agentsgateway.bench.retrieval.Collection;
import dev.agentsgateway.bench.retrieval.RetrievalBench;
import dev.agentsgateway.bench.retrieval.RetrievalBench.Indexed;
import dev.agentsgateway.bench.retrieval.RetrievalBench.Means;
import dev.agentsgateway.bench.retrieval.RetrievalBench.Quality;
import dev.agentsgateway.knowledge.Retrieval;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How well and how fast knowledge is found: manual pages of this machine, asked for by their one-line descriptions. It needs no
 * gateway and is run only when it is asked for.
 */
final class RetrievalWorkload implements Workload {
    static final String NAME = "retrieval";
    private static final int FEWEST_PAGES = 300;
    private static final int FEWEST_QUESTIONS = 200;
    private static final int QUESTIONS = 500;
    private static final String MIB = "MiB";
    private static final String RATE = "chunks/s";

    private final Options options;
    private final PrintStream out;

    /**
     * What is searched.
     *
     * @param manual      with directories man1 to man8
     * @param chunks      most chunks, of which there are fewer when there are no more pages
     * @param keep        where the index stays and is used again; null for nowhere
     * @param fewestPages below which nothing is measured
     */
    record Options(Path manual, int chunks, Path keep, int fewestPages, int fewestQuestions) {
        Options(Path manual, int chunks, Path keep) {
            this(manual, chunks, keep, FEWEST_PAGES, FEWEST_QUESTIONS);
        }
    }

    RetrievalWorkload(Options options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean optional() {
        return true;
    }

    @Override
    public boolean needsGateway() {
        return false;
    }

    @Override
    public void run(Setup setup) throws Exception {
        int pages = RetrievalBench.pages(options.manual());
        if (pages < options.fewestPages()) {
            skip(
                    setup.report(),
                    pages + " manual pages in " + options.manual() + ", " + options.fewestPages() + " are needed");
            return;
        }
        int chunks = setup.scaled(options.chunks(), Math.min(options.chunks(), 3_000));
        try (RetrievalBench bench = RetrievalBench.open(options.manual(), chunks, QUESTIONS, options.keep(), out)) {
            setup.keeper().keep(bench);
            out.println("  " + bench.description());
            if (bench.collection().questions().size() < options.fewestQuestions()) {
                skip(
                        setup.report(),
                        bench.collection().questions().size() + " questions, " + options.fewestQuestions()
                                + " are needed");
                return;
            }
            measure(bench, setup);
        }
    }

    private void skip(Report report, String reason) {
        out.println("  skipped: " + reason);
        report.raw(NAME, "skipped", List.of(reason));
        report.add(Figure.of(NAME, "skipped: " + reason, "", Double.NaN));
    }

    private void measure(RetrievalBench bench, Setup setup) throws Exception {
        Report report = setup.report();
        Collection collection = bench.collection();
        report.raw(NAME, "collection", List.of(bench.description()));
        report.raw(
                NAME,
                "documents",
                collection.documents().stream().map(Collection.Document::name).toList());
        report.raw(NAME, "chunks", collection.chunks());
        long own = ProcessHandle.current().pid();
        long before = JvmHeap.usedAfterCollection(own);
        Indexed indexed = bench.index();
        indexing(report, collection, indexed);
        out.println("  asking ...");
        quality(report, "development", bench.judge(Collection.Question::development), false);
        quality(report, "held-out", bench.judge(question -> !question.development()), true);
        times(report, bench, setup.scaled(3, 1));
        report.add(
                Figure.of(NAME, "heap after a collection, index open", MIB, JvmHeap.usedAfterCollection(own) / 1024.0)
                        .against("before indexing", before / 1024.0));
        report.add(Figure.of(NAME, "resident memory, the model's and files' included", MIB, residentKib() / 1024));
        report.add(Figure.of(NAME, "Lucene index on disk", MIB, mib(bench.indexBytes()))
                .against("vectors alone", mib(4L * 384 * collection.chunks())));
        report.add(Figure.of(NAME, "chunks in PostgreSQL on disk", MIB, mib(bench.databaseBytes()))
                .against("vectors alone", mib(4L * 384 * collection.chunks())));
    }

    private static void indexing(Report report, Collection collection, Indexed indexed) {
        double chunks = collection.chunks();
        if (!Double.isNaN(indexed.seconds())) {
            report.raw(NAME, "indexing_seconds", indexed.seconds());
            report.raw(NAME, "embedding_seconds", indexed.embedding());
            report.add(Figure.of(NAME, "indexed, " + collection.chunks() + " chunks", RATE, chunks / indexed.seconds())
                    .against("embedding alone", indexed.alone()));
            double rest = indexed.seconds() - indexed.embedding();
            report.add(Figure.of(NAME, "time of it in which nothing was embedded", "s", rest)
                    .against("whole", indexed.seconds()));
        }
        report.add(Figure.of(NAME, "read and cut, one thread", RATE, chunks / collection.seconds()));
        report.add(Figure.of(NAME, "Lucene index made again from PostgreSQL", RATE, chunks / indexed.rebuild()));
    }

    /** @param shown whether people see it: what was tuned on is not */
    private static void quality(Report report, String half, Quality quality, boolean shown) {
        means(report, half, "known page, " + quality.questions() + " questions", quality.pages(), shown);
        if (quality.relatedQuestions() > 0) {
            means(
                    report,
                    half,
                    "related pages, " + quality.relatedQuestions() + " questions",
                    quality.related(),
                    shown);
        }
    }

    private static void means(
            Report report, String half, String task, Map<Retrieval.Mode, Means> means, boolean shown) {
        means.forEach((mode, mean) -> {
            String name = half + ", " + task + ", " + mode.name().toLowerCase(Locale.ROOT);
            report.raw(NAME, name + ", recall@10", mean.recall());
            report.raw(NAME, name + ", ndcg@10", mean.ndcg());
        });
        if (!shown) {
            return;
        }
        Means keyword = means.get(Retrieval.Mode.KEYWORD);
        Means vector = means.get(Retrieval.Mode.VECTOR);
        Means hybrid = means.get(Retrieval.Mode.HYBRID);
        measure(report, "recall@10, " + task, keyword.recall(), vector.recall(), hybrid.recall());
        measure(report, "nDCG@10, " + task, keyword.ndcg(), vector.ndcg(), hybrid.ndcg());
    }

    private static void measure(Report report, String measure, double keyword, double vector, double hybrid) {
        report.add(Figure.of(NAME, measure + ": keyword", "", keyword));
        report.add(Figure.of(NAME, measure + ": vector", "", vector));
        double better = Math.max(keyword, vector);
        report.add(Figure.of(NAME, measure + ": hybrid", "", hybrid)
                .atLeast(better)
                .against("the better one", better));
    }

    private static void times(Report report, RetrievalBench bench, int rounds) throws InterruptedException {
        Map<String, Timings> timings = new TreeMap<>();
        bench.time(
                rounds,
                (what, nanos) ->
                        timings.computeIfAbsent(what, _ -> new Timings()).record(nanos));
        timings.forEach((what, timing) -> report.raw(NAME, what, timing));
        for (double percentile : new double[] {50, 99}) {
            String rank = " p" + (int) percentile;
            double embedding = timings.get("embedding").millis(percentile);
            report.add(Figure.of(NAME, "embedding of a query" + rank, "ms", embedding));
            for (Retrieval.Mode mode : Retrieval.Mode.values()) {
                String name = mode.name().toLowerCase(Locale.ROOT);
                report.add(Figure.of(
                                NAME,
                                name + " search" + rank,
                                "ms",
                                timings.get(name).millis(percentile))
                        .against("embedding", embedding));
                report.add(Figure.of(
                        NAME,
                        name + " search, vector known" + rank,
                        "ms",
                        timings.get(name + "_known_vector").millis(percentile)));
            }
        }
    }

    /** Of this process, as proc(5) tells it; NaN where it does not. */
    private static double residentKib() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return Double.NaN;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(Double.NaN);
        }
    }

    private static double mib(long bytes) {
        return bytes / 1048576.0;
    }
}
