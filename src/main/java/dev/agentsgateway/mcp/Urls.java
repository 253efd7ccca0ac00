package dev.agentsgateway.mcp;

import java.net.URI;
import java.net.URISyntaxException;

/** URLs of configurations, which anybody may have written. */
final class Urls {
    private Urls() {}

    /** @throws McpException when it is no absolute http or https URL, or holds a password */
    static URI web(String text, String what) {
        try {
            URI uri = new URI(text);
            boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (web && uri.getHost() != null && uri.getUserInfo() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Told below, without the text, which may hold a secret.
        }
        throw new McpException(McpException.Kind.FORBIDDEN, what + " is no http or https URL without a user");
    }
}
