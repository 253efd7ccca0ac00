package dev.agentsgateway.approval.notify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.PlainHttp;
import dev.agentsgateway.model.RetryAfter;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;

/**
 * Sends notifications: no redirects, no cookies, no retries of its own, and a time limit for the whole exchange.
 * Addresses come from the operator's configuration, so private ones are fine. Nothing is logged here, because addresses
 * are credentials. Thread-safe.
 */
final class NotificationHttp implements AutoCloseable {
    /** Longer answers say nothing that is needed. */
    private static final int ANSWER_BYTES = 8 << 10;

    private final Duration timeout;
    private final CloseableHttpClient client;
    private final ScheduledThreadPoolExecutor timer;

    NotificationHttp(Duration timeout, int connections) {
        this.timeout = timeout;
        this.client = PlainHttp.client(timeout, timeout, connections, SystemDefaultDnsResolver.INSTANCE)
                .disableContentCompression()
                .build();
        this.timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("notification-deadlines").factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    /** What came of a try. */
    sealed interface Result {
        record Sent() implements Result {}

        /**
         * @param error      a word for people; nothing of what was sent or answered
         * @param hopeless   whether the same message will never be taken
         * @param retryAfter how long the receiver wants to be left alone, null when it does not say
         */
        record Failed(String error, boolean hopeless, Duration retryAfter) implements Result {}
    }

    Result send(Channel.Post post) {
        HttpPost request = new HttpPost(post.uri());
        post.headers().forEach(request::setHeader);
        request.setHeader("Accept", "application/json");
        request.setEntity(new ByteArrayEntity(post.body(), ContentType.APPLICATION_JSON));
        AtomicBoolean late = new AtomicBoolean();
        Future<?> deadline = timer.schedule(
                () -> {
                    late.set(true);
                    request.cancel();
                },
                timeout.toMillis(),
                TimeUnit.MILLISECONDS);
        try {
            return client.execute(request, NotificationHttp::result);
        } catch (SocketTimeoutException e) {
            return failed("timeout");
        } catch (SSLException e) {
            return failed(late.get() ? "timeout" : "tls");
        } catch (IOException | RuntimeException e) {
            return failed(late.get() ? "timeout" : "unreachable");
        } finally {
            deadline.cancel(false);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        client.close(CloseMode.IMMEDIATE);
    }

    private static Result failed(String error) {
        return new Result.Failed(error, false, null);
    }

    /**
     * 400, 413 and 422 refuse the message and 410 says that nobody is there any more (Standard Webhooks). Other failures
     * pass, or are the operator's to mend while the call still waits.
     */
    private static Result result(ClassicHttpResponse answer) throws IOException {
        int status = answer.getCode();
        byte[] body = answer.getEntity() == null
                ? new byte[0]
                : answer.getEntity().getContent().readNBytes(ANSWER_BYTES);
        if (status / 100 == 2) {
            return new Result.Sent();
        }
        boolean hopeless = status == 400 || status == 410 || status == 413 || status == 422;
        return new Result.Failed("status_" + status, hopeless, retryAfter(answer, body));
    }

    /** {@code Retry-After}, else {@code parameters.retry_after} in seconds, as Telegram says it. */
    private static Duration retryAfter(ClassicHttpResponse answer, byte[] body) {
        Header header = answer.getFirstHeader("Retry-After");
        if (header != null) {
            return RetryAfter.of(null, header.getValue(), System.currentTimeMillis());
        }
        try {
            JsonNode seconds = Json.read(new String(body, StandardCharsets.UTF_8))
                    .path("parameters")
                    .path("retry_after");
            return seconds.canConvertToInt() && seconds.intValue() >= 0 ? Duration.ofSeconds(seconds.intValue()) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
