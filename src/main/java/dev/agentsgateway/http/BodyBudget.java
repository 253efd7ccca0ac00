package dev.agentsgateway.http;

import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Bytes of long request bodies that may be held at once, over all connections. Thread-safe. */
final class BodyBudget {
    private final AtomicLong held = new AtomicLong();
    private final long limit;

    BodyBudget(long limit) {
        this.limit = limit;
    }

    /** @throws HttpException 503, and nothing is taken, when too much is held already */
    void take(long bytes) {
        if (held.addAndGet(bytes) > limit) {
            held.addAndGet(-bytes);
            throw new HttpException(503, "Too many large requests at once. Try again.", Map.of("retry-after", "1"));
        }
    }

    void giveBack(long bytes) {
        held.addAndGet(-bytes);
    }

    long held() {
        return held.get();
    }
}
