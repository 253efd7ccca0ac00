package dev.agentsgateway.knowledge.store;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009) of what several retrievers have found, with weights. */
public final class Fusion {
    /** The paper has 60, for lists of a thousand; of shorter ones, the first should count for more (bench retrieval). */
    private static final int K = 20;

    /**
     * What a retriever has found.
     *
     * @param weight of its ranks, above 0
     * @param hits   the best first
     */
    public record Found(String retriever, double weight, List<Hit> hits) {}

    /**
     * A chunk with what each retriever thought of it.
     *
     * @param scores by the name of the retriever
     */
    public record Fused(Hit hit, double score, Map<String, Double> scores) {}

    private Fusion() {}

    /** The best first; of equals, the one that was found first. */
    public static List<Fused> fuse(List<Found> lists, int limit) {
        Map<String, Fused> fused = new LinkedHashMap<>();
        for (Found found : lists) {
            for (int i = 0; i < found.hits().size(); i++) {
                Hit hit = found.hits().get(i);
                Fused one = fused.computeIfAbsent(hit.key(), _ -> new Fused(hit, 0, new LinkedHashMap<>()));
                one.scores().put(found.retriever(), hit.score());
                fused.put(hit.key(), new Fused(one.hit(), one.score() + found.weight() / (K + i + 1), one.scores()));
            }
        }
        return fused.values().stream()
                .sorted(Comparator.comparingDouble(Fused::score).reversed())
                .limit(limit)
                .toList();
    }
}
