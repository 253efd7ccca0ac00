package dev.agentsgateway.auth;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests per hour and key, counted across all replicas in full hours of UTC. Thread-safe.
 *
 * <p>A replica takes permits from the database in blocks, an eighth of what is left at a time, down to single ones: an
 * hour of a thousand requests costs about fifty statements, and replicas together never allow more than the limit. A
 * replica that gets no more requests of a key gives its rest back after {@link #IDLE}, so that the others can use it.
 * (bucket4j's PostgreSQL buckets would do the same with a transaction of several statements per request.)
 *
 * <p>While the database is away, each replica goes on by its own count, up to the limit, and books it afterwards: an
 * outage does not lock clients out.
 */
public final class RateLimits implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimits.class);
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final Duration SWEEP = Duration.ofSeconds(5);

    /**
     * @param remaining as far as this process knows; other replicas may have used some of it
     * @param reset     seconds until the hour is over, at least 1
     */
    record Decision(boolean allowed, long limit, long remaining, long reset) {
        /** The fields of draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4. */
        Map<String, String> headers() {
            Map<String, String> headers = new LinkedHashMap<>();
            headers.put("RateLimit-Policy", "\"hour\";q=" + limit + ";w=3600");
            headers.put("RateLimit", "\"hour\";r=" + remaining + ";t=" + reset);
            if (!allowed) {
                headers.put("Retry-After", String.valueOf(reset));
            }
            return headers;
        }
    }

    private final RateLimitStore store;
    private final InstantSource clock;
    /** Of the limited keys that were used lately; swept, and never more than there are keys. */
    private final Map<Integer, Allowance> allowances = new ConcurrentHashMap<>();

    private final Ticker ticker;

    public RateLimits(Database database, InstantSource clock) {
        this.store = new RateLimitStore(database);
        this.clock = clock;
        this.ticker =
                new Ticker("rate-limits", SWEEP, () -> giveBack(clock.instant().minus(IDLE)));
    }

    /**
     * Takes a permit.
     *
     * @param limit requests per hour, more than 0
     */
    Decision take(int keyId, long limit) {
        while (true) {
            Allowance allowance = allowances.computeIfAbsent(keyId, id -> new Allowance(id, store));
            Decision decision = allowance.take(limit, clock.instant());
            if (decision != null) {
                return decision;
            }
            allowances.remove(keyId, allowance);
        }
    }

    private void giveBack(Instant idleSince) {
        try {
            allowances.forEach((keyId, allowance) -> {
                if (allowance.retire(idleSince)) {
                    allowances.remove(keyId, allowance);
                }
            });
        } catch (DatabaseUnavailableException e) {
            LOG.debug("Unused permits could not be given back", e);
        }
    }

    /** Gives all unused permits back. */
    @Override
    public void close() {
        ticker.close();
        giveBack(Instant.MAX);
    }
}
