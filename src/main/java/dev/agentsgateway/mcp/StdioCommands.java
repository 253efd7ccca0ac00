package dev.agentsgateway.mcp;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Which programs the operator lets agents start ({@code MCP_STDIO_COMMANDS}), and in what environment. Immutable.
 */
public final class StdioCommands {
    public static final String VARIABLE = "MCP_STDIO_COMMANDS";

    /** What a program needs to run at all, and that holds no secret. */
    private static final List<String> INHERITED = List.of("PATH", "HOME", "LANG", "LC_ALL", "TZ");

    /** With these, an allowed program runs what its caller wants instead of what it is. */
    private static final Set<String> HIJACKING = Set.of(
            "PATH",
            "IFS",
            "ENV",
            "BASH_ENV",
            "SHELLOPTS",
            "NODE_OPTIONS",
            "PYTHONPATH",
            "PYTHONHOME",
            "PYTHONSTARTUP",
            "PERL5OPT",
            "PERL5LIB",
            "RUBYOPT",
            "RUBYLIB",
            "JAVA_TOOL_OPTIONS",
            "JDK_JAVA_OPTIONS",
            "_JAVA_OPTIONS",
            "CLASSPATH",
            "DOTNET_STARTUP_HOOKS",
            "GCONV_PATH",
            "HOME");

    private final Set<Path> allowed = new HashSet<>();
    private final Map<String, String> inherited = new HashMap<>();
    private final String path;

    /** @param variables of the gateway's environment */
    public StdioCommands(Map<String, String> variables) {
        path = variables.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
        inherited.put("PATH", path);
        for (String name : INHERITED) {
            if (variables.containsKey(name)) {
                inherited.put(name, variables.get(name));
            }
        }
        for (String command : variables.getOrDefault(VARIABLE, "").split(",")) {
            Path found = command.isBlank() ? null : find(command.strip());
            if (found != null) {
                allowed.add(found);
            }
        }
    }

    /**
     * The program to start.
     *
     * @throws McpException when the operator does not allow it
     */
    Path program(String command) {
        Path found = command == null || command.isBlank() ? null : find(command.strip());
        if (found == null || !allowed.contains(found)) {
            throw new McpException(
                    McpException.Kind.FORBIDDEN,
                    allowed.isEmpty()
                            ? "stdio servers are not allowed here (" + VARIABLE + ")"
                            : "its command is not among those that are allowed here (" + VARIABLE + ")");
        }
        return found;
    }

    /**
     * All variables of a server's process.
     *
     * @throws McpException when one of them would make the program run something else
     */
    Map<String, String> environment(Map<String, String> configured) {
        Map<String, String> environment = new HashMap<>(inherited);
        configured.forEach((name, value) -> {
            String upper = name.toUpperCase(Locale.ROOT);
            boolean malformed = name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0;
            if (malformed
                    || value.indexOf('\0') >= 0
                    || HIJACKING.contains(upper)
                    || upper.startsWith("LD_")
                    || upper.startsWith("DYLD_")) {
                throw new McpException(McpException.Kind.FORBIDDEN, "its env may not set " + name.replace('\0', ' '));
            }
            environment.put(name, value);
        });
        return environment;
    }

    /** An absolute path as it is, a bare name as the shell would find it; null when there is no such program. */
    private Path find(String command) {
        try {
            List<Path> candidates = new ArrayList<>();
            if (command.indexOf('/') >= 0) {
                candidates.add(Path.of(command));
            } else {
                for (String directory : path.split(":")) {
                    candidates.add(Path.of(directory).resolve(command));
                }
            }
            return candidates.stream()
                    .filter(candidate ->
                            candidate.isAbsolute() && Files.isRegularFile(candidate) && Files.isExecutable(candidate))
                    .map(Path::normalize)
                    .findFirst()
                    .orElse(null);
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
