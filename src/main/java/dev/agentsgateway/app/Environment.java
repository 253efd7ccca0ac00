package dev.agentsgateway.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The variables of the process, with those of a {@code .env} file for names that the process does not set. */
final class Environment {
    private Environment() {}

    /** Looks for {@code .env} in the directory and those above it; the nearest one counts. */
    static Map<String, String> load(Map<String, String> process, Path directory) {
        Map<String, String> variables = new HashMap<>();
        for (Path at = directory.toAbsolutePath(); at != null; at = at.getParent()) {
            Path file = at.resolve(".env");
            if (Files.isRegularFile(file)) {
                variables.putAll(read(file));
                break;
            }
        }
        variables.putAll(process);
        return variables;
    }

    private static Map<String, String> read(Path file) {
        try {
            return parse(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /**
     * {@code NAME=value} lines: {@code export} before the name, blank lines and lines that begin with {@code #} are
     * skipped; a value in double or single quotes is taken without them, an unquoted one ends before {@code " #"}.
     */
    static Map<String, String> parse(String text) {
        Map<String, String> variables = new HashMap<>();
        for (String raw : text.split("\\R")) {
            String line = raw.strip();
            if (line.startsWith("export ")) {
                line = line.substring("export ".length()).strip();
            }
            int equals = line.indexOf('=');
            if (line.startsWith("#") || equals <= 0) {
                continue;
            }
            variables.put(line.substring(0, equals).strip(), value(line.substring(equals + 1).strip()));
        }
        return variables;
    }

    private static String value(String given) {
        if (given.length() >= 2 && (given.startsWith("\"") || given.startsWith("'"))) {
            int end = given.indexOf(given.charAt(0), 1);
            if (end > 0) {
                String inner = given.substring(1, end);
                return given.startsWith("\"") ? inner.replace("\\n", "\n") : inner;
            }
        }
        int comment = given.indexOf(" #");
        return comment < 0 ? given : given.substring(0, comment).strip();
    }
}
