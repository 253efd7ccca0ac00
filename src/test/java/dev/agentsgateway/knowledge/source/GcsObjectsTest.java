package dev.agentsgateway.knowledge.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is Google's token endpoint, the metadata server and the storage at once. */
class GcsObjectsTest {
    private static final String EMAIL = "reader@project.example";
    private static KeyPair keys;

    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final List<String> problems = Collections.synchronizedList(new ArrayList<>());
    private final List<String> accepted = Collections.synchronizedList(new ArrayList<>());
    private int tokens;
    private HttpServer server;

    @TempDir
    private Path directory;

    @BeforeAll
    static void makeKeys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        keys = generator.generateKeyPair();
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/token", this::token);
        server.createContext("/computeMetadata/", this::metadata);
        server.createContext("/storage/", this::storage);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        assertThat(problems).isEmpty();
    }

    @Test
    void theServiceAccountsTokenIsAskedForOnce() throws IOException {
        try (GcsObjects objects = objects(Map.of("GOOGLE_APPLICATION_CREDENTIALS", keyFile()))) {
            try (FetchedFile file = objects.download("gs://my-bucket/reports/Q1 ü+%2F.txt")) {
                assertThat(Files.readString(file.file())).isEqualTo("stored");
                assertThat(file.filename()).isEqualTo("Q1 ü+%2F.txt");
                assertThat(file.contentType()).isEqualTo("text/plain");
            }
            objects.download("my-bucket/b.txt").close();
        }
        assertThat(asked)
                .containsExactly(
                        "/token",
                        "/storage/v1/b/my-bucket/o/reports%2FQ1%20%C3%BC%2B%252F.txt?alt=media",
                        "/storage/v1/b/my-bucket/o/b.txt?alt=media");
    }

    @Test
    void aTokenThatIsNoLongerTakenIsReplacedOnce() throws IOException {
        try (GcsObjects objects = objects(Map.of("GOOGLE_APPLICATION_CREDENTIALS", keyFile()))) {
            objects.download("b/one").close();
            accepted.clear();
            objects.download("b/two").close();
        }
        assertThat(asked.stream().filter("/token"::equals)).hasSize(2);
    }

    @Test
    void withoutAKeyFileTheMachinesTokenIsUsed() throws IOException {
        // A real base URL, and an emulator of the metadata server.
        String host = "127.0.0.1:" + server.getAddress().getPort();
        try (SourceHttp http = new SourceHttp(SourceLimits.DEFAULT)) {
            var credentials = new GoogleCredentials(http, Map.of("GCE_METADATA_HOST", host));
            assertThat(credentials.accessToken(http.deadline())).isEqualTo("token-1");
            assertThat(credentials.accessToken(http.deadline())).isEqualTo("token-1");
        }
        assertThat(asked).containsExactly("/computeMetadata/v1/instance/service-accounts/default/token");
    }

    @Test
    void anEmulatorIsAskedWithoutCredentials() throws IOException {
        accepted.add(null);
        try (GcsObjects objects = objects(Map.of());
                FetchedFile file = objects.download("b/a.txt")) {
            assertThat(Files.readString(file.file())).isEqualTo("stored");
        }
    }

    @Test
    void whatIsMissingIsSaid() throws IOException {
        accepted.add(null);
        assertThat(failure(Map.of(), "gs://b/missing")).hasMessage("Google Cloud Storage has no such object.");
        assertThat(failure(Map.of(), "gs://b/secret")).hasMessage("Google Cloud Storage refuses access to the object.");
        assertThat(failure(Map.of(), "gs://b/busy").permanent()).isFalse();
        for (String path : List.of("gs://b", "b", "gs:///x", "b/")) {
            assertThat(failure(Map.of(), path)).hasMessage("The path of the object must be gs://bucket/object.");
        }
        Path other = Files.writeString(directory.resolve("other.json"), "{\"type\":\"authorized_user\"}");
        assertThat(failure(Map.of("GOOGLE_APPLICATION_CREDENTIALS", other.toString()), "b/a"))
                .hasMessageContaining("is no key of a service account");
        assertThat(failure(Map.of("GOOGLE_APPLICATION_CREDENTIALS", directory + "/none"), "b/a"))
                .hasMessageContaining("cannot be read");
        try (SourceHttp http = new SourceHttp(SourceLimits.DEFAULT)) {
            var none = new GoogleCredentials(http, Map.of("GCE_METADATA_HOST", "127.0.0.1:1"));
            assertThat(catchThrowableOfType(SourceException.class, () -> none.accessToken(http.deadline())))
                    .hasMessageStartingWith("There are no credentials for Google Cloud Storage");
        }
    }

    private SourceException failure(Map<String, String> variables, String path) {
        try (GcsObjects objects = objects(variables)) {
            return catchThrowableOfType(SourceException.class, () -> objects.download(path));
        }
    }

    private GcsObjects objects(Map<String, String> variables) {
        Map<String, String> all = new HashMap<>(variables);
        all.put("STORAGE_EMULATOR_HOST", "127.0.0.1:" + server.getAddress().getPort());
        return new GcsObjects(all, SourceLimits.DEFAULT);
    }

    private String keyFile() throws IOException {
        String pem = "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(keys.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
        String json = Json.write(Map.of(
                "type",
                "service_account",
                "client_email",
                EMAIL,
                "private_key_id",
                "key-7",
                "private_key",
                pem,
                "token_uri",
                tokenUri()));
        return Files.writeString(directory.resolve("key.json"), json).toString();
    }

    private String tokenUri() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/token";
    }

    private void token(HttpExchange exchange) throws IOException {
        asked.add(exchange.getRequestURI().toString());
        Map<String, String> form = new HashMap<>();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        for (String pair : body.split("&")) {
            String[] both = pair.split("=", 2);
            form.put(both[0], URLDecoder.decode(both[1], StandardCharsets.UTF_8));
        }
        expect("urn:ietf:params:oauth:grant-type:jwt-bearer", form.get("grant_type"));
        check(form.get("assertion").split("\\."));
        answerToken(exchange);
    }

    private void check(String[] assertion) {
        JsonNode header = decoded(assertion[0]);
        JsonNode claims = decoded(assertion[1]);
        expect("RS256", header.path("alg").asText());
        expect("key-7", header.path("kid").asText());
        expect(EMAIL, claims.path("iss").asText());
        expect(tokenUri(), claims.path("aud").asText());
        expect(
                "https://www.googleapis.com/auth/devstorage.read_only",
                claims.path("scope").asText());
        long now = Instant.now().getEpochSecond();
        expect(true, Math.abs(claims.path("iat").asLong() - now) < 60);
        expect(3600L, claims.path("exp").asLong() - claims.path("iat").asLong());
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(keys.getPublic());
            signature.update((assertion[0] + "." + assertion[1]).getBytes(StandardCharsets.US_ASCII));
            expect(true, signature.verify(Base64.getUrlDecoder().decode(assertion[2])));
        } catch (GeneralSecurityException e) {
            problems.add(e.toString());
        }
    }

    private void metadata(HttpExchange exchange) throws IOException {
        asked.add(exchange.getRequestURI().toString());
        expect("Google", exchange.getRequestHeaders().getFirst("Metadata-Flavor"));
        answerToken(exchange);
    }

    private void answerToken(HttpExchange exchange) throws IOException {
        String token = "token-" + ++tokens;
        accepted.add("Bearer " + token);
        answer(exchange, 200, "application/json", "{\"access_token\":\"" + token + "\",\"expires_in\":3599}");
    }

    private void storage(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().toString();
        asked.add(path);
        if (!accepted.contains(exchange.getRequestHeaders().getFirst("Authorization"))) {
            answer(exchange, 401, "application/json", "{}");
        } else if (path.contains("/missing")) {
            answer(exchange, 404, "application/json", "{}");
        } else if (path.contains("/secret")) {
            answer(exchange, 403, "application/json", "{}");
        } else if (path.contains("/busy")) {
            answer(exchange, 503, "application/json", "{}");
        } else {
            answer(exchange, 200, "text/plain", "stored");
        }
    }

    private static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static JsonNode decoded(String part) {
        return Json.read(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8));
    }

    private void expect(Object expected, Object actual) {
        if (!expected.equals(actual)) {
            problems.add("expected " + expected + " but was " + actual);
        }
    }
}
