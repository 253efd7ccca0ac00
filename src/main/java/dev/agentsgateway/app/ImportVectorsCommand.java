package dev.agentsgateway.app;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.knowledge.VectorImport;
import dev.agentsgateway.knowledge.embedding.EmbeddingConfig;
import dev.agentsgateway.knowledge.store.QdrantImport;
import dev.agentsgateway.knowledge.store.QdrantStore;
import dev.agentsgateway.knowledge.store.StoreException;
import dev.agentsgateway.knowledge.store.VectorLine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gateway import-vectors}: the reference's import of ready-made vectors, with a tenant by which they are found. */
@Command(
        name = "import-vectors",
        description = {
            "Loads ready-made vectors from a JSONL file.",
            "They go into an existing Qdrant collection when --qdrant-url or QDRANT_URL is given, else into the gateway's own",
            "database; then they must be of the gateway's embedding model. Lines that are wrong are counted and skipped."
        },
        mixinStandardHelpOptions = true)
final class ImportVectorsCommand implements Callable<Integer> {
    private static final int SHOWN = 3;

    @Option(names = "--file", required = true, description = "JSONL: id, vector and payload of a point in each line.")
    private Path file;

    @Option(names = "--org-id", required = true, description = "The tenant.")
    private String tenant;

    @Option(names = "--user-id", required = true, description = "Kept with every chunk.")
    private String user;

    @Option(names = "--project-id", description = "The collection; none by default.")
    private String collection;

    @Option(names = "--qdrant-url", description = "QDRANT_URL by default.")
    private String qdrantUrl;

    @Option(names = "--qdrant-port", description = "When the URL has none: QDRANT_PORT, else 6333.")
    private String qdrantPort;

    @Option(names = "--collection", description = "Of Qdrant: QDRANT_COLLECTION, else unified_knowledge.")
    private String qdrantCollection;

    @Option(names = "--qdrant-api-key", description = "QDRANT_API_KEY by default.")
    private String qdrantKey;

    @Option(names = "--batch-size", defaultValue = "100", description = "Points written at a time (${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(names = "--dry-run", description = "Only checks the lines.")
    private boolean dryRun;

    @Option(names = "--verbose", description = "Prints the first three chunks.")
    private boolean verbose;

    private int good;
    private int bad;

    /** Where batches go. */
    private interface Sink {
        void write(List<VectorLine> lines);
    }

    @Override
    public Integer call() throws Exception {
        if (!Files.isRegularFile(file)) {
            return failed("there is no file " + file);
        }
        if (batchSize < 1 || batchSize > 10_000) {
            return failed("--batch-size must be from 1 to 10000");
        }
        Map<String, String> variables = new HashMap<>(Environment.load());
        override(variables, "QDRANT_URL", qdrantUrl);
        override(variables, "QDRANT_PORT", qdrantPort);
        override(variables, "QDRANT_COLLECTION", qdrantCollection);
        override(variables, "QDRANT_API_KEY", qdrantKey);
        Config.Parsed parsed = Config.parse(variables);
        if (!parsed.problems().isEmpty()) {
            throw new StartupException(parsed.problems());
        }
        VectorLine.Owner owner = new VectorLine.Owner(tenant, collection, user);
        try {
            write(parsed.config(), owner);
        } catch (StoreException | IllegalArgumentException e) {
            return failed(e.getMessage());
        }
        System.out.println((dryRun ? "checked " : "imported ") + good + " points, skipped " + bad + " lines");
        return 0;
    }

    private static void override(Map<String, String> variables, String name, String value) {
        if (value != null) {
            variables.put(name, value);
        }
    }

    private static int failed(String why) {
        System.err.println("import-vectors: " + why);
        return 1;
    }

    private void write(Config config, VectorLine.Owner owner) throws IOException {
        QdrantStore.Address qdrant = config.knowledge().qdrant();
        if (qdrant != null) {
            try (QdrantImport points = new QdrantImport(qdrant)) {
                int dimension = points.dimension();
                read(dimension, owner, dryRun ? _ -> {} : lines -> points.write(lines, owner));
            }
            return;
        }
        EmbeddingConfig embedding = EmbeddingConfig.of(config.variables());
        if (dryRun) {
            read(embedding.dimension(), owner, _ -> {});
            return;
        }
        try (Database database = config.database() == null
                ? Database.openEmbedded(config.dataDir(), config.databaseConnections())
                : Database.open(config.database())) {
            VectorImport chunks = new VectorImport(database, owner, embedding.model(), embedding.dimension());
            read(embedding.dimension(), owner, chunks::write);
            chunks.publish();
        }
    }

    private void read(int dimension, VectorLine.Owner owner, Sink sink) throws IOException {
        List<VectorLine> batch = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                try {
                    VectorLine parsed = VectorLine.parse(line, number);
                    if (parsed.vector().length != dimension) {
                        throw new IllegalArgumentException("the vector has " + parsed.vector().length
                                + " dimensions, and " + dimension + " are needed");
                    }
                    batch.add(parsed);
                    if (verbose && good < SHOWN) {
                        System.out.println(parsed.metaData(owner));
                    }
                    good++;
                } catch (IllegalArgumentException e) {
                    bad++;
                    System.err.println("line " + number + ": " + e.getMessage());
                }
                if (batch.size() == batchSize) {
                    sink.write(batch);
                    batch.clear();
                }
            }
        }
        if (!batch.isEmpty()) {
            sink.write(batch);
        }
    }
}
