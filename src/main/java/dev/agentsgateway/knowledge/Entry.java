package dev.agentsgateway.knowledge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.http.Description;
import java.util.UUID;

/** A document that a tenant's agents can know. Times carry an offset unless the reference's application made the table. */
record Entry(
        String id,
        String tenantId,
        String collectionId,
        String fileId,
        String originalFilename,
        String fileType,
        String contentType,
        String gcsPath,
        String status,
        String knowledgeStatus,
        JsonNode metadata,
        String createdAt,
        String updatedAt,

        @Description("Bytes of the document, null while unknown")
        Long size,

        @Description("Chunks that searches can find") int chunks,

        @Description("How far indexing is; null when nothing is to be indexed")
        Progress knowledgeProgress,

        @Description("Why the document is not indexed, or not yet; null when nothing went wrong")
        String knowledgeError) {

    /** @param total null while the document is fetched and read */
    record Progress(int done, Integer total) {}

    UUID uuid() {
        return UUID.fromString(id);
    }

    UUID fileUuid() {
        return UUID.fromString(fileId);
    }
}
