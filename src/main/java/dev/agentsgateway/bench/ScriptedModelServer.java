package dev.agentsgateway.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.agentsgateway.bench.LoopbackConnection.ClientGoneException;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * A model on loopback that speaks OpenAI Chat Completions, Anthropic Messages and Gemini generateContent on one port,
 * streamed or not, without a model. Thread-safe.
 *
 * <p>{@link #start()} gives the scripted one, for tests: replies are taken from a queue in the order of the requests;
 * an empty queue asks {@link #otherwise}. Requests that the real vendor would refuse get that vendor's 400 instead of a
 * reply (which stays in the queue). Every request is recorded, the last 10,000 are kept.
 *
 * <pre>{@code
 * try (var server = ScriptedModelServer.start()) {
 *     server.reply(Reply.text("Hel", "lo"));
 *     // OPENAI_BASE_URL = server.openAiBaseUrl()
 *     RecordedRequest request = server.takeRequest(Duration.ofSeconds(1));
 * }
 * }</pre>
 *
 * <p>{@link #bench} gives the one with fixed timing for load tests: no recording, no checks, one write of ready-made
 * bytes per token, thousands of streams at once.
 */
public final class ScriptedModelServer implements AutoCloseable {
    private static final int MAX_RECORDED = 10_000;
    private static final Duration LONGEST_STALL = Duration.ofMinutes(1);

    private final LoopbackHttp http;
    private final ConcurrentLinkedQueue<Reply> script = new ConcurrentLinkedQueue<>();
    private final LinkedBlockingQueue<RecordedRequest> untaken = new LinkedBlockingQueue<>(MAX_RECORDED);
    private final ConcurrentLinkedQueue<RecordedRequest> recorded = new ConcurrentLinkedQueue<>();
    private final AtomicInteger number = new AtomicInteger();
    private volatile Function<RecordedRequest, Reply> otherwise =
            request -> Reply.text("Hello ", "from ", "the ", "scripted ", "model.");
    private volatile String apiKey;

    private ScriptedModelServer(int port, LoopbackHttp.Handler handler) {
        this.http = new LoopbackHttp(port, handler == null ? this::handle : handler);
    }

    /** A scripted server on a free port. */
    public static ScriptedModelServer start() {
        return new ScriptedModelServer(0, null);
    }

    /** A server with fixed timing; port 0 takes a free one. */
    public static ScriptedModelServer bench(int port, BenchTiming timing) {
        return new ScriptedModelServer(port, new BenchReplies(timing)::handle);
    }

    public int port() {
        return http.port();
    }

    /** For {@code OPENAI_BASE_URL}. */
    public String openAiBaseUrl() {
        return url() + "/v1";
    }

    /** For {@code ANTHROPIC_BASE_URL}. */
    public String anthropicBaseUrl() {
        return url();
    }

    /** For {@code GOOGLE_GEMINI_BASE_URL}. */
    public String geminiBaseUrl() {
        return url();
    }

    /** Appends to the script. */
    public ScriptedModelServer reply(Reply... replies) {
        script.addAll(List.of(replies));
        return this;
    }

    /** What is answered when the script is empty; for tests with parallel requests, where an order means nothing. */
    public ScriptedModelServer otherwise(Function<RecordedRequest, Reply> answer) {
        otherwise = answer;
        return this;
    }

    /** From now on only requests with this key, in the header of their vendor, are answered. */
    public ScriptedModelServer expectKey(String key) {
        apiKey = key;
        return this;
    }

    /** Every recorded request, oldest first. */
    public List<RecordedRequest> requests() {
        return new ArrayList<>(recorded);
    }

    /** The oldest request that was not taken yet; an {@link AssertionError} when none comes in time. */
    public RecordedRequest takeRequest(Duration timeout) {
        try {
            RecordedRequest request = untaken.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
            if (request == null) {
                throw new AssertionError("no request within " + timeout);
            }
            return request;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Scripted replies that nobody asked for yet. */
    public int remainingReplies() {
        return script.size();
    }

    /** TCP connections that clients opened so far. */
    public int connections() {
        return http.accepted();
    }

    /** Stops at once; open connections are cut. */
    @Override
    public void close() {
        http.close();
    }

    private String url() {
        return "http://127.0.0.1:" + http.port();
    }

    private void handle(LoopbackConnection connection, LoopbackConnection.Request request) throws IOException {
        JsonNode body = parse(request.body());
        VendorFormat format = VendorFormat.of(request.path(), body, number.incrementAndGet());
        RecordedRequest record = record(request, body);
        boolean closedEarly = false;
        try {
            if (format == null) {
                json(connection, 404, Map.of(), "{\"error\":{\"message\":\"no such path\"}}");
            } else if (!hasKey(request.headers())) {
                json(connection, 401, Map.of(), format.error(401, null, "Incorrect API key provided."));
            } else {
                answer(connection, format, request, record);
            }
        } catch (ClientGoneException e) {
            closedEarly = true;
            throw e;
        } finally {
            record.end(closedEarly);
        }
    }

    private void answer(
            LoopbackConnection connection,
            VendorFormat format,
            LoopbackConnection.Request request,
            RecordedRequest record)
            throws IOException {
        String complaint = format.complaint(record.body(), request.headers());
        if (complaint != null) {
            json(connection, 400, Map.of(), format.error(400, null, complaint));
            return;
        }
        Reply scripted = script.poll();
        Reply reply = scripted != null ? scripted : otherwise.apply(record);
        if (reply.status() != 200) {
            String message = ((Reply.Step.ErrorMessage) reply.steps().getFirst()).message();
            json(connection, reply.status(), reply.headers(), format.error(reply.status(), reply.error(), message));
        } else if (format.wantsStream(request.path(), record.body()) && !reply.asJson()) {
            stream(connection, format, reply);
        } else {
            whole(connection, format, reply);
        }
    }

    private static void stream(LoopbackConnection connection, VendorFormat format, Reply reply) throws IOException {
        connection.startChunks(200, "text/event-stream; charset=utf-8", reply.headers());
        String head = format.head(reply.usage());
        if (!head.isEmpty()) {
            connection.chunk(head);
        }
        for (Reply.Step step : reply.steps()) {
            switch (step) {
                case Reply.Step.Text text -> connection.chunk(format.text(text.text()));
                case Reply.Step.Reasoning reasoning -> connection.chunk(format.reasoning(reasoning));
                case Reply.Step.ToolCall call -> connection.chunk(format.toolCall(call));
                case Reply.Step.Raw raw -> connection.chunk(raw.text());
                case Reply.Step.StreamError error -> connection.chunk(format.streamError(error));
                case Reply.Step.EndBody end -> {
                    connection.endChunks();
                    return;
                }
                case Reply.Step.Pause pause -> connection.idle(pause.time());
                case Reply.Step.Stall stall -> stall(connection);
                case Reply.Step.Cut cut -> throw new IOException("cut");
                case Reply.Step.ErrorMessage message -> throw new IllegalArgumentException("an error in a 200");
            }
        }
        connection.chunk(format.tail(reply));
        connection.endChunks();
    }

    private static void whole(LoopbackConnection connection, VendorFormat format, Reply reply) throws IOException {
        boolean cut = false;
        for (Reply.Step step : reply.steps()) {
            switch (step) {
                case Reply.Step.Pause pause -> connection.idle(pause.time());
                case Reply.Step.Stall stall -> stall(connection);
                case Reply.Step.Cut c -> cut = true;
                default -> {}
            }
        }
        byte[] body = format.whole(reply).getBytes(StandardCharsets.UTF_8);
        if (cut) {
            connection.startChunks(200, "application/json", Map.of());
            connection.chunk(new String(body, 0, body.length / 2, StandardCharsets.ISO_8859_1));
            throw new IOException("cut");
        }
        connection.respond(200, "application/json", reply.headers(), body);
    }

    private static void stall(LoopbackConnection connection) throws IOException {
        connection.idle(LONGEST_STALL);
        throw new IOException("stalled for too long");
    }

    private static void json(LoopbackConnection connection, int status, Map<String, String> headers, String body)
            throws IOException {
        connection.respond(status, "application/json", headers, body.getBytes(StandardCharsets.UTF_8));
    }

    private boolean hasKey(Map<String, String> headers) {
        String key = apiKey;
        return key == null
                || ("Bearer " + key).equals(headers.get("authorization"))
                || key.equals(headers.get("x-api-key"))
                || key.equals(headers.get("x-goog-api-key"));
    }

    private RecordedRequest record(LoopbackConnection.Request request, JsonNode body) {
        var record = new RecordedRequest(request.path(), Map.copyOf(request.headers()), body);
        recorded.add(record);
        if (recorded.size() > MAX_RECORDED) {
            recorded.poll();
        }
        while (!untaken.offer(record)) {
            untaken.poll();
        }
        return record;
    }

    private static JsonNode parse(byte[] body) {
        try {
            return Json.read(new String(body, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return MissingNode.getInstance();
        }
    }
}
