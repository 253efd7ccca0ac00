package dev.agentsgateway.knowledge.source;

import dev.agentsgateway.http.outbound.ForbiddenAddressException;
import dev.agentsgateway.model.PlainHttp;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.io.HttpClientResponseHandler;
import org.apache.hc.core5.io.CloseMode;

/** An HTTP client for documents: no redirects, no cookies, no retries, limits of time and size. Thread-safe. */
final class SourceHttp implements AutoCloseable {
    private static final int CONNECTIONS = 20;
    private static final Duration CONNECT = Duration.ofSeconds(10);

    private final SourceLimits limits;
    private final CloseableHttpClient client;
    private final ScheduledThreadPoolExecutor timer;

    SourceHttp(SourceLimits limits, DnsResolver resolver) {
        this.limits = limits;
        this.client = PlainHttp.client(
                        CONNECT.compareTo(limits.time()) < 0 ? CONNECT : limits.time(),
                        limits.time(),
                        CONNECTIONS,
                        resolver)
                .build();
        this.timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("source-deadlines").factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    /** With the system's resolver, for addresses that the operator chose. */
    SourceHttp(SourceLimits limits) {
        this(limits, SystemDefaultDnsResolver.INSTANCE);
    }

    /** When an exchange that begins now must have ended, for {@link #execute}. */
    long deadline() {
        return System.nanoTime() + limits.time().toNanos();
    }

    /** @throws SourceException when there is no whole answer before the deadline */
    <T> T execute(HttpUriRequestBase request, long deadline, HttpClientResponseHandler<T> handler) {
        AtomicBoolean late = new AtomicBoolean();
        Future<?> alarm = timer.schedule(
                () -> {
                    late.set(true);
                    request.cancel();
                },
                deadline - System.nanoTime(),
                TimeUnit.NANOSECONDS);
        try {
            return client.execute(request, handler);
        } catch (ForbiddenAddressException e) {
            throw SourceException.permanent(e.getMessage(), e);
        } catch (SocketTimeoutException e) {
            throw tooSlow(e);
        } catch (IOException | IllegalStateException e) {
            if (late.get()) {
                throw tooSlow(e);
            }
            throw SourceException.passing(
                    e instanceof SSLException
                            ? "The server could not be reached securely."
                            : "The server could not be reached.",
                    e);
        } finally {
            alarm.cancel(false);
        }
    }

    /** Keeps the body of an answer; what is too long leaves no file behind. */
    FetchedFile save(ClassicHttpResponse answer, String filename) throws IOException {
        Header type = answer.getFirstHeader("Content-Type");
        if (answer.getEntity() != null && answer.getEntity().getContentLength() > limits.maxBytes()) {
            throw tooLong();
        }
        Path file = Files.createTempFile("document-", null);
        try {
            if (answer.getEntity() != null) {
                copy(answer.getEntity().getContent(), file);
            }
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
        return new FetchedFile(file, filename, type == null ? null : type.getValue());
    }

    /** The body is not closed here: that would read what is too long to its end. */
    private void copy(InputStream body, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] buffer = new byte[16 << 10];
            long total = 0;
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                total += read;
                if (total > limits.maxBytes()) {
                    throw tooLong();
                }
                out.write(buffer, 0, read);
            }
        }
    }

    /** What an unsuccessful status says. */
    static SourceException failed(int status) {
        String message = "The server answered with status " + status + ".";
        boolean passing = status == 408 || status == 425 || status == 429 || status >= 500;
        return passing ? SourceException.passing(message) : SourceException.permanent(message);
    }

    @Override
    public void close() {
        timer.shutdownNow();
        client.close(CloseMode.IMMEDIATE);
    }

    private SourceException tooLong() {
        return SourceException.permanent("The document is longer than " + limits.maxBytes() + " bytes.");
    }

    private static SourceException tooSlow(Exception cause) {
        return SourceException.passing("The server did not answer in time.", cause);
    }
}
