package dev.agentsgateway.model;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.slf4j.LoggerFactory;

/**
 * The one HTTP client towards model vendors: pooled connections without a cap per host that would throttle, no automatic
 * retries, no cookies, no redirects (a redirect would carry the key to another host), no decompression. Thread-safe;
 * made for virtual threads. Closing it ends every call in progress.
 */
public final class ModelHttp implements AutoCloseable {
    /** The client's own loggers that print headers, keys included. */
    private static final List<String> TELLTALES =
            List.of("org.apache.hc.client5.http.headers", "org.apache.hc.client5.http.wire");

    /** Each connection has three buffers of this size, 32 KiB by default, for as long as it is open. */
    private static final int BUFFER = 4096;

    private final Settings settings;
    private final CloseableHttpClient client;
    private final ScheduledThreadPoolExecutor timer;

    public ModelHttp(Settings settings) {
        TELLTALES.forEach(ModelHttp::silence);
        this.settings = settings;
        this.client = client(settings);
        this.timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("model-deadlines").factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    /**
     * Prepares a call. Nothing is sent before the first {@link ModelStream#next()}, so that {@link ModelStream#close()}
     * can end the call while it connects, waits for the head or pauses between two tries.
     */
    public ModelStream stream(Call call, AnswerDecoder decoder) {
        return new HttpModelStream(new ModelExchange(this, call, decoder), decoder, settings);
    }

    /**
     * Makes a call whose answer is one JSON document, with the same retries and limits as {@link #stream}.
     *
     * @throws ModelException when there is no such answer
     */
    public JsonNode json(Call call, ErrorAnswers errors) {
        ModelExchange exchange = new ModelExchange(this, call, errors);
        ModelExchange.Answer answer = null;
        try {
            answer = exchange.open();
            JsonNode body = HttpModelStream.whole(answer.body(), settings.maxAnswerBytes());
            exchange.release(true);
            return body;
        } catch (IOException | ModelException | IllegalStateException e) {
            ModelException failure = exchange.failure(e, answer != null);
            exchange.end(failure.kind());
            exchange.release(false);
            throw failure;
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        client.close(CloseMode.IMMEDIATE);
    }

    Settings settings() {
        return settings;
    }

    CloseableHttpClient client() {
        return client;
    }

    Future<?> after(Duration delay, Runnable task) {
        return timer.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** In code and not only in a configuration: someone who logs everything at DEBUG must not log keys. */
    private static void silence(String logger) {
        if (LoggerFactory.getLogger(logger) instanceof Logger logback) {
            logback.setLevel(Level.OFF);
        }
    }

    private static CloseableHttpClient client(Settings settings) {
        var connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setConnectionFactory(ManagedHttpClientConnectionFactory.builder()
                        .http1Config(Http1Config.custom().setBufferSize(BUFFER).build())
                        .build())
                .setTlsSocketStrategy(new LazyTls())
                .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.LAX)
                .setConnPoolPolicy(PoolReusePolicy.LIFO)
                .setMaxConnPerRoute(settings.maxConnectionsPerHost())
                .setMaxConnTotal(settings.maxConnectionsPerHost())
                .setDefaultSocketConfig(SocketConfig.custom()
                        .setTcpNoDelay(true)
                        .setSoKeepAlive(true)
                        .setSoTimeout(Timeout.of(settings.idleTimeout()))
                        .build())
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(Timeout.of(settings.connectTimeout()))
                        .setSocketTimeout(Timeout.of(settings.idleTimeout()))
                        .setTimeToLive(TimeValue.ofMinutes(10))
                        .setValidateAfterInactivity(TimeValue.ofSeconds(1))
                        .build())
                .build();
        return HttpClients.custom()
                .setConnectionManager(connections)
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(Timeout.of(settings.connectTimeout()))
                        .setRedirectsEnabled(false)
                        .setAuthenticationEnabled(false)
                        .build())
                .setUserAgent("agents-gateway")
                .evictExpiredConnections()
                .evictIdleConnections(TimeValue.ofSeconds(30))
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableContentCompression()
                .disableAuthCaching()
                .build();
    }

    /**
     * One request.
     *
     * @param headers  sent besides {@code Content-Type} and {@code Accept}
     * @param stream   whether server-sent events are asked for
     * @param secret   never shown in a {@link ModelException#detail()}; null for none
     */
    public record Call(URI uri, Map<String, String> headers, byte[] body, boolean stream, String secret) {
        @Override
        public String toString() {
            return "Call[" + uri + "]";
        }
    }

    /**
     * @param connectTimeout  longest wait for a connection
     * @param idleTimeout     longest silence of a streamed answer, its head included
     * @param totalTimeout    longest life of a call, its retries included
     * @param maxTries        tries in all, at least 1
     * @param retryBase       the first retry waits a random time up to this, each further one up to twice as long
     * @param maxRetryAfter   longest {@code Retry-After} that is waited for; a longer one fails at once
     * @param maxConnectionsPerHost a safety net, not a throttle
     * @param maxEventBytes   longest server-sent event
     * @param maxAnswerBytes  longest answer, streamed or not
     */
    public record Settings(
            Duration connectTimeout,
            Duration idleTimeout,
            Duration totalTimeout,
            int maxTries,
            Duration retryBase,
            Duration maxRetryAfter,
            int maxConnectionsPerHost,
            int maxEventBytes,
            int maxAnswerBytes) {
        public static final Settings DEFAULT = new Settings(
                Duration.ofSeconds(10),
                Duration.ofSeconds(120),
                Duration.ofSeconds(600),
                3,
                Duration.ofMillis(500),
                Duration.ofSeconds(20),
                20_000,
                8 << 20,
                64 << 20);

        public Settings withTimeouts(Duration connect, Duration idle, Duration total) {
            return new Settings(
                    connect,
                    idle,
                    total,
                    maxTries,
                    retryBase,
                    maxRetryAfter,
                    maxConnectionsPerHost,
                    maxEventBytes,
                    maxAnswerBytes);
        }

        public Settings withRetries(int tries, Duration base, Duration longestRetryAfter) {
            return new Settings(
                    connectTimeout,
                    idleTimeout,
                    totalTimeout,
                    tries,
                    base,
                    longestRetryAfter,
                    maxConnectionsPerHost,
                    maxEventBytes,
                    maxAnswerBytes);
        }

        public Settings withSizes(int eventBytes, int answerBytes) {
            return new Settings(
                    connectTimeout,
                    idleTimeout,
                    totalTimeout,
                    maxTries,
                    retryBase,
                    maxRetryAfter,
                    maxConnectionsPerHost,
                    eventBytes,
                    answerBytes);
        }
    }
}
