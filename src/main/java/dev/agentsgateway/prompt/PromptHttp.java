package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.PlainHttp;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.io.CloseMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Talks to back ends of prompts: no redirects, no cookies, no retries, answers of {@value #MOST_BYTES} bytes at most, a
 * time limit for the whole exchange. Addresses come from the operator, so private ones are fine. Thread-safe.
 */
final class PromptHttp implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PromptHttp.class);
    private static final int MOST_BYTES = 16 << 20;
    private static final int CONNECTIONS = 20;

    private final String what;
    private final Duration timeout;
    private final CloseableHttpClient client;
    private final ScheduledThreadPoolExecutor timer;

    /** @param what is talked to, for people */
    PromptHttp(String what, Duration timeout) {
        this.what = what;
        this.timeout = timeout;
        this.client = PlainHttp.client(timeout, timeout, CONNECTIONS, SystemDefaultDnsResolver.INSTANCE)
                .disableContentCompression()
                .build();
        this.timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("prompt-deadlines").factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    /** What was answered. */
    record Reply(int status, String body) {
        boolean isSuccess() {
            return status / 100 == 2;
        }

        /** Whether it may well work later. */
        boolean isOutage() {
            return status == 408 || status == 429 || status >= 500;
        }
    }

    /**
     * @param body        null for none
     * @param contentType null with it
     * @throws BackendException when there is no answer
     */
    Reply send(String method, URI uri, Map<String, String> headers, String body, ContentType contentType) {
        HttpUriRequestBase request = new HttpUriRequestBase(method, uri);
        headers.forEach(request::setHeader);
        request.setHeader("Accept", "application/json");
        if (body != null) {
            request.setEntity(new StringEntity(body, contentType));
        }
        Future<?> deadline = timer.schedule(request::cancel, timeout.toMillis(), TimeUnit.MILLISECONDS);
        try {
            return client.execute(request, PromptHttp::reply);
        } catch (IOException | RuntimeException e) {
            LOG.warn("{} does not answer: {} {}: {}", what, method, uri, e.toString());
            throw BackendException.away(what + " does not answer.");
        } finally {
            deadline.cancel(false);
        }
    }

    Reply sendJson(String method, URI uri, Map<String, String> headers, JsonNode body) {
        return send(
                method,
                uri,
                headers,
                body == null ? null : Json.write(body),
                body == null ? null : ContentType.APPLICATION_JSON);
    }

    /** The JSON of a success. */
    JsonNode json(Reply reply) {
        if (!reply.isSuccess()) {
            throw unread(reply);
        }
        try {
            return Json.read(reply.body());
        } catch (IllegalArgumentException e) {
            LOG.warn("{} answered what is no JSON", what);
            throw BackendException.away(what + " answered what cannot be read.");
        }
    }

    /** Whoever cannot be read, for whatever reason, leaves the last known copy. */
    BackendException unread(Reply reply) {
        LOG.warn("{} answered {}: {}", what, reply.status(), beginning(reply.body()));
        return BackendException.away(what + " answered " + reply.status() + ".");
    }

    /** @throws BackendException when a write was no success */
    void checkWritten(Reply reply) {
        if (!reply.isSuccess()) {
            BackendException failed = unread(reply);
            throw reply.isOutage() ? failed : BackendException.refused(what + " refused it (" + reply.status() + ")");
        }
    }

    static String encoded(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String beginning(String body) {
        return body.length() <= 300 ? body : body.substring(0, 300) + "…";
    }

    private static Reply reply(ClassicHttpResponse answer) throws IOException {
        if (answer.getEntity() == null) {
            return new Reply(answer.getCode(), "");
        }
        byte[] body = answer.getEntity().getContent().readNBytes(MOST_BYTES + 1);
        if (body.length > MOST_BYTES) {
            throw new IOException("the answer is longer than " + MOST_BYTES + " bytes");
        }
        return new Reply(answer.getCode(), new String(body, StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        timer.shutdownNow();
        client.close(CloseMode.IMMEDIATE);
    }
}
