package dev.agentsgateway.knowledge.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.entity.UrlEncodedFormEntity;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.message.BasicNameValuePair;

/**
 * Access tokens for Google's storage: of the service account whose key file {@code GOOGLE_APPLICATION_CREDENTIALS} names,
 * else of the machine, from the metadata server ({@code GCE_METADATA_HOST}, else {@code metadata.google.internal}). A
 * token is kept until a minute before it expires. Thread-safe.
 */
final class GoogleCredentials {
    private static final String SCOPE = "https://www.googleapis.com/auth/devstorage.read_only";
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static final String METADATA_PATH = "/computeMetadata/v1/instance/service-accounts/default/token";
    private static final Duration MARGIN = Duration.ofMinutes(1);
    private static final int LONGEST_ANSWER = 64 << 10;

    private final SourceHttp http;
    private final String keyFile;
    private final String metadataHost;
    private Token kept;

    private record Token(String value, long until) {}

    GoogleCredentials(SourceHttp http, Map<String, String> variables) {
        this.http = http;
        this.keyFile = blankToNull(variables.get("GOOGLE_APPLICATION_CREDENTIALS"));
        String host = blankToNull(variables.get("GCE_METADATA_HOST"));
        this.metadataHost = host == null ? "metadata.google.internal" : host;
    }

    boolean hasKeyFile() {
        return keyFile != null;
    }

    /** @throws SourceException when there is none to be had */
    synchronized String accessToken(long deadline) {
        if (kept == null || kept.until() - System.nanoTime() <= 0) {
            kept = keyFile == null ? ofTheMachine(deadline) : ofTheKeyFile(deadline);
        }
        return kept.value();
    }

    /** The storage did not like a token. */
    synchronized void forget(String token) {
        if (kept != null && kept.value().equals(token)) {
            kept = null;
        }
    }

    private Token ofTheMachine(long deadline) {
        HttpGet request = new HttpGet(URI.create("http://" + metadataHost + METADATA_PATH));
        request.setHeader("Metadata-Flavor", "Google");
        try {
            return ask(request, deadline);
        } catch (SourceException e) {
            throw SourceException.permanent(
                    "There are no credentials for Google Cloud Storage: GOOGLE_APPLICATION_CREDENTIALS is not set.", e);
        }
    }

    private Token ofTheKeyFile(long deadline) {
        ServiceAccount account = account();
        HttpPost request = new HttpPost(account.tokenUri());
        request.setEntity(new UrlEncodedFormEntity(
                List.of(
                        new BasicNameValuePair("grant_type", GRANT),
                        new BasicNameValuePair("assertion", account.assertion(SCOPE))),
                StandardCharsets.UTF_8));
        return ask(request, deadline);
    }

    /** Read each time, so that a new key needs no restart. */
    private ServiceAccount account() {
        try {
            return ServiceAccount.parse(Files.readString(Path.of(keyFile)));
        } catch (IOException | InvalidPathException e) {
            throw SourceException.permanent("The file of GOOGLE_APPLICATION_CREDENTIALS cannot be read.", e);
        } catch (IllegalArgumentException e) {
            throw SourceException.permanent(
                    "The file of GOOGLE_APPLICATION_CREDENTIALS is no key of a service account.", e);
        }
    }

    private Token ask(HttpUriRequestBase request, long deadline) {
        return http.execute(request, deadline, GoogleCredentials::read);
    }

    private static Token read(ClassicHttpResponse answer) throws IOException {
        int status = answer.getCode();
        if (status / 100 != 2) {
            String message = "Google gave no access token (status " + status + ").";
            throw status == 429 || status >= 500
                    ? SourceException.passing(message)
                    : SourceException.permanent(message);
        }
        byte[] body = answer.getEntity().getContent().readNBytes(LONGEST_ANSWER);
        try {
            JsonNode token = Json.read(new String(body, StandardCharsets.UTF_8));
            Duration life =
                    Duration.ofSeconds(token.path("expires_in").asLong()).minus(MARGIN);
            if (token.path("access_token").isTextual()) {
                return new Token(token.get("access_token").textValue(), System.nanoTime() + life.toNanos());
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw SourceException.passing("Google gave no access token.");
    }

    private static String blankToNull(String text) {
        return text == null || text.isBlank() ? null : text.strip();
    }
}
