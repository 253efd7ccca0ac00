package dev.agentsgateway.observability;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The meters of one name by their labels: looked up without building tags, and bounded, because every combination of
 * labels lives for ever. Thread-safe.
 *
 * @param <K> the labels, a record
 * @param <M> the kind of meter
 */
final class BoundedMeters<K, M> {
    private final ConcurrentHashMap<K, M> meters = new ConcurrentHashMap<>();
    private final int limit;
    private final UnaryOperator<K> overflow;
    private final Function<K, M> register;

    /**
     * @param overflow the labels to use instead when there are {@code limit} meters; must lead to few values
     * @param register makes the meter
     */
    BoundedMeters(int limit, UnaryOperator<K> overflow, Function<K, M> register) {
        this.limit = limit;
        this.overflow = overflow;
        this.register = register;
    }

    M get(K labels) {
        M meter = meters.get(labels);
        if (meter != null) {
            return meter;
        }
        K admitted = meters.size() < limit ? labels : overflow.apply(labels);
        return meters.computeIfAbsent(admitted, register);
    }

    /** The first values of a label that are seen, and {@code other} for all after the limit. Thread-safe. */
    static final class Label {
        static final String OTHER = "other";

        private final Set<String> seen = ConcurrentHashMap.newKeySet();
        private final int limit;

        Label(int limit) {
            this.limit = limit;
        }

        String of(String value) {
            if (value == null) {
                return OTHER;
            }
            if (seen.contains(value)) {
                return value;
            }
            if (seen.size() >= limit || value.length() > 128) {
                return OTHER;
            }
            seen.add(value);
            return value;
        }
    }
}
