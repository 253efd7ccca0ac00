package dev.agentsgateway.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.HttpException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What makes two requests for a run the same one (draft-ietf-httpapi-idempotency-key-header-07). Keys are scoped by the
 * API key that sends them.
 *
 * @param key  as the client chose it, without quotes
 * @param body a hash of what was asked for; the order of members does not matter
 */
public record IdempotencyKey(String key, String body) {
    /** The request header. */
    public static final String HEADER = "Idempotency-Key";

    /** For OpenAPI. */
    public static final String DESCRIPTION = "Requests with the same key and body get the same run, for 24 hours";

    private static final int LONGEST = 255;

    /** A string as in RFC 9651, section 3.3.3. */
    private static final Pattern QUOTED = Pattern.compile("\"((?:[ !#-\\[\\]-~]|\\\\[\"\\\\])*)\"");

    private static final Pattern BARE = Pattern.compile("[A-Za-z0-9!#$%&'*+\\-.^_`|~:/=]+");

    /**
     * @param header the header's value, null when there is none
     * @param target what is run, for example {@code agent/a1}
     * @return null without a header
     * @throws HttpException 422 when the header is no key
     */
    public static IdempotencyKey of(String header, String target, JsonNode body) {
        if (header == null) {
            return null;
        }
        String text = header.strip();
        Matcher quoted = QUOTED.matcher(text);
        String key = quoted.matches()
                ? quoted.group(1).replaceAll("\\\\(.)", "$1")
                : BARE.matcher(text).matches() ? text : "";
        if (key.isEmpty() || key.length() > LONGEST) {
            throw invalid("must be a quoted string or a token of 1 to " + LONGEST + " characters", header);
        }
        return new IdempotencyKey(key, hash(target, body));
    }

    /** The answer to a key that was used for something else. */
    public static HttpException usedOtherwise(String key) {
        return invalid("this key was used for a request with another body", key);
    }

    private static HttpException invalid(String why, String value) {
        return HttpException.invalidValue(List.of("header", "idempotency-key"), why, value);
    }

    private static String hash(String target, JsonNode body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(Json.MAPPER.writeValueAsBytes(target));
            digest.update(Json.MAPPER
                    .writer(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                    .writeValueAsBytes(Json.MAPPER.treeToValue(body, Object.class)));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException | JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
