package dev.agentsgateway.knowledge.source;

import dev.agentsgateway.http.outbound.ForbiddenAddressException;
import dev.agentsgateway.http.outbound.OutboundGuard;
import java.io.IOException;
import java.net.URI;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;

/** Fetches documents from URLs that users give, through the {@link OutboundGuard}. Thread-safe. */
public final class Fetcher implements AutoCloseable {
    private static final int MAX_REDIRECTS = 5;

    private final OutboundGuard guard;
    private final SourceHttp http;

    public Fetcher(OutboundGuard guard, SourceLimits limits) {
        this.guard = guard;
        this.http = new SourceHttp(limits, guard);
    }

    private sealed interface Step {
        record Found(FetchedFile file) implements Step {}

        record Elsewhere(URI uri) implements Step {}
    }

    /**
     * What stands at a URL, after at most {@value #MAX_REDIRECTS} redirects.
     *
     * @throws SourceException when it may not be fetched, cannot be reached, is too long or takes too long
     */
    public FetchedFile fetch(URI uri) {
        long deadline = http.deadline();
        URI at = uri;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            switch (step(at, deadline)) {
                case Step.Found(FetchedFile file) -> {
                    return file;
                }
                case Step.Elsewhere(URI next) -> at = next;
            }
        }
        throw SourceException.permanent("The URL leads to more than " + MAX_REDIRECTS + " redirects.");
    }

    @Override
    public void close() {
        http.close();
    }

    private Step step(URI uri, long deadline) {
        try {
            guard.check(uri);
        } catch (ForbiddenAddressException e) {
            throw SourceException.permanent(e.getMessage(), e);
        }
        // What stands behind # is not the server's to know.
        String url = uri.toString();
        int fragment = url.indexOf('#');
        HttpGet request = new HttpGet(fragment < 0 ? url : url.substring(0, fragment));
        return http.execute(request, deadline, answer -> read(uri, answer));
    }

    private Step read(URI uri, ClassicHttpResponse answer) throws IOException {
        int status = answer.getCode();
        Header location = answer.getFirstHeader("Location");
        if (status / 100 == 3 && status != 304 && location != null) {
            try {
                return new Step.Elsewhere(uri.resolve(location.getValue()));
            } catch (IllegalArgumentException e) {
                throw SourceException.permanent("The URL leads to a redirect that is no URL.", e);
            }
        }
        if (status / 100 != 2) {
            throw SourceHttp.failed(status);
        }
        return new Step.Found(http.save(answer, filename(uri)));
    }

    private static String filename(URI uri) {
        String path = uri.getPath() == null ? "" : uri.getPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        return name.isBlank() ? null : name;
    }
}
