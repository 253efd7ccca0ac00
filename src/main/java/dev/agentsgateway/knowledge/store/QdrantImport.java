package dev.agentsgateway.knowledge.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes ready-made vectors into a collection that exists. The same line is the same point. For one thread. */
public final class QdrantImport implements AutoCloseable {
    private final QdrantClient client;
    private final String path;

    public QdrantImport(QdrantStore.Address address) {
        client = new QdrantClient(address.base(), address.apiKey());
        path = "/collections/" + URLEncoder.encode(address.collection(), StandardCharsets.UTF_8);
    }

    /**
     * The dimension of the collection's vectors.
     *
     * @throws StoreException when there is no such collection, or it has named vectors
     */
    public int dimension() {
        JsonNode size = client.call("GET", path, null).at("/config/params/vectors/size");
        if (!size.isInt()) {
            throw StoreException.permanent("The collection has named vectors; one without a name is needed.", null);
        }
        return size.asInt();
    }

    /** @throws StoreException when they are not all written */
    public void write(List<VectorLine> lines, VectorLine.Owner owner) {
        ObjectNode body = Json.object();
        ArrayNode points = body.putArray("points");
        for (VectorLine line : lines) {
            ObjectNode point = points.addObject()
                    .put(
                            "id",
                            QdrantPoints.id(owner.tenantId(), line.fileId() + "\u0000" + line.id(), line.chunkIndex())
                                    .toString());
            ArrayNode vector = point.putArray("vector");
            for (float number : line.vector()) {
                vector.add(number);
            }
            ObjectNode payload = point.putObject("payload");
            payload.put("name", line.fileName()).put("content", line.text()).putNull("usage");
            payload.set("meta_data", line.metaData(owner));
        }
        client.call("PUT", path + "/points?wait=true", body);
    }

    @Override
    public void close() {
        client.close();
    }
}
