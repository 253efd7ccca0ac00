package dev.agentsgateway.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentsgateway.db.DatabaseUnavailableException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Remembers which hashes belong to keys and which do not. Thread-safe.
 *
 * <p>Known keys live for at most a minute, in case a notification is lost or a row is changed by hand. Unknown hashes are
 * kept apart, for seconds, so that neither a client with a wrong key loads the database nor does guessing push known keys
 * out. Guesses that differ each cost one indexed look-up; {@value #MAX_LOOKUPS} look-ups at a time are the most that they
 * can cost, so that they never take the connections that others need.
 *
 * <p>While the database is away, known keys keep working for the rest of their minute; for others it is
 * {@link DatabaseUnavailableException}, which is never remembered.
 */
final class CredentialCache {
    private static final int MAX_LOOKUPS = 2;
    /** Ten users weigh as much as a key, so that keys for a thousand users each do not fill the memory. */
    private static final int WEIGHT_OF_A_KEY = 10;

    private static final Duration LOOKUP_WAIT = Duration.ofSeconds(5);

    private final Cache<String, Credential> known = Caffeine.newBuilder()
            .maximumWeight(10_000L * WEIGHT_OF_A_KEY)
            .weigher((String hash, Credential key) ->
                    WEIGHT_OF_A_KEY + key.caller().reach().userIds().size())
            .expireAfterWrite(Duration.ofMinutes(1))
            .build();
    private final Cache<String, Boolean> unknown = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(Duration.ofSeconds(10))
            .build();
    private final Map<String, CompletableFuture<Optional<Credential>>> lookups = new ConcurrentHashMap<>();
    private final Semaphore permits = new Semaphore(MAX_LOOKUPS);
    private final ReentrantLock remembering = new ReentrantLock();
    private long changes;
    private final Function<String, Optional<Credential>> database;

    /** @param database looks a hash up */
    CredentialCache(Function<String, Optional<Credential>> database) {
        this.database = database;
    }

    /** What is known of a hash, null when nothing is. */
    private Optional<Credential> cached(String hash) {
        Credential credential = known.getIfPresent(hash);
        if (credential != null) {
            return Optional.of(credential);
        }
        return unknown.getIfPresent(hash) == null ? null : Optional.empty();
    }

    Optional<Credential> find(String hash) {
        Optional<Credential> cached = cached(hash);
        if (cached != null) {
            return cached;
        }
        CompletableFuture<Optional<Credential>> mine = new CompletableFuture<>();
        CompletableFuture<Optional<Credential>> running = lookups.putIfAbsent(hash, mine);
        if (running != null) {
            return join(running);
        }
        try {
            mine.complete(lookUp(hash));
        } catch (RuntimeException | Error e) {
            mine.completeExceptionally(e);
        } finally {
            lookups.remove(hash, mine);
        }
        return join(mine);
    }

    /** Forgets a hash; null forgets everything. */
    void forget(String hash) {
        remembering.lock();
        try {
            changes++;
            if (hash == null) {
                lookups.clear();
                known.invalidateAll();
                unknown.invalidateAll();
            } else {
                lookups.remove(hash);
                known.invalidate(hash);
                unknown.invalidate(hash);
            }
        } finally {
            remembering.unlock();
        }
    }

    private long changes() {
        remembering.lock();
        try {
            return changes;
        } finally {
            remembering.unlock();
        }
    }

    /** Keeps what was read, unless a change was announced since {@code before}: the row that was read may be the old one. */
    private void remember(String hash, Optional<Credential> found, long before) {
        remembering.lock();
        try {
            if (changes == before) {
                found.ifPresentOrElse(credential -> known.put(hash, credential), () -> unknown.put(hash, true));
            }
        } finally {
            remembering.unlock();
        }
    }

    private Optional<Credential> lookUp(String hash) {
        acquire();
        try {
            // Somebody else's look-up may have ended between this one's look into the cache and its turn.
            Optional<Credential> meanwhile = cached(hash);
            if (meanwhile != null) {
                return meanwhile;
            }
            long before = changes();
            Optional<Credential> found = database.apply(hash);
            remember(hash, found, before);
            return found;
        } finally {
            permits.release();
        }
    }

    private void acquire() {
        try {
            if (!permits.tryAcquire(LOOKUP_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new DatabaseUnavailableException(new TimeoutException("too many look-ups of API keys"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DatabaseUnavailableException(e);
        }
    }

    private static Optional<Credential> join(CompletableFuture<Optional<Credential>> lookup) {
        try {
            return lookup.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof DatabaseUnavailableException) {
                throw new DatabaseUnavailableException(e.getCause());
            }
            throw new IllegalStateException("an API key could not be looked up", e.getCause());
        }
    }
}
