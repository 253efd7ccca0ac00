package dev.agentsgateway.bench.retrieval;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * How good a ranking of documents is, judged by graded relevance.
 *
 * @param recall of the relevant documents, the share that is among the first; of more relevant ones than places, the places
 *     are the whole
 * @param ndcg   normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002): the gain of a document is its grade,
 *     divided by the binary logarithm of its rank plus 1, and the whole by what the best ranking has
 */
record Ranking(double recall, double ndcg) {
    /**
     * @param ranked the best first, without repetitions
     * @param grades of the relevant documents, above 0; at least one
     * @param depth  how many of the first count
     */
    static <T> Ranking judge(List<T> ranked, Map<T, Integer> grades, int depth) {
        if (grades.isEmpty()) {
            throw new IllegalArgumentException("nothing is relevant");
        }
        long found = 0;
        double gain = 0;
        for (int i = 0; i < Math.min(depth, ranked.size()); i++) {
            int grade = grades.getOrDefault(ranked.get(i), 0);
            found += grade > 0 ? 1 : 0;
            gain += discounted(grade, i);
        }
        List<Integer> best = grades.values().stream()
                .sorted(Comparator.reverseOrder())
                .limit(depth)
                .toList();
        double most = 0;
        for (int i = 0; i < best.size(); i++) {
            most += discounted(best.get(i), i);
        }
        return new Ranking((double) found / best.size(), gain / most);
    }

    private static double discounted(int grade, int index) {
        return grade * Math.log(2) / Math.log(index + 2.0);
    }

    /** The means; NaN of none. */
    static Ranking mean(List<Ranking> rankings) {
        return new Ranking(
                rankings.stream().mapToDouble(Ranking::recall).average().orElse(Double.NaN),
                rankings.stream().mapToDouble(Ranking::ndcg).average().orElse(Double.NaN));
    }
}
