package dev.agentsgateway.knowledge.source;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A document's bytes in a temporary file, which closing deletes.
 *
 * @param filename    the last part of the address, null when it has none
 * @param contentType as the server says it, with its parameters; null when it does not
 */
public record FetchedFile(Path file, String filename, String contentType) implements AutoCloseable {
    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
