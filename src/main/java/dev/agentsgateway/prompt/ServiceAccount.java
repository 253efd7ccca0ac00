package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/** A key file of a Google service account, and the assertions that it signs (RFC 7523, RS256). Immutable. */
final class ServiceAccount {
    private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();
    private static final long VALID_SECONDS = 3600;

    private final String email;
    private final String keyId;
    private final URI tokenUri;
    private final PrivateKey key;

    private ServiceAccount(String email, String keyId, URI tokenUri, PrivateKey key) {
        this.email = email;
        this.keyId = keyId;
        this.tokenUri = tokenUri;
        this.key = key;
    }

    /** @throws IllegalArgumentException for what is no such file; the message repeats nothing of it */
    static ServiceAccount parse(String file) {
        JsonNode json = Json.read(file);
        String email = json.path("client_email").asText("");
        String pem = json.path("private_key").asText("");
        String tokenUri = json.path("token_uri").asText("");
        if (email.isEmpty() || pem.isEmpty() || tokenUri.isEmpty()) {
            throw new IllegalArgumentException("client_email, private_key and token_uri are needed");
        }
        String base64 = pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        try {
            PrivateKey key = KeyFactory.getInstance("RSA")
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
            return new ServiceAccount(email, json.path("private_key_id").asText(null), URI.create(tokenUri), key);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("private_key is no RSA key in PKCS #8", e);
        }
    }

    URI tokenUri() {
        return tokenUri;
    }

    /** A signed request for an ID token. */
    String assertion(String audience, long nowSeconds) {
        var header = Json.object().put("alg", "RS256").put("typ", "JWT");
        if (keyId != null) {
            header.put("kid", keyId);
        }
        var claims = Json.object()
                .put("iss", email)
                .put("sub", email)
                .put("aud", tokenUri.toString())
                .put("iat", nowSeconds)
                .put("exp", nowSeconds + VALID_SECONDS)
                .put("target_audience", audience);
        String signed = encoded(Json.write(header)) + "." + encoded(Json.write(claims));
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + BASE64URL.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("an assertion could not be signed", e);
        }
    }

    private static String encoded(String json) {
        return BASE64URL.encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }
}
