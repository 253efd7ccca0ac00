package dev.agentsgateway.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ID tokens for the prompt service: what is signed, how long one is used, what happens to one that is refused. */
class ServiceTokensTest {
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

    @TempDir
    private Path directory;

    private final KeyPair keys = keys();
    private final FakePromptService service = new FakePromptService();
    private final AtomicInteger issued = new AtomicInteger();
    private final FakeServer tokens = new FakeServer(this::issue);
    private PromptBackend backend;

    @AfterEach
    void stop() {
        if (backend != null) {
            backend.close();
        }
        tokens.close();
        service.close();
    }

    private static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Accepts only an assertion as Google asks for it. */
    private FakeServer.Reply issue(FakeServer.Request request) {
        try {
            Map<String, String> form = new HashMap<>();
            for (String pair : request.text().split("&")) {
                String[] both = pair.split("=", 2);
                form.put(both[0], URLDecoder.decode(both[1], StandardCharsets.UTF_8));
            }
            assertThat(form.get("grant_type")).isEqualTo("urn:ietf:params:oauth:grant-type:jwt-bearer");
            String[] parts = form.get("assertion").split("\\.");
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(keys.getPublic());
            signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
            assertThat(signature.verify(Base64.getUrlDecoder().decode(parts[2])))
                    .isTrue();
            assertThat(decoded(parts[0]).toString()).isEqualTo("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}");
            JsonNode claims = decoded(parts[1]);
            assertThat(claims.get("iss").asText()).isEqualTo("gateway@example.org");
            assertThat(claims.get("aud").asText()).isEqualTo(tokens.url() + "/token");
            assertThat(claims.get("target_audience").asText()).isEqualTo(service.base());
            assertThat(claims.get("exp").asLong() - claims.get("iat").asLong()).isEqualTo(3600);
        } catch (Exception | AssertionError e) {
            return FakeServer.Reply.of(400, Json.object().put("error", String.valueOf(e)));
        }
        String claims = Json.object().put("exp", NOW.getEpochSecond() + 3600).toString();
        String token =
                "h." + Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(StandardCharsets.UTF_8))
                        + ".s" + issued.incrementAndGet();
        service.token = token;
        return FakeServer.Reply.of(200, Json.object().put("id_token", token));
    }

    private static JsonNode decoded(String part) {
        return Json.read(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8));
    }

    private PromptConfig config() throws Exception {
        Path file = directory.resolve("service-account.json");
        String pem = "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(keys.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
        Files.writeString(
                file,
                Json.object()
                        .put("client_email", "gateway@example.org")
                        .put("private_key_id", "k1")
                        .put("private_key", pem)
                        .put("token_uri", tokens.url() + "/token")
                        .toString());
        return PromptConfig.of(Map.of(
                "PROMPT_STORAGE_BACKEND", "service",
                "SERVICE_PROMPTS", service.base(),
                "SERVICE_PROMPTS_ACCOUNT_FILE", file.toString()));
    }

    @Test
    void oneTokenIsUsedUntilShortlyBeforeItExpires() throws Exception {
        service.put("a", "A template.");
        var clock = new Clock() {
            private Instant now = NOW;

            @Override
            public java.time.ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now;
            }
        };
        assertThat(config().problems()).isEmpty();
        backend = config().open(clock);
        assertThat(backend.ids()).containsExactly("a");
        assertThat(backend.pull("a")).isPresent();
        backend.replace("a", new PromptContent("A", "Another.", null, null, null));
        backend.delete("a");
        clock.now = NOW.plus(Duration.ofMinutes(58));
        backend.ids();
        assertThat(issued).hasValue(1);
        clock.now = NOW.plus(Duration.ofSeconds(3540));
        backend.ids();
        assertThat(issued).hasValue(2);
    }

    @Test
    void aRefusedTokenIsReplacedOnce() throws Exception {
        service.put("a", "A template.");
        backend = config().open(Clock.fixed(NOW, ZoneOffset.UTC));
        backend.ids();
        service.token = "revoked";
        assertThat(backend.ids()).containsExactly("a");
        assertThat(issued).hasValue(2);
    }

    @Test
    void anEndpointThatIsDownIsAnOutage() throws Exception {
        backend = config().open(Clock.fixed(NOW, ZoneOffset.UTC));
        tokens.failing = 500;
        assertThatThrownBy(() -> backend.ids())
                .isInstanceOfSatisfying(
                        BackendException.class,
                        failure -> assertThat(failure.isAway()).isTrue());
    }

    @Test
    void badConfigurationsAreTold() throws Exception {
        assertThat(PromptConfig.of(Map.of("PROMPT_STORAGE_BACKEND", "redis")).problems())
                .containsExactly("PROMPT_STORAGE_BACKEND: must be postgres, service or langsmith");
        assertThat(PromptConfig.of(Map.of("PROMPT_STORAGE_BACKEND", "service")).problems())
                .containsExactly("SERVICE_PROMPTS: needed with PROMPT_STORAGE_BACKEND=service");
        assertThat(PromptConfig.of(Map.of("PROMPT_STORAGE_BACKEND", "langsmith"))
                        .problems())
                .containsExactly("LANGCHAIN_API_KEY: needed with PROMPT_STORAGE_BACKEND=langsmith");
        Path file = Files.writeString(directory.resolve("bad.json"), "{\"private_key\":\"secret\"}");
        assertThat(PromptConfig.of(Map.of(
                                "PROMPT_STORAGE_BACKEND", "service",
                                "SERVICE_PROMPTS", "ftp://x",
                                "SERVICE_PROMPTS_ACCOUNT_FILE", file.toString(),
                                "PROMPTS_BATCH_CONCURRENCY", "many"))
                        .problems())
                .containsExactly(
                        "PROMPTS_BATCH_CONCURRENCY: must be a number from 1 to 20",
                        "SERVICE_PROMPTS: must be an http or https URL without a user or a query",
                        "SERVICE_PROMPTS_ACCOUNT_FILE: is no key file of a Google service account");
        assertThat(PromptConfig.of(Map.of()).problems()).isEmpty();
    }
}
