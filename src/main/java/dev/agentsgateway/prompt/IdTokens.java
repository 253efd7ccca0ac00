package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hc.core5.http.ContentType;

/**
 * Google ID tokens for one audience, by the JWT bearer grant (RFC 7523, section 2.1, with Google's
 * {@code target_audience}). One is used until a minute before it expires. Thread-safe.
 */
final class IdTokens {
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static final Duration MARGIN = Duration.ofMinutes(1);
    private static final Duration UNSAID_LIFETIME = Duration.ofMinutes(30);

    private final PromptHttp http;
    private final ServiceAccount account;
    private final String audience;
    private final InstantSource clock;
    private final ReentrantLock fetching = new ReentrantLock();
    private String token;
    private Instant usableUntil = Instant.MIN;

    IdTokens(PromptHttp http, ServiceAccount account, String audience, InstantSource clock) {
        this.http = http;
        this.account = account;
        this.audience = audience;
        this.clock = clock;
    }

    /** @throws BackendException when there is none to be had */
    String get() {
        fetching.lock();
        try {
            if (!clock.instant().isBefore(usableUntil)) {
                token = fetch();
                usableUntil = expiry(token).minus(MARGIN);
            }
            return token;
        } finally {
            fetching.unlock();
        }
    }

    /** The next one is fetched anew. */
    void drop() {
        fetching.lock();
        try {
            usableUntil = Instant.MIN;
        } finally {
            fetching.unlock();
        }
    }

    private String fetch() {
        String form = "grant_type=" + URLEncoder.encode(GRANT, StandardCharsets.UTF_8) + "&assertion="
                + account.assertion(audience, clock.instant().getEpochSecond());
        JsonNode answer = http.json(
                http.send("POST", account.tokenUri(), Map.of(), form, ContentType.APPLICATION_FORM_URLENCODED));
        String idToken = answer.path("id_token").asText("");
        if (idToken.isEmpty()) {
            throw BackendException.away("The token endpoint gave no ID token.");
        }
        return idToken;
    }

    private Instant expiry(String jwt) {
        try {
            String claims = new String(Base64.getUrlDecoder().decode(jwt.split("\\.", -1)[1]), StandardCharsets.UTF_8);
            JsonNode exp = Json.read(claims).path("exp");
            if (exp.canConvertToLong()) {
                return Instant.ofEpochSecond(exp.longValue());
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            // Not ours to judge: it is whoever takes it who reads it.
        }
        return clock.instant().plus(UNSAID_LIFETIME);
    }
}
