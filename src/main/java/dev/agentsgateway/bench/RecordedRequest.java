package dev.agentsgateway.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A request that {@link ScriptedModelServer} was sent, and how its answer ended. Thread-safe. */
public final class RecordedRequest {
    private final String path;
    private final Map<String, String> headers;
    private final JsonNode body;
    private final Instant at = Instant.now();
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

    RecordedRequest(String path, Map<String, String> headers, JsonNode body) {
        this.path = path;
        this.headers = headers;
        this.body = body;
    }

    /**
     * @param closedEarly whether the client closed the connection before the answer was complete
     * @param at          when the answer ended or the client was found gone
     */
    public record Outcome(boolean closedEarly, Instant at) {}

    /** With its query. */
    public String path() {
        return path;
    }

    /** @return null when it was not sent; the name's case does not matter */
    public String header(String name) {
        return headers.get(name.toLowerCase(Locale.ROOT));
    }

    public JsonNode body() {
        return body;
    }

    public Instant at() {
        return at;
    }

    /** Waits for the end of the answer. */
    public Outcome outcome(Duration timeout) {
        try {
            return outcome.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("the answer did not end within " + timeout, e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    public boolean isAnswered() {
        return outcome.isDone();
    }

    void end(boolean closedEarly) {
        outcome.complete(new Outcome(closedEarly, Instant.now()));
    }
}
