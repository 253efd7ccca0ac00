package dev.agentsgateway.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.entity.UrlEncodedFormEntity;
import org.apache.hc.core5.http.NameValuePair;
import org.apache.hc.core5.http.message.BasicNameValuePair;

/**
 * Access tokens by the client credentials grant (RFC 6749, section 4.4; the client authenticates as in 2.3.1). One token
 * is kept until shortly before it expires; however many calls need a new one, it is fetched once. Thread-safe.
 */
final class ClientCredentials {
    private static final int MAX_ANSWER = 1 << 16;
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    /** RFC 6749 only recommends {@code expires_in}; a token without it is tried until it is refused. */
    private static final Duration UNTOLD = Duration.ofHours(1);

    private final McpHttp http;
    private final URI tokenUrl;
    private final McpServerSettings.Oauth settings;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Token token;

    private record Token(String value, long goodUntil) {
        boolean good() {
            return System.nanoTime() - goodUntil < 0;
        }
    }

    ClientCredentials(McpHttp http, McpServerSettings.Oauth settings) {
        this.http = http;
        this.tokenUrl = Urls.web(settings.tokenUrl(), "the token URL");
        this.settings = settings;
    }

    String token() {
        return token(null);
    }

    /** @param refused a token that the server does not accept, though it may not have expired; null for none */
    String token(String refused) {
        Token known = token;
        if (usable(known, refused)) {
            return known.value();
        }
        lock.lock();
        try {
            // Another call may have fetched one while this one waited.
            if (!usable(token, refused)) {
                token = fetch();
            }
            return token.value();
        } finally {
            lock.unlock();
        }
    }

    private static boolean usable(Token token, String refused) {
        return token != null && token.good() && !token.value().equals(refused);
    }

    private Token fetch() {
        HttpPost request = new HttpPost(tokenUrl);
        List<NameValuePair> form = new ArrayList<>();
        form.add(new BasicNameValuePair("grant_type", "client_credentials"));
        if (settings.scope() != null && !settings.scope().isBlank()) {
            form.add(new BasicNameValuePair("scope", settings.scope()));
        }
        request.setEntity(new UrlEncodedFormEntity(form, StandardCharsets.UTF_8));
        request.setHeader("Accept", "application/json");
        request.setHeader("Authorization", "Basic " + basic());
        Future<?> deadline = http.after(TIMEOUT, request::abort);
        try {
            return http.client().execute(request, response -> {
                byte[] body = response.getEntity() == null
                        ? new byte[0]
                        : response.getEntity().getContent().readNBytes(MAX_ANSWER);
                return token(response.getCode(), body);
            });
        } catch (IOException e) {
            throw new McpException(McpException.Kind.NOT_SENT, "its authorization server cannot be reached", e);
        } finally {
            deadline.cancel(false);
        }
    }

    private static Token token(int status, byte[] body) throws IOException {
        if (status != 200) {
            throw new McpException(
                    McpException.Kind.NOT_SENT, "its authorization server gives no token (status " + status + ")");
        }
        JsonNode answer = Wire.MAPPER.readTree(body);
        if (!answer.path("access_token").isTextual()) {
            throw new McpException(McpException.Kind.NOT_SENT, "its authorization server gives no token");
        }
        long seconds = Math.clamp(answer.path("expires_in").asLong(UNTOLD.toSeconds()), 1, 86_400);
        long early = Math.min(60, seconds / 10 + 1);
        return new Token(
                answer.get("access_token").textValue(),
                System.nanoTime()
                        + Duration.ofSeconds(Math.max(seconds - early, 1)).toNanos());
    }

    private String basic() {
        String pair = encoded(settings.clientId()) + ":" + encoded(settings.clientSecret());
        return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
