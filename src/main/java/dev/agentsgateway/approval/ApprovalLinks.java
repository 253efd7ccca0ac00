package dev.agentsgateway.approval;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.run.Requirement;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Links to the page that decides one approval. Whoever has one may decide, until the approval expires: its token is the
 * requirement's id and expiry with their HMAC-SHA256, in URL-safe Base64. Thread-safe.
 */
public final class ApprovalLinks {
    static final String PATH = "/approvals/";

    private static final String ALGORITHM = "HmacSHA256";
    private static final String KEY_NAME = "approval-links";
    private static final byte VERSION = 1;
    private static final int SIGNED_BYTES = 1 + 16 + 8;
    /** A multiple of three, so that every token has exactly one spelling. */
    private static final int BYTES = SIGNED_BYTES + 32;

    private final SecretKeySpec key;
    private final Supplier<String> publicUrl;

    /** @param publicUrl where people reach this gateway, without a slash at its end; asked for with every link */
    public ApprovalLinks(byte[] key, Supplier<String> publicUrl) {
        this.key = new SecretKeySpec(key, ALGORITHM);
        this.publicUrl = publicUrl;
    }

    /** With the secret, else with a random one that all replicas share. */
    public static ApprovalLinks open(Database database, String secret, Supplier<String> publicUrl) {
        if (secret != null) {
            return new ApprovalLinks(secret.getBytes(StandardCharsets.UTF_8), publicUrl);
        }
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        byte[] shared = database.with(handle -> new OwnKeyStore().findOrKeep(handle, KEY_NAME, random, Instant.now()));
        return new ApprovalLinks(shared, publicUrl);
    }

    /** What a token opens. */
    public record Opened(UUID requirement, Instant expiresAt) {}

    public String url(Requirement requirement) {
        return publicUrl.get() + PATH + token(requirement.id(), requirement.expiresAt());
    }

    String token(UUID requirement, Instant expiresAt) {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES)
                .put(VERSION)
                .putLong(requirement.getMostSignificantBits())
                .putLong(requirement.getLeastSignificantBits())
                .putLong(expiresAt.toEpochMilli());
        bytes.put(signature(bytes.array()));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** Empty for what was not signed here; the caller looks at the expiry. */
    Optional<Opened> open(String token) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (bytes.length != BYTES
                || bytes[0] != VERSION
                || !MessageDigest.isEqual(signature(bytes), Arrays.copyOfRange(bytes, SIGNED_BYTES, BYTES))) {
            return Optional.empty();
        }
        ByteBuffer read = ByteBuffer.wrap(bytes, 1, SIGNED_BYTES - 1);
        return Optional.of(new Opened(new UUID(read.getLong(), read.getLong()), Instant.ofEpochMilli(read.getLong())));
    }

    /** Of the first bytes, in a domain of its own: the secret may serve other purposes one day. */
    private byte[] signature(byte[] token) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(KEY_NAME.getBytes(StandardCharsets.UTF_8));
            mac.update(token, 0, SIGNED_BYTES);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
