package dev.agentsgateway.knowledge.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.UUID;

/**
 * A chunk as stores keep it.
 *
 * @param metadata as in {@link Hit}
 * @param vector   null when it was made by another embedding model than the store's: it is found by words alone then
 * @param hash     of the document's content
 */
record IndexedChunk(
        UUID entryId,
        String tenantId,
        String collectionId,
        UUID fileId,
        int index,
        String text,
        ObjectNode metadata,
        float[] vector,
        String hash) {}
