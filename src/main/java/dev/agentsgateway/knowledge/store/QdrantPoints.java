package dev.agentsgateway.knowledge.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * Chunks as Qdrant's points, with the payload of the reference ({@code name}, {@code meta_data}, {@code content}, {@code
 * usage}, {@code content_id}, {@code content_hash}) and, of ours, {@code entry_id}, {@code chunk_index} and {@code change}.
 */
final class QdrantPoints {
    private static final String META = "meta_data.";
    private static final UUID NAMESPACE = UUID.fromString("7d1f0f0e-5a52-4c39-9d0b-6b7f3b0c6d55");

    private QdrantPoints() {}

    static ObjectNode point(IndexedChunk chunk, long change) {
        ObjectNode point = Json.object()
                .put(
                        "id",
                        id(chunk.tenantId(), chunk.entryId().toString(), chunk.index())
                                .toString());
        ArrayNode vector = point.putArray("vector");
        for (float number : chunk.vector()) {
            vector.add(number);
        }
        ObjectNode payload = point.putObject("payload");
        payload.put("name", chunk.fileId().toString());
        payload.set("meta_data", chunk.metadata());
        payload.put("content", chunk.text());
        payload.putNull("usage");
        payload.putNull("content_id");
        payload.put("content_hash", chunk.hash().split("/", 2)[0]);
        payload.put("entry_id", chunk.entryId().toString());
        payload.put("chunk_index", chunk.index());
        payload.put("change", change);
        return point;
    }

    /** A UUID of version 5 (RFC 9562, section 5.5): the same text of two tenants or files is two points. */
    static UUID id(String tenant, String document, int index) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            digest.update(ByteBuffer.allocate(16)
                    .putLong(NAMESPACE.getMostSignificantBits())
                    .putLong(NAMESPACE.getLeastSignificantBits())
                    .array());
            digest.update((tenant + "\u0000" + document + "\u0000" + index).getBytes(StandardCharsets.UTF_8));
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            long high = hash.getLong() & ~0xF000L | 0x5000L;
            long low = hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL | 0x8000_0000_0000_0000L;
            return new UUID(high, low);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Points of the scope, and no others. */
    static ObjectNode filter(Scope scope) {
        ObjectNode filter = Json.object();
        ArrayNode must = filter.putArray("must");
        must.add(equal(META + "tenant_id", Json.MAPPER.getNodeFactory().textNode(scope.tenantId())));
        if (scope.collectionId() != null) {
            must.add(equal(META + "collection_id", Json.MAPPER.getNodeFactory().textNode(scope.collectionId())));
        }
        scope.filters().forEach((path, value) -> {
            if (value.isArray()) {
                ArrayNode any = must.addObject().putArray("should");
                value.forEach(one -> any.add(equal(META + path, one)));
            } else {
                must.add(equal(META + path, value));
            }
        });
        return filter;
    }

    /** The points of an entry, also those that the reference has written. */
    static ObjectNode ofEntry(Change change) {
        ObjectNode filter = Json.object();
        filter.putArray("must")
                .add(equal(META + "tenant_id", Json.MAPPER.getNodeFactory().textNode(change.tenantId())))
                .add(equal(
                        META + "file_id",
                        Json.MAPPER.getNodeFactory().textNode(change.fileId().toString())));
        return filter;
    }

    static ObjectNode equal(String key, JsonNode value) {
        ObjectNode condition = Json.object().put("key", key);
        boolean fraction =
                value.isNumber() && value.decimalValue().stripTrailingZeros().scale() > 0;
        if (fraction) {
            // Qdrant matches texts, integers and booleans only.
            condition.putObject("range").<ObjectNode>set("gte", value).set("lte", value);
        } else if (value.isNumber()) {
            condition.putObject("match").put("value", value.longValue());
        } else {
            condition.putObject("match").set("value", value);
        }
        return condition;
    }

    /** Of ours, or of what another program has written. */
    static Hit hit(JsonNode point) {
        JsonNode payload = point.path("payload");
        ObjectNode metadata = payload.path("meta_data") instanceof ObjectNode object ? object : Json.object();
        String text = payload.path("content").asText();
        double score = point.path("score").asDouble();
        if (payload.path("entry_id").isTextual()) {
            return Hit.of(
                    payload.path("entry_id").asText(),
                    payload.path("chunk_index").asInt(),
                    text,
                    metadata,
                    score);
        }
        return new Hit(
                point.path("id").asText(), null, metadata.path("file_id").asText(null), -1, text, metadata, score);
    }
}
