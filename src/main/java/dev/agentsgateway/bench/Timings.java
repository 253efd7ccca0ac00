package dev.agentsgateway.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.ConcurrentHistogram;

/** Latencies of one load, three digits exact, with its errors. Thread-safe. */
final class Timings {
    private static final long LONGEST_NANOS = 120_000_000_000L;
    private static final double[] SHOWN = {50, 75, 90, 95, 99, 99.9, 100};

    private final ConcurrentHistogram histogram = new ConcurrentHistogram(1_000, LONGEST_NANOS, 3);
    private final AtomicLong errors = new AtomicLong();
    private final AtomicReference<String> firstError = new AtomicReference<>();
    private volatile double seconds;

    void record(long nanos) {
        histogram.recordValue(Math.clamp(nanos, 0, LONGEST_NANOS));
    }

    void error(String what) {
        errors.incrementAndGet();
        firstError.compareAndSet(null, what);
    }

    void took(long nanos) {
        seconds = nanos / 1e9;
    }

    long count() {
        return histogram.getTotalCount();
    }

    long errors() {
        return errors.get();
    }

    /** Null when there was none. */
    String firstError() {
        return firstError.get();
    }

    double perSecond() {
        return count() / seconds;
    }

    double millis(double percentile) {
        return count() == 0 ? Double.NaN : histogram.getValueAtPercentile(percentile) / 1e6;
    }

    ObjectNode json() {
        ObjectNode json =
                Json.object().put("count", count()).put("errors", errors()).put("seconds", seconds);
        if (firstError() != null) {
            json.put("first_error", firstError());
        }
        ObjectNode millis = json.putObject("ms");
        if (count() == 0) {
            return json;
        }
        millis.put("mean", histogram.getMean() / 1e6);
        for (double percentile : SHOWN) {
            millis.put(
                    "p" + (percentile == (int) percentile ? "" + (int) percentile : "" + percentile),
                    millis(percentile));
        }
        return json;
    }
}
