package dev.agentsgateway.app;

import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a gateway that is ready says of itself: at most ten lines, the last a command that works. */
final class Banner {
    private static final Logger LOG = LoggerFactory.getLogger(Banner.class);

    private final Gateway gateway;
    private final Config config;

    Banner(Gateway gateway) {
        this.gateway = gateway;
        this.config = gateway.config();
    }

    /** Where this machine reaches it. */
    String url() {
        String host = config.http().host();
        if (isAnyAddress(host)) {
            host = "127.0.0.1";
        }
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + gateway.port();
    }

    private static boolean isAnyAddress(String host) {
        try {
            return InetAddress.getByName(host).isAnyLocalAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** For people; each line with its end. */
    String text() {
        Credentials credentials = gateway.credentials();
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, "Agents Gateway is ready after %.1f s", seconds()));
        lines.add("  Address    " + url() + (config.http().docs() ? "  (API: " + url() + "/docs)" : ""));
        lines.add("  Database   " + gateway.databaseDescription());
        lines.add("  Models     " + gateway.modelsDescription());
        lines.add("  Vectors    " + gateway.vectorsDescription());
        if (config.authDisabled()) {
            lines.add("  Security   AUTH_DISABLED: everybody who can connect may do everything");
        }
        if (credentials.newAdminSecret()) {
            lines.add("  Admin      " + credentials.adminSecret() + "  (shown once; kept in "
                    + config.dataDir().resolve(Credentials.ADMIN_SECRET) + ")");
        }
        if (credentials.newApiKey() != null) {
            lines.add("  API key    " + credentials.newApiKey() + "  (shown once; kept in " + keyFile() + ")");
        }
        lines.add("  Try        " + curl());
        return String.join("\n", lines) + "\n";
    }

    /** For a log that machines read; secrets stay in their files. */
    void log() {
        Credentials credentials = gateway.credentials();
        var event = LOG.atInfo()
                .addKeyValue("url", url())
                .addKeyValue("database", gateway.databaseDescription())
                .addKeyValue("models", gateway.modelsDescription())
                .addKeyValue("vectors", gateway.vectorsDescription())
                .addKeyValue("auth_disabled", config.authDisabled())
                .addKeyValue("start_seconds", seconds());
        if (credentials.newAdminSecret()) {
            event = event.addKeyValue("admin_secret_file", config.dataDir().resolve(Credentials.ADMIN_SECRET));
        }
        if (credentials.newApiKey() != null) {
            event = event.addKeyValue("api_key_file", keyFile());
        }
        event.log("Agents Gateway is ready");
    }

    private static double seconds() {
        return ManagementFactory.getRuntimeMXBean().getUptime() / 1000.0;
    }

    private Path keyFile() {
        return config.dataDir().resolve(Credentials.API_KEY);
    }

    /** A chat where a key is known or none is needed; else the making of a key, by whoever has the admin secret. */
    private String curl() {
        String json = " -H 'Content-Type: application/json' -d ";
        String chat = json + "'{\"message\":\"Hello\",\"user_id\":\"me\",\"session_id\":\"first\",\"timezone\":\"UTC\","
                + "\"locale\":\"en\"}'";
        String agent = "curl -N " + url() + "/v2/agents/demo-assistant/chat";
        if (config.authDisabled()) {
            return agent + chat;
        }
        if (config.database() == null && Files.exists(keyFile())) {
            return agent + " -H \"X-API-Key: $(cat " + quoted(keyFile().toString()) + ")\"" + chat;
        }
        return config.adminSecret() == null
                ? "curl " + url() + "/status  (keys need an ADMIN_SECRET)"
                : "curl " + url() + "/admin/api-keys -H \"X-Admin-Secret: $ADMIN_SECRET\"" + json
                        + "'{\"name\":\"first key\"}'";
    }

    private static String quoted(String path) {
        return path.matches("[A-Za-z0-9_./-]+") ? path : "'" + path.replace("'", "'\\''") + "'";
    }
}
