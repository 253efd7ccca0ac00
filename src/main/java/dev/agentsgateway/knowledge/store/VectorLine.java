package dev.agentsgateway.knowledge.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A ready-made vector, one line of the import's JSONL: {@code id}, {@code vector} and a {@code payload} with {@code text},
 * {@code startPosition}, {@code endPosition}, {@code chunkIndex}, {@code fileId} and, if wanted, {@code fileName}, {@code
 * embeddingModel} and {@code metadata}.
 *
 * @param page from the metadata's chunk index, else that of the payload
 */
public record VectorLine(
        String id,
        float[] vector,
        String text,
        int chunkIndex,
        int page,
        String fileId,
        String fileName,
        String embeddingModel,
        long startPosition,
        long endPosition,
        ObjectNode metadata) {
    private static final List<String> NUMBERS = List.of("startPosition", "endPosition", "chunkIndex");

    /** Who imports, and for whom. */
    public record Owner(String tenantId, String collectionId, String userId) {}

    /**
     * @param number of the line, from 1
     * @throws IllegalArgumentException when the line is not right, in words for people
     */
    public static VectorLine parse(String line, int number) {
        JsonNode json = Json.read(line);
        JsonNode vector = json.path("vector");
        JsonNode payload = json.path("payload");
        if (!vector.isArray() || vector.isEmpty() || !vector.valueStream().allMatch(JsonNode::isNumber)) {
            throw new IllegalArgumentException("'vector' must be an array of numbers that is not empty");
        }
        if (!payload.path("text").isTextual() || payload.path("text").asText().isBlank()) {
            throw new IllegalArgumentException("'payload.text' must be a text");
        }
        if (!payload.path("fileId").isTextual()
                || payload.path("fileId").asText().isBlank()) {
            throw new IllegalArgumentException("'payload.fileId' must be a text");
        }
        for (String name : NUMBERS) {
            if (!payload.path(name).canConvertToInt() || !payload.path(name).isIntegralNumber()) {
                throw new IllegalArgumentException("'payload." + name + "' must be an integer");
            }
        }
        ObjectNode metadata = payload.path("metadata") instanceof ObjectNode object ? object : Json.object();
        int index = payload.get("chunkIndex").asInt();
        return new VectorLine(
                json.path("id").asText("point_" + number),
                normalised(vector),
                payload.get("text").asText(),
                index,
                metadata.path("chunk_index").isInt()
                        ? metadata.get("chunk_index").asInt()
                        : index,
                payload.get("fileId").asText(),
                payload.path("fileName").asText("unknown"),
                payload.path("embeddingModel").asText(null),
                payload.get("startPosition").asLong(),
                payload.get("endPosition").asLong(),
                metadata);
    }

    private static float[] normalised(JsonNode vector) {
        double length = Math.sqrt(vector.valueStream()
                .mapToDouble(number -> number.asDouble() * number.asDouble())
                .sum());
        if (length == 0 || !Double.isFinite(length)) {
            throw new IllegalArgumentException("'vector' must have a length");
        }
        float[] numbers = new float[vector.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) (vector.get(i).asDouble() / length);
        }
        return numbers;
    }

    /** As the reference's import writes it, with the tenant and the collection under the names by which they are found. */
    public ObjectNode metaData(Owner owner) {
        ObjectNode all = Json.object()
                .put("page", page)
                .put("chunk", chunkIndex)
                .put("chunk_size", text.codePointCount(0, text.length()))
                .put("org_id", owner.tenantId())
                .put("project_id", owner.collectionId())
                .put("tenant_id", owner.tenantId())
                .put("collection_id", owner.collectionId())
                .put("file_id", fileId)
                .put("original_filename", fileName)
                .put("file_type", "imported")
                .put("content_type", "application/jsonl")
                .put("source_id", fileId)
                .put("user_id", owner.userId())
                .put("file_hash", md5(fileId))
                .put("file_size", endPosition)
                .put("source_point_id", id)
                .put("start_position", startPosition)
                .put("end_position", endPosition);
        if (embeddingModel != null) {
            all.put("embedding_model", embeddingModel);
        }
        for (Map.Entry<String, JsonNode> member : metadata.properties()) {
            if (!all.has(member.getKey())) {
                all.set(member.getKey(), member.getValue());
            }
        }
        return all;
    }

    private static String md5(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
