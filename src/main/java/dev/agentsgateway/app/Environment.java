package dev.agentsgateway.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The variables of the process, with those of a {@code .env} file for names that the process does not set. */
final class Environment {
    /** Set by {@code ./gateway}: the directory that it stands in, from wherever it is called. */
    static final String HOME = "GATEWAY_HOME";

    private Environment() {}

    /**
     * What this process is told.
     *
     * @throws StartupException when there is a {@code .env} file that cannot be read
     */
    static Map<String, String> load() throws StartupException {
        return load(System.getenv(), Path.of(""));
    }

    /**
     * Looks for {@code .env} in the directory and those above it, then in {@value #HOME}; the first one counts. A file's
     * {@code DATA_DIR} may be relative to the current directory, like the variable itself.
     */
    static Map<String, String> load(Map<String, String> process, Path directory) throws StartupException {
        Map<String, String> variables = new HashMap<>();
        Path file = find(directory.toAbsolutePath());
        if (file == null && process.get(HOME) != null) {
            file = find(Path.of(process.get(HOME)).toAbsolutePath());
        }
        if (file != null) {
            try {
                variables.putAll(parse(Files.readString(file)));
            } catch (IOException e) {
                throw new StartupException(List.of(file + ": cannot be read (" + e.getMessage() + ")"));
            }
        }
        variables.putAll(process);
        return variables;
    }

    private static Path find(Path directory) {
        for (Path at = directory; at != null; at = at.getParent()) {
            if (Files.isRegularFile(at.resolve(".env"))) {
                return at.resolve(".env");
            }
        }
        return null;
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
            variables.put(
                    line.substring(0, equals).strip(),
                    value(line.substring(equals + 1).strip()));
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
        if (given.startsWith("#")) {
            return "";
        }
        int comment = given.indexOf(" #");
        return comment < 0 ? given : given.substring(0, comment).strip();
    }
}
