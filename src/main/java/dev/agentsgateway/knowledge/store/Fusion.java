package dev.agentsgateway.knowledge.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TotalHits;

/** Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009) of what several retrievers have found. */
public final class Fusion {
    /** The constant of the paper. */
    private static final int K = 60;

    /**
     * A chunk with what each retriever thought of it.
     *
     * @param scores by the name of the retriever
     */
    public record Fused(Hit hit, double score, Map<String, Double> scores) {}

    private Fusion() {}

    /** @param found by the names of the retrievers, each with its best hit first */
    public static List<Fused> fuse(Map<String, List<Hit>> found, int limit) {
        List<Hit> hits = new ArrayList<>();
        Map<String, Integer> numbers = new HashMap<>();
        List<TopDocs> lists = new ArrayList<>();
        for (List<Hit> list : found.values()) {
            ScoreDoc[] docs = new ScoreDoc[list.size()];
            for (int i = 0; i < docs.length; i++) {
                Hit hit = list.get(i);
                int number = numbers.computeIfAbsent(hit.key(), _ -> {
                    hits.add(hit);
                    return hits.size() - 1;
                });
                docs[i] = new ScoreDoc(number, (float) hit.score());
            }
            lists.add(new TopDocs(new TotalHits(docs.length, TotalHits.Relation.EQUAL_TO), docs));
        }
        if (hits.isEmpty()) {
            return List.of();
        }
        Map<String, Map<String, Double>> scores = new HashMap<>();
        found.forEach((name, list) -> list.forEach(hit ->
                scores.computeIfAbsent(hit.key(), _ -> new LinkedHashMap<>()).put(name, hit.score())));
        List<Fused> fused = new ArrayList<>();
        for (ScoreDoc doc : TopDocs.rrf(limit, K, lists.toArray(TopDocs[]::new)).scoreDocs) {
            Hit hit = hits.get(doc.doc);
            fused.add(new Fused(hit, doc.score, scores.get(hit.key())));
        }
        return fused;
    }
}
