package dev.agentsgateway.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentsgateway.db.DatabaseUnavailableException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers when keys were used and writes it in batches: a key's first use within some seconds, later ones at most once a
 * minute, the rest at close. What could not be written because the database was away is written later. Thread-safe.
 */
final class LastUses implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LastUses.class);
    private static final Duration FLUSH = Duration.ofSeconds(3);
    private static final Duration PER_KEY = Duration.ofMinutes(1);
    private static final int MAX_KEYS = 10_000;

    private final ApiKeyStore store;
    private final Map<Integer, LocalDateTime> pending = new ConcurrentHashMap<>();
    private final Cache<Integer, Boolean> written = Caffeine.newBuilder()
            .maximumSize(MAX_KEYS)
            .expireAfterWrite(PER_KEY)
            .build();
    private final Ticker ticker;

    LastUses(ApiKeyStore store) {
        this.store = store;
        this.ticker = new Ticker("api-key-uses", FLUSH, this::flushDue);
    }

    void record(int keyId, LocalDateTime time) {
        // Only statistics: beyond the bound, uses of further keys wait until earlier ones are written.
        if (pending.size() < MAX_KEYS || pending.containsKey(keyId)) {
            pending.merge(keyId, time, LastUses::later);
        }
    }

    /** A use that is not written yet; null when there is none. */
    LocalDateTime pending(int keyId) {
        return pending.get(keyId);
    }

    private void flushDue() {
        Map<Integer, LocalDateTime> due = new ConcurrentHashMap<>(pending);
        due.keySet().removeIf(id -> written.getIfPresent(id) != null);
        flush(due);
    }

    private void flush(Map<Integer, LocalDateTime> uses) {
        if (uses.isEmpty()) {
            return;
        }
        try {
            store.recordUses(uses);
        } catch (DatabaseUnavailableException e) {
            LOG.debug("Uses of {} API keys could not be recorded yet", uses.size());
            return;
        }
        uses.forEach((id, time) -> {
            written.put(id, true);
            pending.remove(id, time);
        });
    }

    private static LocalDateTime later(LocalDateTime a, LocalDateTime b) {
        return a.isBefore(b) ? b : a;
    }

    @Override
    public void close() {
        ticker.close();
        flush(Map.copyOf(pending));
    }
}
