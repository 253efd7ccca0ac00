package dev.agentsgateway.approval;

import java.time.Instant;
import java.time.ZoneOffset;
import org.jdbi.v3.core.Handle;

/** The SQL of keys that the gateway makes for itself. */
public final class OwnKeyStore {
    /** The key of this name; {@code made} from now on when there is none. All replicas get the same. */
    public byte[] findOrKeep(Handle handle, String name, byte[] made, Instant now) {
        handle.createUpdate("""
                        INSERT INTO ai.own_keys (name, key, created_at) VALUES (:name, :key, :now)
                        ON CONFLICT (name) DO NOTHING
                        """)
                .bind("name", name)
                .bind("key", made)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .execute();
        return handle.createQuery("SELECT key FROM ai.own_keys WHERE name = :name")
                .bind("name", name)
                .mapTo(byte[].class)
                .one();
    }
}
