package dev.agentsgateway.auth;

import dev.agentsgateway.http.Access;
import dev.agentsgateway.http.Caller;
import dev.agentsgateway.http.Guard;
import dev.agentsgateway.http.HttpException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.function.Function;

/**
 * Admits holders of API keys ({@code X-API-Key}) and of the admin secret ({@code X-Admin-Secret}). Thread-safe. Nothing of
 * either is logged.
 *
 * <p>A key is checked first for being valid (401), then against its rate limit (429), then for its scopes (403): refused
 * requests of a valid key count, and every answer to a limited key carries its {@code RateLimit} fields. A database that
 * is away is never a 401.
 */
public final class ApiKeyGuard implements Guard {
    private static final Admission OPEN = new Admission(Caller.ANONYMOUS, Map.of());

    private final ApiKeys keys;
    private final RateLimits rateLimits;
    private final boolean disabled;
    private final String adminSecret;

    /**
     * @param disabled    lets everybody in everywhere
     * @param adminSecret null or empty when there is none, which closes the admin routes
     */
    public ApiKeyGuard(ApiKeys keys, RateLimits rateLimits, boolean disabled, String adminSecret) {
        this.keys = keys;
        this.rateLimits = rateLimits;
        this.disabled = disabled;
        this.adminSecret = adminSecret == null ? "" : adminSecret;
    }

    @Override
    public Admission admit(Access access, Function<String, String> header) {
        if (disabled) {
            return OPEN;
        }
        return switch (access) {
            case Access.Public() -> OPEN;
            case Access.Admin() -> admitAdmin(header.apply("X-Admin-Secret"));
            case Access.Key(String scope) -> admitKey(header.apply("X-API-Key"), scope);
        };
    }

    private Admission admitAdmin(String secret) {
        if (adminSecret.isEmpty()) {
            throw new HttpException(503, "Admin authentication not configured. Set ADMIN_SECRET environment variable.");
        }
        if (secret == null || secret.isEmpty()) {
            throw unauthorized("AdminSecret", "Missing admin secret. Include X-Admin-Secret header.");
        }
        // Bytes, not characters: in constant time, and a header outside ASCII is just wrong.
        if (!MessageDigest.isEqual(bytes(secret), bytes(adminSecret))) {
            throw unauthorized("AdminSecret", "Invalid admin secret");
        }
        return OPEN;
    }

    private Admission admitKey(String secret, String scope) {
        if (secret == null || secret.isEmpty()) {
            throw unauthorized("ApiKey", "Missing API key. Include X-API-Key header.");
        }
        Credential credential =
                keys.authenticate(secret).orElseThrow(() -> unauthorized("ApiKey", "Invalid or expired API key"));
        Map<String, String> headers = credential.limit() == 0 ? Map.of() : takePermit(credential);
        if (!Scopes.satisfy(credential.caller().scopes(), scope)) {
            throw new HttpException(403, "Missing required scopes: " + scope, headers);
        }
        return new Admission(credential.caller(), headers);
    }

    private Map<String, String> takePermit(Credential credential) {
        RateLimits.Decision decision = rateLimits.take(credential.caller().keyId(), credential.limit());
        if (!decision.allowed()) {
            String detail = "Rate limit exceeded. Try again in " + decision.reset() + " seconds.";
            throw new HttpException(429, detail, decision.headers());
        }
        return decision.headers();
    }

    private static HttpException unauthorized(String scheme, String detail) {
        return new HttpException(401, detail, Map.of("WWW-Authenticate", scheme));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
