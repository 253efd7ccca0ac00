package dev.agentsgateway.observability;

import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.agentsgateway.observability.ObservabilityConfig.Logtail;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.util.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends logs to Better Stack (formerly Logtail): {@code POST /} with {@code Authorization: Bearer TOKEN} and a JSON
 * array of events, answered by 202 (betterstack.com/docs/logs, "Ingesting logs"). Events carry their time in
 * {@code dt} and their text in {@code message}. A batch is at most 500 events or about 1 MiB and waits at most a second.
 * 429, 5xx and connection errors are tried three times; what is refused, or still fails, is dropped and counted.
 */
final class LogtailAppender extends QueuedAppender {
    private static final Logger LOG = LoggerFactory.getLogger(LogtailAppender.class);
    private static final int MAX_BYTES = 1 << 20;
    private static final int ATTEMPTS = 3;
    private static final Duration COMPLAINT_INTERVAL = Duration.ofMinutes(1);

    private final Logtail target;
    private final LogFormat format;
    private final Duration backoff;
    private final CloseableHttpClient client;
    private long lastComplaint = System.nanoTime() - COMPLAINT_INTERVAL.toNanos();

    /** @param backoff the wait before the second attempt, doubled before the third */
    LogtailAppender(Logtail target, LogEvents events, Duration linger, Duration backoff) {
        super("logtail", 500, linger, Duration.ofSeconds(5));
        this.target = target;
        this.format = new LogFormat.Json(events, "dt", "message");
        this.backoff = backoff;
        ConnectionConfig connection = ConnectionConfig.custom()
                .setConnectTimeout(Timeout.ofSeconds(5))
                .build();
        this.client = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDefaultConnectionConfig(connection)
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setResponseTimeout(Timeout.ofSeconds(10))
                        .build())
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .build();
    }

    @Override
    protected void append(ILoggingEvent event) {
        // Its own complaints, and its client's, would come back for ever.
        boolean own = event.getLoggerName().equals(LOG.getName());
        if (!own && !event.getLoggerName().startsWith("org.apache.hc.")) {
            super.append(event);
        }
    }

    @Override
    public void stop() {
        super.stop();
        try {
            client.close();
        } catch (IOException e) {
            LOG.debug("Closing the connection to Better Stack", e);
        }
    }

    @Override
    protected void write(List<ILoggingEvent> events) {
        List<String> objects = new ArrayList<>();
        long bytes = 0;
        for (ILoggingEvent event : events) {
            String object = format.format(event);
            int size = object.getBytes(StandardCharsets.UTF_8).length + 1;
            if (bytes + size > MAX_BYTES) {
                send(objects);
                objects.clear();
                bytes = 0;
            }
            objects.add(object);
            bytes += size;
        }
        send(objects);
    }

    private void send(List<String> objects) {
        if (objects.isEmpty()) {
            return;
        }
        String body = "[" + String.join(",", objects) + "]";
        String problem = null;
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            try {
                int status = post(body);
                if (status < 300) {
                    return;
                }
                problem = "status " + status;
                if (status != 429 && status < 500) {
                    break;
                }
            } catch (IOException e) {
                problem = e.getClass().getSimpleName();
            }
            if (attempt < ATTEMPTS && !pause(attempt)) {
                break;
            }
        }
        complain(problem, objects.size());
        drop(objects.size());
    }

    private int post(String body) throws IOException {
        HttpPost post = new HttpPost(target.endpoint());
        post.setHeader(HttpHeaders.AUTHORIZATION, "Bearer " + target.token());
        post.setEntity(new StringEntity(body, ContentType.APPLICATION_JSON));
        return client.execute(post, response -> {
            EntityUtils.consume(response.getEntity());
            return response.getCode();
        });
    }

    private boolean pause(int attempt) {
        try {
            Thread.sleep(backoff.multipliedBy(1L << (attempt - 1)));
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void complain(String problem, int events) {
        long now = System.nanoTime();
        if (now - lastComplaint >= COMPLAINT_INTERVAL.toNanos()) {
            lastComplaint = now;
            LOG.warn("Better Stack does not take logs ({}): {} lines dropped", problem, events);
        }
    }
}
