package dev.agentsgateway.http;

import java.time.Duration;
import java.util.List;

/**
 * What a server is told.
 *
 * @param port        0 for any free one
 * @param corsOrigins origins that browsers may call from, beside {@code http://localhost} and
 *     {@code http://localhost:3000}; {@code https://*.example.org} stands for exactly one label
 * @param docs        whether {@code /openapi.json}, {@code /docs} and {@code /redoc} are served
 * @param title       of the OpenAPI document
 * @param version     of the OpenAPI document
 */
public record HttpConfig(
        String host, int port, Limits limits, List<String> corsOrigins, boolean docs, String title, String version) {
    public HttpConfig {
        corsOrigins = List.copyOf(corsOrigins);
    }

    /** All defaults, on a free port of the loopback interface. */
    public static HttpConfig local() {
        return new HttpConfig("127.0.0.1", 0, Limits.DEFAULT, List.of(), true, "agents-gateway", "1.0");
    }

    public HttpConfig with(Limits other) {
        return new HttpConfig(host, port, other, corsOrigins, docs, title, version);
    }

    /**
     * What one client may take.
     *
     * @param maxBody        bytes of a request body; 413 above
     * @param bodyBudget     bytes of request bodies longer than 64 KiB that are held at once, over all clients; 503 above.
     *     A quarter of the greatest heap by default
     * @param maxHeaders     bytes of all request headers; 431 above
     * @param maxConnections open at once; further ones wait to be accepted
     * @param headerTimeout  from the first byte (from connecting, for the first request) until all headers are there;
     *     the connection is closed then
     * @param bodyTimeout    until the whole body is there; 408 then
     * @param writeTimeout   for one answer's next 64 KiB, or one event, to be taken; the connection is closed then
     * @param idleTimeout    between two requests of a connection
     */
    public record Limits(
            int maxBody,
            long bodyBudget,
            int maxHeaders,
            int maxConnections,
            Duration headerTimeout,
            Duration bodyTimeout,
            Duration writeTimeout,
            Duration idleTimeout) {
        /** With the default budget of body bytes. */
        public Limits(
                int maxBody,
                int maxHeaders,
                int maxConnections,
                Duration headerTimeout,
                Duration bodyTimeout,
                Duration writeTimeout,
                Duration idleTimeout) {
            this(
                    maxBody,
                    Runtime.getRuntime().maxMemory() / 4,
                    maxHeaders,
                    maxConnections,
                    headerTimeout,
                    bodyTimeout,
                    writeTimeout,
                    idleTimeout);
        }

        public static final Limits DEFAULT = new Limits(
                32 << 20,
                16 << 10,
                20_000,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                Duration.ofSeconds(75));
    }
}
