package dev.agentsgateway.bench;

import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Usage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** The same answer for everyone, at fixed times. Everything that is sent is made once. Thread-safe. */
final class BenchReplies {
    private static final String TOKEN = " token";

    private final BenchTiming timing;
    private final Map<String, Ready> ready = new HashMap<>();

    /**
     * @param full  a write of {@code tokensPerWrite} tokens
     * @param last  the write of the remaining tokens, null when there are none
     */
    private record Ready(byte[] head, byte[] full, byte[] last, byte[] tail, byte[] whole) {}

    BenchReplies(BenchTiming timing) {
        this.timing = timing;
        for (String path : new String[] {"/v1/chat/completions", "/v1/messages", "/v1beta/models/m:"}) {
            ready.put(path, prepare(path));
        }
    }

    void handle(LoopbackConnection connection, LoopbackConnection.Request request) throws IOException {
        boolean gemini = request.path().startsWith("/v1beta/models/");
        Ready answer = ready.get(gemini ? "/v1beta/models/m:" : request.path());
        if (answer == null) {
            connection.respond(404, "application/json", Map.of(), new byte[0]);
        } else if (gemini ? request.path().endsWith("alt=sse") : wantsStream(request.body())) {
            stream(connection, answer);
        } else {
            long writes = (timing.tokens() - 1) / timing.tokensPerWrite();
            sleepUntil(System.nanoTime()
                    + timing.firstToken()
                            .plus(timing.interval().multipliedBy(writes))
                            .toNanos());
            connection.respond(200, "application/json", Map.of(), answer.whole());
        }
    }

    private void stream(LoopbackConnection connection, Ready answer) throws IOException {
        long next = System.nanoTime() + timing.firstToken().toNanos();
        connection.startChunks(200, "text/event-stream; charset=utf-8", Map.of());
        if (answer.head().length > 0) {
            connection.writeRaw(answer.head());
        }
        int fullWrites = timing.tokens() / timing.tokensPerWrite();
        for (int i = 0; i < fullWrites; i++, next += timing.interval().toNanos()) {
            sleepUntil(next);
            connection.writeRaw(answer.full());
        }
        if (answer.last() != null) {
            sleepUntil(next);
            connection.writeRaw(answer.last());
        }
        connection.writeRaw(answer.tail());
        connection.endChunks();
    }

    static void sleepUntil(long time) {
        for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** Cheaper than parsing: the gateway's own adapters write this member without spaces, others with one. */
    private static boolean wantsStream(byte[] body) {
        String text = new String(body, StandardCharsets.ISO_8859_1);
        return text.contains("\"stream\":true") || text.contains("\"stream\": true");
    }

    private Ready prepare(String path) {
        var request = Json.object().put("model", "bench");
        request.putObject("stream_options").put("include_usage", true);
        VendorFormat format = VendorFormat.of(path, request, 1);
        Usage usage = new Usage(100, timing.tokens(), 0, 0, 0, false);
        Reply reply = Reply.text(TOKEN.repeat(timing.tokens())).usage(usage);
        byte[] head = frame(format.head(usage) + opening(format));
        String token = format.text(TOKEN);
        int rest = timing.tokens() % timing.tokensPerWrite();
        return new Ready(
                head,
                frame(token.repeat(timing.tokensPerWrite())),
                rest == 0 ? null : frame(token.repeat(rest)),
                frame(format.tail(reply)),
                VendorFormat.of(path, request, 1).whole(reply).getBytes(StandardCharsets.UTF_8));
    }

    /** Anthropic opens a text block once: taken off the first delta, so that all deltas are alike. */
    private static String opening(VendorFormat format) {
        String first = format.text(TOKEN);
        String second = format.text(TOKEN);
        return first.substring(0, first.length() - second.length());
    }

    private static byte[] frame(String text) {
        return text.isEmpty() ? new byte[0] : LoopbackConnection.framed(text);
    }
}
