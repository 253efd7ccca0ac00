package dev.agentsgateway.knowledge;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.knowledge.source.FetchedFile;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Function;

/** Where the bytes of entries come from: uploads, addresses, Google Cloud Storage. Thread-safe. */
public final class Sources {
    private final Database database;
    private final Function<URI, FetchedFile> web;
    private final Function<String, FetchedFile> gcs;
    private final DocumentStore documents = new DocumentStore(false);

    /**
     * @param web fetches what a URL given by a client names, guarded
     * @param gcs downloads {@code gs://bucket/object} or {@code bucket/object}
     */
    public Sources(Database database, Function<URI, FetchedFile> web, Function<String, FetchedFile> gcs) {
        this.database = database;
        this.web = web;
        this.gcs = gcs;
    }

    /** The reference's content type of entries whose name is an address. */
    static boolean saysUrl(String contentType) {
        return contentType != null && contentType.toLowerCase(Locale.ROOT).startsWith("text/url");
    }

    FetchedFile fetch(Entry entry, boolean uploaded) throws IOException {
        if (uploaded) {
            return original(entry);
        }
        if (saysUrl(entry.contentType()) || Knowledge.isUrl(entry.originalFilename())) {
            return web.apply(uri(entry.originalFilename()));
        }
        if (entry.gcsPath() != null) {
            FetchedFile file = gcs.apply(entry.gcsPath());
            return new FetchedFile(file.file(), entry.originalFilename(), file.contentType());
        }
        throw new NothingToIndexException(
                "There is nothing to index: no document was uploaded, the name of the entry is"
                        + " no http or https address, and it has no gcs_path.");
    }

    private static URI uri(String address) {
        try {
            return URI.create(address.strip());
        } catch (IllegalArgumentException e) {
            throw new NothingToIndexException("The name of the entry is not an address: " + e.getMessage());
        }
    }

    private FetchedFile original(Entry entry) throws IOException {
        Path file = Files.createTempFile("agents-gateway-original-", ".tmp");
        try (OutputStream out = Files.newOutputStream(file)) {
            documents.readOriginal(database, entry.uuid(), out);
            return new FetchedFile(file, entry.originalFilename(), entry.contentType());
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }
}
