package dev.agentsgateway.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One declared route: everything that the server and its OpenAPI document know of it. A path is made of segments, each
 * literal or {@code {name}}; literal segments win over named ones.
 *
 * @param input   a record whose components are marked {@link Path}, {@link Query}, {@link Header} or {@link Body};
 *     {@link NoInput} for none
 * @param answers success statuses with the class of the body, {@code Void.class} for none
 * @param streams whether status 200 may also be {@code text/event-stream}
 * @param rawBody most bytes of a body of any content type, which the handler reads from {@link Call#content}; 0 when the
 *     route takes no such body
 * @param pages   whether its answers, and the errors that it declares, are HTML pages and not JSON
 * @param inMemory whether it is answered from the memory of the process, so that nothing can fail with 500
 * @param fails   error statuses with an example of their detail; 401, 403, 413, 422, 429, 500 and 503 are documented
 *     by themselves where they can happen
 */
public record Route<I>(
        String method,
        String path,
        Class<I> input,
        String tag,
        String summary,
        Access access,
        Map<Integer, Class<?>> answers,
        boolean streams,
        int rawBody,
        boolean pages,
        boolean inMemory,
        Map<Integer, String> fails,
        Handler<I> handler) {

    /** Between the details of one status in {@link #fails}. */
    static final String SEPARATOR = " · ";

    /** Handles one call on a virtual thread of its own; may block. */
    public interface Handler<I> {
        Answer handle(Call<I> call) throws Exception;
    }

    /** The input of a route that reads nothing. */
    public record NoInput() {}

    public static <I> Builder<I> get(String path, Class<I> input) {
        return new Builder<>("GET", path, input);
    }

    public static <I> Builder<I> post(String path, Class<I> input) {
        return new Builder<>("POST", path, input);
    }

    public static <I> Builder<I> put(String path, Class<I> input) {
        return new Builder<>("PUT", path, input);
    }

    public static <I> Builder<I> patch(String path, Class<I> input) {
        return new Builder<>("PATCH", path, input);
    }

    public static <I> Builder<I> delete(String path, Class<I> input) {
        return new Builder<>("DELETE", path, input);
    }

    /** Collects a declaration; {@link #handle} ends it. */
    public static final class Builder<I> {
        private final String method;
        private final String path;
        private final Class<I> input;
        private final Map<Integer, Class<?>> answers = new LinkedHashMap<>();
        private final Map<Integer, String> fails = new LinkedHashMap<>();
        private String tag;
        private String summary;
        private Access access;
        private boolean streams;
        private int rawBody;
        private boolean pages;
        private boolean inMemory;

        private Builder(String method, String path, Class<I> input) {
            this.method = method;
            this.path = path;
            this.input = input;
        }

        public Builder<I> tag(String value) {
            tag = value;
            return this;
        }

        public Builder<I> summary(String value) {
            summary = value;
            return this;
        }

        public Builder<I> open() {
            access = new Access.Public();
            return this;
        }

        public Builder<I> admin() {
            access = new Access.Admin();
            return this;
        }

        /** @param value {@code resource:action} */
        public Builder<I> scope(String value) {
            access = new Access.Key(value);
            return this;
        }

        public Builder<I> answers(int status, Class<?> body) {
            answers.put(status, body);
            return this;
        }

        public Builder<I> streams() {
            streams = true;
            return this;
        }

        /** The handler reads the body itself, as a stream: of up to so many bytes, 413 above. */
        public Builder<I> rawBody(int maxBytes) {
            rawBody = maxBytes;
            return this;
        }

        public Builder<I> pages() {
            pages = true;
            return this;
        }

        public Builder<I> inMemory() {
            inMemory = true;
            return this;
        }

        public Builder<I> fails(int status, String detail) {
            fails.merge(status, detail, (a, b) -> a + SEPARATOR + b);
            return this;
        }

        public Route<I> handle(Handler<I> handler) {
            return new Route<>(
                    method,
                    path,
                    input,
                    Objects.requireNonNull(tag, "tag"),
                    Objects.requireNonNull(summary, "summary"),
                    Objects.requireNonNull(access, "access"),
                    Map.copyOf(answers),
                    streams,
                    rawBody,
                    pages,
                    inMemory,
                    Map.copyOf(fails),
                    handler);
        }
    }

    /** A feature's routes. */
    public interface Source {
        List<Route<?>> routes();
    }

    /** All routes of several sources, in order. */
    public static List<Route<?>> of(Source... sources) {
        List<Route<?>> all = new ArrayList<>();
        for (Source source : sources) {
            all.addAll(source.routes());
        }
        return List.copyOf(all);
    }
}
