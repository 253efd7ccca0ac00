package dev.agentsgateway.knowledge;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.knowledge.embedding.Embedder;
import dev.agentsgateway.knowledge.embedding.EmbeddingException;
import dev.agentsgateway.knowledge.store.ChangeFeedStore;
import dev.agentsgateway.knowledge.store.Fusion;
import dev.agentsgateway.knowledge.store.Hit;
import dev.agentsgateway.knowledge.store.Scope;
import dev.agentsgateway.knowledge.store.StoreException;
import dev.agentsgateway.knowledge.store.VectorStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Searches the knowledge of one tenant: by meaning, by words, or by both, fused. A retriever that fails is left out and the
 * answer says so; when none is left, the search fails. Finds what was indexed, and no longer what was deleted, before the
 * search began. Thread-safe.
 */
public final class Retrieval {
    private static final Logger LOG = LoggerFactory.getLogger(Retrieval.class);
    private static final String VECTOR = "vector";
    private static final String KEYWORD = "keyword";
    private static final Duration CATCH_UP = Duration.ofSeconds(2);
    /** How many each retriever is asked for, at least: what is low in one list may win by the other. */
    private static final int DEPTH = 50;

    private final VectorStore store;
    private final Embedder embedder;
    private final ChangeFeedStore feed;

    /** How to search. */
    public enum Mode {
        @JsonProperty("hybrid")
        HYBRID,
        @JsonProperty("vector")
        VECTOR,
        @JsonProperty("keyword")
        KEYWORD
    }

    /** @param scope whose knowledge */
    public record Question(Scope scope, String text, int limit, Mode mode) {}

    /** Where a passage comes from. */
    public record Source(
            @Description("Of the knowledge entry; null when another program has indexed it")
            String entryId,

            String fileId,
            String collectionId,
            String filename,

            @Description("From 1; null when the document has no pages")
            Integer page) {}

    /** A passage that was found. */
    public record Item(
            String text,

            @Description("Of both retrievers: the sum of reciprocal ranks; of one: its own. Higher is better")
            double score,

            @Description("By which it was found: vector, keyword")
            List<String> retrievers,

            @Description("By retriever: vector is the cosine, keyword is BM25 or, with Qdrant, PostgreSQL's ts_rank_cd")
            Map<String, Double> scores,

            Source source,

            @Description("Of the passage in its document, from 0; -1 when unknown")
            int chunkIndex,

            ObjectNode metadata) {}

    /** A retriever that was to be used and was not. */
    public record Skipped(String retriever, String reason) {}

    /** How it was searched. */
    public record Pipeline(
            Mode mode,
            List<String> retrievers,
            String embeddingModel,
            String store,
            boolean current,
            List<Skipped> skipped) {}

    /** What was found, the best first. */
    public record Found(List<Item> results, Pipeline pipeline) {}

    public Retrieval(VectorStore store, Embedder embedder, ChangeFeedStore feed) {
        this.store = store;
        this.embedder = embedder;
        this.feed = feed;
    }

    /**
     * @throws StoreException     when no retriever can search
     * @throws EmbeddingException when the question has no vector and nothing else was asked for
     */
    public Found search(Question question) throws InterruptedException {
        Attempt attempt = new Attempt(question);
        boolean current = catchUp();
        if (question.mode() != Mode.KEYWORD) {
            attempt.retrieve(
                    VECTOR,
                    () -> store.byVector(question.scope(), embedder.embedQuery(question.text()), attempt.depth()));
        }
        if (question.mode() != Mode.VECTOR) {
            attempt.retrieve(KEYWORD, () -> store.byWords(question.scope(), question.text(), attempt.depth()));
        }
        return attempt.found(current);
    }

    /** @return whether the store has everything that was committed before */
    private boolean catchUp() throws InterruptedException {
        long last = feed.lastChange();
        if (last == 0) {
            return true;
        }
        try {
            store.await(last, CATCH_UP);
            return true;
        } catch (StoreException e) {
            LOG.debug("searching what is there: {}", e.getMessage());
            return e.permanent();
        }
    }

    /** One search. For one thread. */
    private final class Attempt {
        private final Question question;
        private final Map<String, List<Hit>> found = new LinkedHashMap<>();
        private final List<Skipped> skipped = new ArrayList<>();
        private RuntimeException last;

        Attempt(Question question) {
            this.question = question;
        }

        int depth() {
            return question.mode() == Mode.HYBRID ? Math.max(DEPTH, 2 * question.limit()) : question.limit();
        }

        void retrieve(String retriever, Supplier<List<Hit>> search) {
            try {
                found.put(retriever, search.get());
            } catch (StoreException | EmbeddingException e) {
                LOG.warn("the {} search is left out: {}", retriever, e.getMessage());
                skipped.add(new Skipped(retriever, e.getMessage()));
                last = e;
            }
        }

        Found found(boolean current) {
            if (found.isEmpty()) {
                throw last;
            }
            List<Item> items = found.size() == 1
                    ? single(found.entrySet().iterator().next())
                    : Fusion.fuse(found, question.limit()).stream()
                            .map(fused -> item(fused.hit(), fused.score(), fused.scores()))
                            .toList();
            return new Found(
                    items,
                    new Pipeline(
                            question.mode(),
                            List.copyOf(found.keySet()),
                            embedder.model(),
                            store.description(),
                            current,
                            List.copyOf(skipped)));
        }

        private List<Item> single(Map.Entry<String, List<Hit>> only) {
            return only.getValue().stream()
                    .limit(question.limit())
                    .map(hit -> item(hit, hit.score(), Map.of(only.getKey(), hit.score())))
                    .toList();
        }
    }

    private static Item item(Hit hit, double score, Map<String, Double> scores) {
        ObjectNode metadata = hit.metadata();
        Source source = new Source(
                hit.entryId(),
                hit.fileId(),
                metadata.path("collection_id").asText(null),
                metadata.path("original_filename").asText(null),
                metadata.path("page").canConvertToInt() ? metadata.path("page").asInt() : null);
        return new Item(hit.text(), score, List.copyOf(scores.keySet()), scores, source, hit.index(), metadata);
    }
}
