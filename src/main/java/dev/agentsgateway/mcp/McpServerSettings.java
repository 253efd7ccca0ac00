package dev.agentsgateway.mcp;

import dev.agentsgateway.common.Json;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One MCP server as an agent's configuration names it. Its text form shows no secret.
 *
 * @param type         {@code http}, {@code streamable-http}, {@code sse} or {@code stdio}
 * @param command      of {@code stdio}, null otherwise
 * @param env          of {@code stdio}: all variables of the process besides the path, the home and the language
 * @param url          null for {@code stdio}
 * @param includeTools the server's names of the only tools that are offered; null for all
 * @param oauth        null for none
 * @param timeout      for one call of a tool
 */
public record McpServerSettings(
        String name,
        String type,
        String command,
        List<String> args,
        Map<String, String> env,
        String url,
        Map<String, String> headers,
        Set<String> includeTools,
        Set<String> excludeTools,
        Set<String> confirmTools,
        Oauth oauth,
        Duration timeout) {
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

    public McpServerSettings {
        args = List.copyOf(args);
        env = Map.copyOf(env);
        headers = Map.copyOf(headers);
        includeTools = includeTools == null ? null : Set.copyOf(includeTools);
        excludeTools = Set.copyOf(excludeTools);
        confirmTools = Set.copyOf(confirmTools);
    }

    /**
     * The client credentials grant (RFC 6749, section 4.4).
     *
     * @param scope null for what the authorization server gives without
     */
    public record Oauth(String tokenUrl, String clientId, String clientSecret, String scope) {
        @Override
        public String toString() {
            return "Oauth[***]";
        }
    }

    boolean offers(String tool) {
        return (includeTools == null || includeTools.contains(tool)) && !excludeTools.contains(tool);
    }

    /** Equal for settings that can share a session; tells nothing of what it was made from. */
    String sessionKey() {
        String text = Json.write(List.of(
                type,
                url == null ? "" : url,
                command == null ? "" : command,
                args,
                new TreeMap<>(env),
                new TreeMap<>(headers),
                oauth == null
                        ? List.of()
                        : List.of(
                                oauth.tokenUrl(),
                                oauth.clientId(),
                                oauth.clientSecret(),
                                oauth.scope() == null ? "" : oauth.scope()),
                timeout.toMillis()));
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return "McpServerSettings[" + name + ", " + type + "]";
    }
}
