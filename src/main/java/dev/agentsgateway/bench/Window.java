package dev.agentsgateway.bench;

/** Delays that are recorded only while somebody looks: not while streams still open or a heap is collected. Thread-safe. */
final class Window {
    private final Timings timings = new Timings();
    private volatile boolean open;

    void open() {
        open = true;
    }

    void close() {
        open = false;
    }

    void record(long nanos) {
        if (open) {
            timings.record(nanos);
        }
    }

    Timings timings() {
        return timings;
    }
}
