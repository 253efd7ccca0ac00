package dev.agentsgateway.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that serves from a data directory, as it notes itself in {@code gateway.pid}: its id, when it was started
 * (milliseconds, so that a later process with the same id is not taken for it), its URL.
 */
record RunningServer(ProcessHandle process, String url) {
    private static final Logger LOG = LoggerFactory.getLogger(RunningServer.class);
    private static final String FILE = "gateway.pid";
    /** Linux tells when a process was started after boot; when that was moves with the clock. */
    private static final long CLOCK_SHIFT_MILLIS = 5_000;

    /** Serving does not depend on the note: with a database elsewhere, the directory may be read-only. */
    static void note(Path dataDir, String url) {
        try {
            ProcessHandle self = ProcessHandle.current();
            PrivateFile.write(dataDir.resolve(FILE), self.pid() + "\n" + started(self) + "\n" + url);
        } catch (IOException e) {
            LOG.warn(
                    "The process id cannot be noted in {}, so that ./gateway stop will not find it: {}",
                    dataDir,
                    e.toString());
        }
    }

    static void forget(Path dataDir) {
        try {
            Files.deleteIfExists(dataDir.resolve(FILE));
        } catch (IOException e) {
            LOG.debug("The note of the process id remains", e);
        }
    }

    /** The noted process, if it is alive. */
    static Optional<RunningServer> find(Path dataDir) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(dataDir.resolve(FILE));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (lines.size() < 3 || !lines.stream().limit(2).allMatch(line -> line.matches("\\d{1,18}"))) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(lines.getFirst()))
                .filter(ProcessHandle::isAlive)
                .filter(process -> Math.abs(started(process) - Long.parseLong(lines.get(1))) < CLOCK_SHIFT_MILLIS)
                .map(process -> new RunningServer(process, lines.get(2)));
    }

    private static long started(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
