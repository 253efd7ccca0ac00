package dev.agentsgateway.run;

import java.util.List;
import java.util.function.Function;

/**
 * A part of a list.
 *
 * @param next the cursor of what follows, null when nothing does
 */
record Page<T>(List<T> items, String next) {
    /** @param items one more than the limit when something follows */
    static <T> Page<T> of(List<T> items, int limit, Function<T, String> cursor) {
        if (items.size() <= limit) {
            return new Page<>(items, null);
        }
        List<T> page = items.subList(0, limit);
        return new Page<>(page, cursor.apply(page.getLast()));
    }

    <R> List<R> map(Function<T, R> view) {
        return items.stream().map(view).toList();
    }
}
