package dev.agentsgateway.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.AnswerDecoder.Failure;
import dev.agentsgateway.model.ModelException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.Configurable;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.routing.RoutingSupport;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.util.Timeout;

/**
 * One call: its tries, its deadline and its cancellation. {@link #open()} and {@link #release} belong to the pulling
 * thread; {@link #end} may be called from any.
 */
final class ModelExchange {
    private static final int MAX_ERROR_BYTES = 64 * 1024;
    private static final Duration DRAIN = Duration.ofMillis(200);

    private final ModelHttp http;
    private final ModelHttp.Call call;
    private final ErrorAnswers errors;
    private final Scrubber scrubber;

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile Kind endedBy;
    private volatile HttpPost current;
    private Future<?> deadline;
    private ClassicHttpResponse response;

    ModelExchange(ModelHttp http, ModelHttp.Call call, ErrorAnswers errors) {
        this.http = http;
        this.call = call;
        this.errors = errors;
        this.scrubber = new Scrubber(call.secret());
    }

    /** A successful head and the body behind it. */
    record Answer(boolean events, InputStream body) {}

    private record Failed(ModelException exception, boolean again, Duration retryAfter) {}

    private record Try(Answer answer, Failed failed) {}

    /** Connects, with retries as {@link ChatModel#stream} promises. */
    Answer open() {
        ModelHttp.Settings settings = http.settings();
        deadline = http.after(settings.totalTimeout(), () -> end(Kind.TIMEOUT));
        for (int attempt = 1; ; attempt++) {
            Try result = attempt();
            if (result.answer() != null) {
                return result.answer();
            }
            Failed failed = result.failed();
            Duration pause = failed.retryAfter() != null ? failed.retryAfter() : backoff(attempt);
            if (!failed.again() || attempt >= settings.maxTries() || pause.compareTo(settings.maxRetryAfter()) > 0) {
                throw failed.exception();
            }
            pause(pause);
        }
    }

    /** Ends the call from any thread: the connection is closed at once and a blocked read wakes up. */
    void end(Kind reason) {
        synchronized (this) {
            if (endedBy != null) {
                return;
            }
            endedBy = reason;
        }
        ended.countDown();
        HttpPost post = current;
        if (post != null) {
            post.abort();
        }
    }

    /** Why the call was ended from outside, null when it was not. */
    Kind endedBy() {
        return endedBy;
    }

    /** Gives the connection back to the pool when the answer was read to its end, else closes it. */
    void release(boolean finished) {
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (response == null) {
            return;
        }
        try {
            if (finished && endedBy == null) {
                drain();
            }
            response.close();
        } catch (IOException | IllegalStateException e) {
            // The answer was read or is not wanted any more: how its connection ends changes nothing.
        }
    }

    ModelException failure(Exception cause, boolean answering) {
        if (cause instanceof ModelException own) {
            return new ModelException(own.kind(), scrubber.scrub(own.detail()), own.retryAfter(), own.getCause());
        }
        String detail = scrubber.scrub(cause.toString());
        if (endedBy != null) {
            return new ModelException(endedBy, detail);
        }
        if (Thread.currentThread().isInterrupted()) {
            return new ModelException(Kind.CANCELLED, detail);
        }
        Kind kind = switch (cause) {
            case ConnectTimeoutException e -> Kind.CONNECTION;
            case SocketTimeoutException e -> Kind.TIMEOUT;
            case SseReader.EventTooLargeException e -> Kind.UPSTREAM;
            default -> answering ? Kind.STREAM_CUT : Kind.CONNECTION;
        };
        return new ModelException(kind, detail, cause);
    }

    private Try attempt() {
        HttpPost post = post();
        current = post;
        if (endedBy != null) {
            throw new ModelException(endedBy, null);
        }
        try {
            response = http.client().executeOpen(RoutingSupport.determineHost(post), post, null);
            if (response.getCode() >= 200 && response.getCode() < 300) {
                InputStream body = response.getEntity() == null
                        ? InputStream.nullInputStream()
                        : response.getEntity().getContent();
                return new Try(new Answer(events(), body), null);
            }
            return new Try(null, rejected());
        } catch (IOException | HttpException | IllegalStateException e) {
            discard();
            ModelException failure = failure(e, false);
            return new Try(null, new Failed(failure, failure.kind() == Kind.CONNECTION, null));
        }
    }

    private HttpPost post() {
        HttpPost post = new HttpPost(call.uri());
        call.headers().forEach(post::setHeader);
        post.setHeader("Accept", call.stream() ? "text/event-stream" : "application/json");
        post.setEntity(new ByteArrayEntity(call.body(), ContentType.APPLICATION_JSON));
        Duration head =
                call.stream() ? http.settings().idleTimeout() : http.settings().totalTimeout();
        RequestConfig defaults = http.client() instanceof Configurable c ? c.getConfig() : RequestConfig.DEFAULT;
        post.setConfig(RequestConfig.copy(defaults)
                .setResponseTimeout(Timeout.of(head))
                .build());
        return post;
    }

    /** By what was sent rather than by what was asked for: proxies answer a stream request with JSON and vice versa. */
    private boolean events() {
        Header type = response.getFirstHeader("Content-Type");
        if (type == null || type.getValue() == null) {
            return call.stream();
        }
        String value = type.getValue();
        return value.startsWith("text/event-stream") || call.stream() && !value.startsWith("application/json");
    }

    private Failed rejected() throws IOException {
        int status = response.getCode();
        byte[] bytes = response.getEntity() == null
                ? new byte[0]
                : response.getEntity().getContent().readNBytes(MAX_ERROR_BYTES);
        String text = new String(bytes, StandardCharsets.UTF_8);
        Failure failure = errors.failure(status, parse(text));
        Duration retryAfter =
                RetryAfter.of(header("retry-after-ms"), header("Retry-After"), System.currentTimeMillis());
        if (retryAfter == null) {
            retryAfter = failure.retryAfter();
        }
        discard();
        var exception =
                new ModelException(failure.kind(), scrubber.scrub("HTTP " + status + " " + text), retryAfter, null);
        boolean again = (status == 408 || status == 409 || status == 429 || status >= 500)
                && failure.kind().passing();
        return new Failed(exception, again, retryAfter);
    }

    private static JsonNode parse(String text) {
        try {
            JsonNode body = Json.read(text);
            return body.isArray() && !body.isEmpty() ? body.get(0) : body;
        } catch (IllegalArgumentException e) {
            return MissingNode.getInstance();
        }
    }

    private String header(String name) {
        Header header = response.getFirstHeader(name);
        return header == null ? null : header.getValue();
    }

    private Duration backoff(int attempt) {
        long ceiling = Math.min(http.settings().retryBase().toMillis() << (attempt - 1), 8_000);
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(ceiling + 1));
    }

    private void pause(Duration pause) {
        try {
            if (ended.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new ModelException(endedBy, null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelException(Kind.CANCELLED, null, e);
        }
    }

    private void discard() {
        if (response != null) {
            try {
                response.close();
            } catch (IOException | IllegalStateException e) {
                // A rejected answer's connection may end as it likes.
            }
            response = null;
        }
    }

    /** The end of the body normally stands behind the last event; a server that holds it back loses the connection. */
    private void drain() throws IOException {
        HttpPost post = current;
        Future<?> guard = http.after(DRAIN, post::abort);
        try {
            InputStream rest = response.getEntity().getContent();
            byte[] buffer = new byte[256];
            while (rest.read(buffer) >= 0) {
                // What stands behind the last event says nothing.
            }
        } finally {
            guard.cancel(false);
        }
    }
}
