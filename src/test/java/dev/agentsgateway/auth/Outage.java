package dev.agentsgateway.auth;

import dev.agentsgateway.db.DatabaseSettings;
import java.time.Duration;

/** A database behind a proxy that can be cut. */
public final class Outage {
    private Outage() {}

    public static DatabaseSettings through(CuttableProxy proxy, DatabaseSettings settings) {
        return DatabaseSettings.of("127.0.0.1", proxy.port(), settings.database(), settings.user(), settings.password())
                .withTimeouts(Duration.ofMillis(500), Duration.ofSeconds(5));
    }
}
