package dev.agentsgateway.auth;

import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.db.Database;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The API keys. Thread-safe. Keys are kept as the SHA-256 of their text; the text itself is seen once, by whoever makes
 * the key.
 *
 * <p>Look-ups go through a cache (at most a minute old) from which a change takes the key on all replicas, within a
 * second. When a key was last used is written in batches, at most once a minute, so that a busy key is not a busy row;
 * {@link #get} and {@link #list} show what this process has not written yet. A use is no change: it leaves
 * {@code updated_at} alone, unlike in the reference.
 *
 * <p>Everything that needs the database throws {@link dev.agentsgateway.db.DatabaseUnavailableException} when it is away.
 */
public final class ApiKeys implements AutoCloseable {
    private static final String PREFIX = "agw_";
    private static final int RANDOM_BYTES = 32;

    /** A new key with its text, which nobody can get again. */
    public record Created(ApiKey key, String secret) {
        @Override
        public String toString() {
            return "Created[" + key + "]";
        }
    }

    private final ApiKeyStore store;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final CredentialCache cache;
    private final LastUses lastUses;

    /** @param clock what expiry is checked against, and where times come from */
    public ApiKeys(Database database, InstantSource clock) {
        this.store = new ApiKeyStore(database);
        this.clock = clock;
        this.cache = new CredentialCache(
                hash -> Optional.ofNullable(store.findActive(hash)).map(Credential::of));
        this.lastUses = new LastUses(store);
        database.listen(ApiKeyStore.CHANNEL, cache::forget);
    }

    /** Checks a key and records its use. Empty when it is unknown, inactive or expired. */
    Optional<Credential> authenticate(String secret) {
        LocalDateTime now = now();
        Optional<Credential> found = cache.find(hash(secret))
                .filter(key -> key.expiresAt() == null || !key.expiresAt().isBefore(now));
        found.ifPresent(key -> lastUses.record(key.caller().keyId(), now));
        return found;
    }

    /**
     * Makes a key.
     *
     * @param ownerId   null for none
     * @param scopes    null or empty for everything
     * @param rateLimit requests per hour, 0 for no limit
     * @param expiresInDays from now on; null or 0 for never
     */
    public Created create(String name, String ownerId, List<String> scopes, int rateLimit, Integer expiresInDays) {
        return create(name, ownerId, scopes, rateLimit, expiresInDays, null, null);
    }

    /**
     * Makes a key that may be bound.
     *
     * @param tenantId the only tenant for which it may act; null for all
     * @param userIds  the only users for whom it may act; null or empty for all
     */
    public Created create(
            String name,
            String ownerId,
            List<String> scopes,
            int rateLimit,
            Integer expiresInDays,
            String tenantId,
            List<String> userIds) {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        String secret = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        String stored = scopes == null || scopes.isEmpty() ? null : Json.write(scopes);
        LocalDateTime now = now();
        LocalDateTime expiresAt = expiresInDays == null ? null : expiry(now, expiresInDays);
        ApiKey key =
                new ApiKey(0, name, ownerId, stored, rateLimit, expiresAt, null, now, now, true, tenantId, userIds);
        return new Created(store.insert(hash(secret), key), secret);
    }

    /**
     * Newest first.
     *
     * @param ownerId null for those of all owners
     */
    public List<ApiKey> list(String ownerId, boolean includeInactive) {
        return store.list(ownerId, includeInactive).stream()
                .map(this::withPendingUse)
                .toList();
    }

    public Optional<ApiKey> get(int id) {
        return store.get(id).map(this::withPendingUse);
    }

    /** The key after the change; empty when there is no such key. A change that changes nothing writes nothing. */
    public Optional<ApiKey> change(int id, ApiKeyChange change) {
        LocalDateTime now = now();
        return store.update(id, now, key -> change.applyTo(key, now)).map(this::forget);
    }

    /** False when there is no such key; true also when it was inactive already. */
    public boolean deactivate(int id) {
        return store.update(id, now(), key -> key.withActive(false))
                .map(this::forget)
                .isPresent();
    }

    /** Removes the row. False when there is no such key. */
    public boolean remove(int id) {
        Optional<String> hash = store.delete(id);
        hash.ifPresent(cache::forget);
        return hash.isPresent();
    }

    /** Writes the uses that are not written yet. */
    @Override
    public void close() {
        lastUses.close();
    }

    static LocalDateTime expiry(LocalDateTime now, int days) {
        return days == 0 ? null : now.plusDays(days);
    }

    /** Here at once, without waiting for the notification. */
    private ApiKey forget(ApiKeyStore.Hashed changed) {
        cache.forget(changed.hash());
        return withPendingUse(changed.key());
    }

    private ApiKey withPendingUse(ApiKey key) {
        return key.withUse(lastUses.pending(key.id()));
    }

    private LocalDateTime now() {
        return Timestamps.now(clock);
    }

    private static String hash(String secret) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
