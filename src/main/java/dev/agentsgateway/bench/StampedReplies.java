package dev.agentsgateway.bench;

import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Usage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * OpenAI streams whose tokens are the clock's reading when they were written: {@link System#nanoTime()} in 19 digits, a
 * blank before. Thread-safe.
 */
final class StampedReplies {
    static final int DIGITS = 19;
    private static final String PLACE = "0".repeat(DIGITS);

    private final BenchTiming timing;
    private final byte[] head;
    private final byte[] token;
    private final int stampAt;
    private final byte[] tail;

    StampedReplies(BenchTiming timing) {
        this.timing = timing;
        var request = Json.object().put("model", "bench");
        request.putObject("stream_options").put("include_usage", true);
        VendorFormat format = VendorFormat.of("/v1/chat/completions", request, 1);
        Usage usage = new Usage(100, timing.tokens(), 0, 0, 0, false);
        head = LoopbackConnection.framed(format.head(usage));
        String frame = new String(LoopbackConnection.framed(format.text(" " + PLACE)), StandardCharsets.ISO_8859_1);
        token = frame.getBytes(StandardCharsets.ISO_8859_1);
        stampAt = frame.indexOf(PLACE);
        tail = LoopbackConnection.framed(format.tail(Reply.text("").usage(usage)));
    }

    void handle(LoopbackConnection connection, LoopbackConnection.Request request) throws IOException {
        long next = System.nanoTime() + timing.firstToken().toNanos();
        connection.startChunks(200, "text/event-stream; charset=utf-8", Map.of());
        connection.writeRaw(head);
        for (int i = 0; i < timing.tokens(); i++, next += timing.interval().toNanos()) {
            BenchReplies.sleepUntil(next);
            byte[] frame = token.clone();
            long rest = System.nanoTime();
            for (int at = stampAt + DIGITS - 1; rest > 0; at--, rest /= 10) {
                frame[at] = (byte) ('0' + rest % 10);
            }
            connection.writeRaw(frame);
        }
        connection.writeRaw(tail);
        connection.endChunks();
    }
}
