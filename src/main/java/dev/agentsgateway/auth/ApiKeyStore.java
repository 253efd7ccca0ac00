package dev.agentsgateway.auth;

import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.db.Database;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;

/**
 * The table {@code api_keys}. Never relies on defaults or triggers. Every change notifies {@link #CHANNEL} with the key's
 * hash in the same transaction. Thread-safe.
 */
final class ApiKeyStore {
    static final String CHANNEL = "agents_gateway_api_keys";

    private static final String COLUMNS = """
            id, name, owner_id, scopes as stored_scopes, rate_limit, expires_at, last_used_at, created_at, updated_at,
            is_active, tenant_id, user_ids""";

    /** A key and the hash by which it is known. */
    record Hashed(String hash, ApiKey key) {}

    private final Database database;

    ApiKeyStore(Database database) {
        this.database = database;
    }

    /** Null when there is no active key with this hash. */
    ApiKey findActive(String hash) {
        return database.with(handle -> handle.createQuery("select " + COLUMNS + """

                         from public.api_keys where key_hash = :hash and is_active""")
                .bind("hash", hash)
                .mapTo(ApiKey.class)
                .findOne()
                .orElse(null));
    }

    ApiKey insert(String hash, ApiKey key) {
        return database.transact(handle -> {
            Database.notify(handle, CHANNEL, hash);
            return handle.createQuery("""
                            insert into public.api_keys
                                (key_hash, name, owner_id, scopes, rate_limit, expires_at, created_at, updated_at, is_active,
                                 tenant_id, user_ids)
                            values
                                (:hash, :name, :ownerId, :storedScopes, :rateLimit, :expiresAt, :createdAt, :updatedAt,
                                 :isActive, :tenantId, :users)
                            returning\s""" + COLUMNS)
                    .bind("hash", hash)
                    .bindMethods(key)
                    .bind("users", users(key))
                    .mapTo(ApiKey.class)
                    .one();
        });
    }

    /** Newest first. */
    List<ApiKey> list(String ownerId, boolean includeInactive) {
        return database.with(handle -> handle.createQuery("select " + COLUMNS + """

                         from public.api_keys
                        where (:owner::varchar is null or owner_id = :owner) and (:all or is_active)
                        order by created_at desc, id desc""")
                .bind("owner", ownerId)
                .bind("all", includeInactive)
                .mapTo(ApiKey.class)
                .list());
    }

    Optional<ApiKey> get(int id) {
        return database.with(handle -> handle.createQuery("select " + COLUMNS + " from public.api_keys where id = :id")
                .bind("id", id)
                .mapTo(ApiKey.class)
                .findOne());
    }

    /** Changes a key; a change that changes nothing writes nothing. Empty when there is no such key. */
    Optional<Hashed> update(int id, LocalDateTime now, UnaryOperator<ApiKey> change) {
        return database.transact(handle -> {
            Optional<ApiKey> found = handle.createQuery(
                            "select " + COLUMNS + " from public.api_keys where id = :id for update")
                    .bind("id", id)
                    .mapTo(ApiKey.class)
                    .findOne();
            if (found.isEmpty()) {
                return Optional.empty();
            }
            ApiKey changed = change.apply(found.get());
            String hash = hash(handle, id);
            if (changed.equals(found.get())) {
                return Optional.of(new Hashed(hash, changed));
            }
            Database.notify(handle, CHANNEL, hash);
            return Optional.of(new Hashed(hash, write(handle, changed, now)));
        });
    }

    /** Removes a key and what it has used. Its hash, or empty when there is no such key. */
    Optional<String> delete(int id) {
        return database.transact(handle -> {
            Optional<String> hash = handle.createQuery("delete from public.api_keys where id = :id returning key_hash")
                    .bind("id", id)
                    .mapTo(String.class)
                    .findOne();
            hash.ifPresent(known -> {
                handle.execute("delete from ai.rate_limits where key_id = ?", id);
                Database.notify(handle, CHANNEL, known);
            });
            return hash;
        });
    }

    /** Records uses, without moving {@code updated_at}: see the trigger in V4. */
    void recordUses(Map<Integer, LocalDateTime> uses) {
        List<Integer> ids = new ArrayList<>();
        List<String> times = new ArrayList<>();
        new TreeMap<>(uses).forEach((id, time) -> {
            ids.add(id);
            times.add(Timestamps.format(time));
        });
        // Rows are locked in the order of their ids, so that replicas cannot deadlock.
        database.with(handle -> handle.createUpdate("""
                        with used as (
                            select k.id, u.used_at
                            from public.api_keys k
                            join unnest(:ids::integer[], :times::timestamp[]) as u(id, used_at) on u.id = k.id
                            where k.last_used_at is null or k.last_used_at < u.used_at
                            order by k.id
                            for no key update of k)
                        update public.api_keys k set last_used_at = used.used_at from used where k.id = used.id""")
                .bindArray("ids", Integer.class, ids)
                .bindArray("times", String.class, times)
                .execute());
    }

    private static String hash(Handle handle, int id) {
        return handle.createQuery("select key_hash from public.api_keys where id = :id")
                .bind("id", id)
                .mapTo(String.class)
                .one();
    }

    private static String[] users(ApiKey key) {
        return key.userIds().isEmpty() ? null : key.userIds().toArray(String[]::new);
    }

    private static ApiKey write(Handle handle, ApiKey key, LocalDateTime now) {
        return handle.createQuery("""
                        update public.api_keys
                        set name = :name, owner_id = :ownerId, scopes = :storedScopes, rate_limit = :rateLimit,
                            expires_at = :expiresAt, is_active = :isActive, updated_at = :now, tenant_id = :tenantId,
                            user_ids = :users
                        where id = :id
                        returning\s""" + COLUMNS)
                .bindMethods(key)
                .bind("users", users(key))
                .bind("now", now)
                .mapTo(ApiKey.class)
                .one();
    }
}
