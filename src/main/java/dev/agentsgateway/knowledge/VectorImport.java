package dev.agentsgateway.knowledge;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.knowledge.document.Chunk;
import dev.agentsgateway.knowledge.store.VectorLine;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Writes ready-made vectors into our own chunks, one entry for each file. A file that was imported before is replaced when
 * {@link #publish} is called. For one thread.
 */
public final class VectorImport {
    private final Database database;
    private final VectorLine.Owner owner;
    private final String model;
    private final int dimension;
    private final EntryStore entries = new EntryStore();
    private final DocumentStore documents = new DocumentStore(false);
    private final Map<String, Target> targets = new LinkedHashMap<>();

    /** An entry whose chunks are being written. */
    private static final class Target {
        private final UUID entryId;
        private final long generation;
        private int count;

        Target(UUID entryId, long generation) {
            this.entryId = entryId;
            this.generation = generation;
        }
    }

    /**
     * @param model     by which the vectors were made
     * @param dimension of these
     */
    public VectorImport(Database database, VectorLine.Owner owner, String model, int dimension) {
        this.database = database;
        this.owner = owner;
        this.model = model;
        this.dimension = dimension;
    }

    public void write(List<VectorLine> lines) {
        Map<String, List<VectorLine>> byFile = new LinkedHashMap<>();
        lines.forEach(line ->
                byFile.computeIfAbsent(line.fileId(), _ -> new ArrayList<>()).add(line));
        byFile.forEach((file, some) -> {
            Target target = targets.computeIfAbsent(file, _ -> begin(some.getFirst()));
            List<Chunk> chunks = new ArrayList<>();
            List<float[]> vectors = new ArrayList<>();
            for (VectorLine line : some) {
                Map<String, Object> metadata = Json.MAPPER.convertValue(line.metaData(owner), new TypeReference<>() {});
                chunks.add(new Chunk(target.count++, line.text(), 0, metadata));
                vectors.add(line.vector());
            }
            database.transact(handle -> {
                documents.append(handle, target.entryId, target.generation, chunks, vectors);
                return null;
            });
        });
    }

    private Target begin(VectorLine line) {
        UUID fileId = fileId(line.fileId());
        EntryStore.Content content = new EntryStore.Content(
                fileId, cut(line.fileName()), Knowledge.PROJECT, "application/jsonl", null, "active", null);
        return database.transact(handle -> {
            Optional<UUID> made =
                    entries.create(handle, owner.tenantId(), owner.collectionId(), content, Instant.now());
            UUID id = made.orElseGet(() -> entries.find(handle, owner.tenantId(), owner.collectionId(), fileId)
                    .map(Entry::uuid)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "the tenant has the file " + line.fileId() + " in another collection")));
            documents.create(handle, id, null, null);
            long generation = documents.raise(handle, id);
            documents.stage(handle, id, generation, "import", 0);
            return new Target(id, generation);
        });
    }

    /** The reference's ids need not be UUIDs. */
    private static UUID fileId(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            return UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String cut(String name) {
        return name.length() > 500 ? name.substring(0, 500) : name;
    }

    /** What was written is found from now on. */
    public void publish() {
        for (Target target : targets.values()) {
            database.transact(handle -> {
                documents.publish(handle, target.entryId, target.generation, "import", model, dimension);
                entries.indexState(handle, target.entryId, "indexed", Instant.now());
                return null;
            });
        }
    }
}
