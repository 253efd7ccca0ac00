package dev.agentsgateway.knowledge.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;

/**
 * The key of a Google service account.
 *
 * @param keyId null when the file does not say
 */
record ServiceAccount(String email, String keyId, PrivateKey key, URI tokenUri) {
    private static final String GOOGLES_TOKENS = "https://oauth2.googleapis.com/token";

    @Override
    public String toString() {
        return "ServiceAccount[email=" + email + "]";
    }

    /** Reads the JSON of a key file; throws {@link IllegalArgumentException} when it is none. */
    static ServiceAccount parse(String json) {
        JsonNode file = Json.read(json);
        String pem = file.path("private_key").asText("");
        String email = file.path("client_email").asText("");
        if (!file.path("type").asText("").equals("service_account") || email.isEmpty()) {
            throw new IllegalArgumentException("not of type service_account");
        }
        return new ServiceAccount(
                email,
                file.path("private_key_id").textValue(),
                key(pem),
                URI.create(file.path("token_uri").asText(GOOGLES_TOKENS)));
    }

    /** A signed request for an access token (RFC 7523, section 2.1), good for an hour. */
    String assertion(String scope) {
        ObjectNode header = Json.object().put("alg", "RS256").put("typ", "JWT");
        if (keyId != null) {
            header.put("kid", keyId);
        }
        long now = Instant.now().getEpochSecond();
        ObjectNode claims = Json.object()
                .put("iss", email)
                .put("scope", scope)
                .put("aud", tokenUri.toString())
                .put("iat", now)
                .put("exp", now + 3600);
        String signed = base64(Json.write(header).getBytes(StandardCharsets.UTF_8)) + "."
                + base64(Json.write(claims).getBytes(StandardCharsets.UTF_8));
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("RS256 is missing or does not take the key", e);
        }
    }

    private static PrivateKey key(String pem) {
        String base64 = pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        try {
            byte[] encoded = Base64.getDecoder().decode(base64);
            return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("no RSA key in PKCS #8", e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
