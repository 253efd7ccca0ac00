package dev.agentsgateway.app;

import dev.agentsgateway.auth.ApiKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The admin secret and first API key of a gateway that was given none: made at its first start, kept in the data
 * directory (mode 0600), shown once.
 *
 * @param adminSecret the given or kept one
 * @param newAdminSecret whether it was made just now
 * @param newApiKey   the first API key if it was made just now, else null
 */
record Credentials(String adminSecret, boolean newAdminSecret, String newApiKey) {
    static final String ADMIN_SECRET = "admin-secret";
    static final String API_KEY = "api-key";

    /** Only the embedded database gets credentials of its own: who brings a database brings its keys. */
    static Credentials of(Config config) throws StartupException {
        if (!keeps(config)) {
            return new Credentials(config.adminSecret(), false, null);
        }
        try {
            Path secretFile = config.dataDir().resolve(ADMIN_SECRET);
            Optional<String> kept = PrivateFile.read(secretFile);
            String secret = kept.orElseGet(Credentials::random);
            if (kept.isEmpty()) {
                PrivateFile.write(secretFile, secret);
            }
            return new Credentials(secret, kept.isEmpty(), null);
        } catch (IOException e) {
            throw notKept(config, e);
        }
    }

    /** The same, after the first key was made where there is none and there should be one. */
    Credentials withFirstKey(Config config, ApiKeys keys) throws StartupException {
        if (!keeps(config)) {
            return this;
        }
        try {
            return new Credentials(adminSecret, newAdminSecret, firstKey(config.dataDir(), keys));
        } catch (IOException e) {
            throw notKept(config, e);
        }
    }

    private static boolean keeps(Config config) {
        return config.database() == null && !config.authDisabled() && config.adminSecret() == null;
    }

    private static StartupException notKept(Config config, IOException e) {
        return new StartupException(
                List.of("DATA_DIR: the credentials cannot be kept in " + config.dataDir() + " (" + e + ")"));
    }

    private static String firstKey(Path dataDir, ApiKeys keys) throws IOException {
        Path file = dataDir.resolve(API_KEY);
        if (PrivateFile.read(file).isPresent() && !keys.list(null, true).isEmpty()) {
            return null;
        }
        String key = keys.create("first key", null, List.of(), 0, null).secret();
        PrivateFile.write(file, key);
        return key;
    }

    private static String random() {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
