package dev.agentsgateway.knowledge.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Ids;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.Database;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One collection of a Qdrant server, over its REST API, that all replicas share; one of them at a time writes to it. Words
 * are searched for in PostgreSQL, since Qdrant has none of a collection that the reference has made. Thread-safe.
 */
public final class QdrantStore implements VectorStore {
    private static final Logger LOG = LoggerFactory.getLogger(QdrantStore.class);
    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final List<String> INDEXED =
            List.of("meta_data.tenant_id", "meta_data.collection_id", "meta_data.file_id", "meta_data.source_id");

    private final QdrantClient client;
    private final String name;
    private final String path;
    private final String model;
    private final int dimension;
    private final QdrantFollowerStore position;
    private final WordStore words;
    private final Follower follower;
    private volatile boolean checked;

    /**
     * Where the server is.
     *
     * @param base       without a slash at its end
     * @param apiKey     null for none
     * @param collection made when it is missing
     */
    public record Address(URI base, String apiKey, String collection) {
        @Override
        public String toString() {
            return base.getHost() + (base.getPort() < 0 ? "" : ":" + base.getPort()) + "/" + collection;
        }
    }

    /**
     * @param model     of the vectors to come
     * @param dimension of these
     */
    public QdrantStore(Address address, Database database, String model, int dimension) {
        this.client = new QdrantClient(address.base(), address.apiKey());
        this.name = address.toString();
        this.path = "/collections/" + URLEncoder.encode(address.collection(), StandardCharsets.UTF_8);
        this.model = model;
        this.dimension = dimension;
        this.position = new QdrantFollowerStore(database, "qdrant " + name, Ids.timeOrdered(), LEASE);
        this.words = new WordStore(database);
        this.follower = new Follower(database, new ChangeFeedStore(database), new Taking(), model);
    }

    @Override
    public String description() {
        return "Qdrant at " + name;
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
        check();
        ObjectNode query = Json.object().put("limit", limit).put("with_payload", true);
        ArrayNode numbers = query.putArray("query");
        for (float number : vector) {
            numbers.add(number);
        }
        query.set("filter", QdrantPoints.filter(scope));
        List<Hit> hits = new ArrayList<>();
        for (JsonNode point : call("POST", "/points/query", query).path("points")) {
            Hit hit = QdrantPoints.hit(point);
            if (scope.tenantId().equals(hit.metadata().path("tenant_id").asText(null))) {
                hits.add(hit);
            } else {
                LOG.error("Qdrant answered with a point of another tenant, which is left out");
            }
        }
        return hits;
    }

    @Override
    public List<Hit> byWords(Scope scope, String text, int limit) {
        return words.search(scope, text, limit);
    }

    @Override
    public void close() {
        follower.close();
        client.close();
    }

    private JsonNode call(String method, String rest, JsonNode body) {
        try {
            return client.call(method, path + rest, body);
        } catch (StoreException e) {
            checked = false;
            throw e;
        }
    }

    /** @return whether the collection was made just now */
    private boolean check() {
        if (checked) {
            return false;
        }
        QdrantClient.Answer found = client.send("GET", path, null);
        boolean missing = found.status() == 404;
        if (missing) {
            ObjectNode wanted = Json.object();
            wanted.putObject("vectors").put("size", dimension).put("distance", "Cosine");
            client.call("PUT", path, wanted);
            LOG.info("made the Qdrant collection {}", name);
        } else if (found.status() / 100 != 2) {
            throw QdrantClient.failed(found);
        } else {
            fits(found.result().at("/config/params/vectors"));
        }
        for (String field : INDEXED) {
            client.call(
                    "PUT",
                    path + "/index?wait=true",
                    Json.object().put("field_name", field).put("field_schema", "keyword"));
        }
        client.call(
                "PUT",
                path + "/index?wait=true",
                Json.object().put("field_name", "change").put("field_schema", "integer"));
        checked = true;
        return missing;
    }

    private void fits(JsonNode vectors) {
        if (!vectors.path("size").isInt()) {
            throw StoreException.permanent(
                    "The Qdrant collection " + name + " has named vectors; one without a name is needed.", null);
        }
        int size = vectors.path("size").asInt();
        if (size != dimension) {
            throw StoreException.permanent(
                    "The Qdrant collection " + name + " holds vectors of " + size
                            + " dimensions, and the embedding model "
                            + model + " makes " + dimension + ": set EMBEDDING_PROVIDER, EMBEDDING_MODEL and"
                            + " EMBEDDING_DIMENSION to what the collection was made with, or QDRANT_COLLECTION to another"
                            + " one.",
                    null);
        }
        String distance = vectors.path("distance").asText();
        if (!distance.equals("Cosine") && !distance.equals("Dot")) {
            throw StoreException.permanent(
                    "The Qdrant collection " + name + " compares by " + distance + "; Cosine is needed.", null);
        }
    }

    /** For the follower's thread. */
    private final class Taking implements Follower.Target {
        private long change;

        @Override
        public OptionalLong begin(ChangeFeedStore.Feed feed) {
            OptionalLong taken = position.take();
            if (taken.isEmpty()) {
                return taken;
            }
            long reached = taken.getAsLong();
            if (reached < feed.lastChange() && check() || reached < feed.prunedTo() || reached > feed.lastChange()) {
                reached = 0;
                position.reached(0);
            }
            return OptionalLong.of(reached);
        }

        @Override
        public long elsewhere() {
            return position.get();
        }

        @Override
        public void clear(Change begun) {
            change = begun.changeId();
        }

        @Override
        public void add(List<IndexedChunk> chunks) {
            ObjectNode body = Json.object();
            ArrayNode points = body.putArray("points");
            chunks.stream()
                    .filter(chunk -> chunk.vector() != null)
                    .forEach(chunk -> points.add(QdrantPoints.point(chunk, change)));
            if (!points.isEmpty()) {
                call("PUT", "/points?wait=true", body);
            }
            position.renew();
        }

        /** What was there before goes after the new has come, so that searches always find one of them. */
        @Override
        public void added(Change done, int count) {
            ObjectNode filter = QdrantPoints.ofEntry(done);
            if (count > 0) {
                words.fill(done.entryId());
                filter.putArray("must_not")
                        .add(QdrantPoints.equal(
                                "change", Json.MAPPER.getNodeFactory().numberNode(done.changeId())));
            }
            call("POST", "/points/delete?wait=true", Json.object().set("filter", filter));
        }

        @Override
        public void reached(long now) {
            position.reached(now);
        }

        @Override
        public void end() {
            position.release();
        }
    }
}
