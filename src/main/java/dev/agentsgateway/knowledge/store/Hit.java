package dev.agentsgateway.knowledge.store;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A chunk that was found.
 *
 * @param entryId  of the knowledge entry; null for what another program has written
 * @param fileId   null only for what another program has written
 * @param index    of the chunk in its document, -1 when unknown
 * @param metadata the entry's and the chunk's, with tenant_id, collection_id, file_id, original_filename, file_type,
 *     content_type and source_id
 */
public record Hit(
        String key, String entryId, String fileId, int index, String text, ObjectNode metadata, double score) {
    /** Of a chunk that we have written. */
    static Hit of(String entryId, int index, String text, ObjectNode metadata, double score) {
        return new Hit(
                entryId + "/" + index, entryId, metadata.path("file_id").asText(null), index, text, metadata, score);
    }
}
