package dev.agentsgateway.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionListener;
import io.helidon.webserver.http2.Http2Config;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Serves declared routes over HTTP/1.1 and, in clear text, HTTP/2; each request on a virtual thread of its own. Every
 * error is {@code {"detail": …}} as JSON. Thread-safe.
 */
public final class HttpServer implements AutoCloseable {
    static final HeaderName REQUEST_ID = HeaderNames.create("x-request-id");
    private static final int MAX_PROLOGUE = 8192;
    private static final Duration STOP = Duration.ofSeconds(2);

    private final HttpConfig config;
    private final Watchdog watchdog;
    private final Dispatcher dispatcher;
    private final WebServer server;

    /**
     * Does not listen yet.
     *
     * @param routes everything that is served, beside the documentation when the configuration asks for it
     * @throws IllegalArgumentException when two routes are the same or an input record cannot be bound
     */
    public HttpServer(HttpConfig config, List<Route<?>> routes, Guard guard, Binder binder, RequestObserver observer) {
        this.config = config;
        HttpConfig.Limits limits = config.limits();
        watchdog = new Watchdog(limits);
        List<Route<?>> all = new ArrayList<>(routes);
        if (config.docs()) {
            all.addAll(
                    new DocsRoutes(() -> OpenApi.document(config.title(), config.version(), routes, binder)).routes());
        }
        int rawBody = all.stream().mapToInt(Route::rawBody).max().orElse(0);
        dispatcher = new Dispatcher(config, all, guard, binder, observer, watchdog);
        server = WebServer.builder()
                .host(config.host())
                .port(config.port())
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .connectionOptions(new AcceptOptions(watchdog, dispatcher::isDraining))
                .maxTcpConnections(limits.maxConnections())
                // each frame is written as it comes; buffers would only add a copy
                .writeBufferSize(0)
                // guards against one huge chunk, which is held in memory before the dispatcher counts it
                .maxPayloadSize(Math.max(2L * limits.maxBody(), 2L * rawBody))
                .idleConnectionTimeout(limits.idleTimeout())
                .idleConnectionPeriod(Duration.ofSeconds(15))
                .shutdownGracePeriod(Duration.ofMillis(200))
                .addConnectionSelector(new UnknownProtocol())
                .directHandlers(EarlyErrors.handlers())
                .errorHandling(errors -> errors.includeEntity(true))
                .addProtocol(Http1Config.builder()
                        .maxHeadersSize(limits.maxHeaders())
                        .maxPrologueLength(MAX_PROLOGUE)
                        // the router decodes by itself, and refuses nothing that it can route
                        .validatePath(false)
                        .validatePrologue(false)
                        .sendKeepAliveHeader(false)
                        .addReceiveListener(new HeaderClock())
                        .build())
                .addProtocol(Http2Config.builder()
                        .maxHeaderListSize(limits.maxHeaders())
                        .maxConcurrentStreams(1000)
                        .flowControlTimeout(limits.writeTimeout())
                        .validatePath(false)
                        .build())
                .routing(routing -> routing.any(dispatcher))
                .build();
    }

    /** Makes what all servers share, 150 ms in a JVM that has just started; the first server does it otherwise. */
    public static void prepare() {
        HttpRouting.builder();
    }

    /**
     * Starts to listen.
     *
     * @throws IOException when it cannot, with a message that names the address and the reason
     */
    public void start() throws IOException {
        server.start();
        if (!server.isRunning()) {
            // Helidon has logged the cause and does not tell it
            throw new IOException("cannot listen on " + config.host() + ":" + config.port()
                    + ": the port is in use, or the address is not one of this machine");
        }
        watchdog.start();
    }

    /** The port that is listened on. */
    public int port() {
        return server.port();
    }

    /** Open connections, for metrics. */
    public int connections() {
        return watchdog.connections();
    }

    /** Requests being handled, streams included, for metrics. */
    public int activeRequests() {
        return dispatcher.active();
    }

    /** Bytes of long request bodies being held, for metrics. */
    public long bodyBytes() {
        return dispatcher.bodyBytes();
    }

    /**
     * Stops. From now on connections are refused and further requests on open ones get 503. Requests being handled
     * may finish within {@code drain}; then they are interrupted and their connections closed.
     */
    public void stop(Duration drain) {
        dispatcher.drain();
        try {
            if (!dispatcher.awaitIdle(drain)) {
                dispatcher.interrupt();
                dispatcher.awaitIdle(STOP);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        watchdog.closeAll();
        watchdog.close();
        server.stop();
    }

    @Override
    public void close() {
        stop(Duration.ZERO);
    }

    /** Gives each request's headers their time. */
    private final class HeaderClock implements Http1ConnectionListener {
        @Override
        public void prologue(ConnectionContext context, HttpPrologue prologue) {
            Watchdog.Watch watch = watch(context);
            if (watch != null) {
                watch.arm(Watchdog.Phase.HEADERS);
            }
        }

        @Override
        public void headers(ConnectionContext context, Headers headers) {
            Watchdog.Watch watch = watch(context);
            if (watch != null) {
                watch.disarm();
            }
        }

        private Watchdog.Watch watch(ConnectionContext context) {
            return watchdog.connection(
                    context.remotePeer().address(), context.localPeer().address());
        }
    }
}
