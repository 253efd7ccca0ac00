package dev.agentsgateway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes JSON of a request's body, also of a form. */
final class RequestBody {
    /** Bytes above which a body is not echoed in problems. */
    static final int LARGE = 64 << 10;

    static final String FORM = "application/x-www-form-urlencoded";

    private static final ObjectReader READER =
            Json.MAPPER.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private static final Pattern INTERNALS = Pattern.compile("\\[Source|`[A-Za-z]|Feature[. ]'?[A-Z]|ALLOW_");

    private RequestBody() {}

    /**
     * @return null for an empty body, text when the content type is not JSON
     * @throws Binder.InvalidRequestException {@code json_invalid} when it is not JSON or nested too deeply
     */
    static JsonNode parse(byte[] body, String contentType) {
        if (body.length == 0) {
            return null;
        }
        if (!isJson(contentType)) {
            return TextNode.valueOf(new String(body, StandardCharsets.UTF_8));
        }
        try {
            JsonNode json = READER.readTree(body);
            if (json.isMissingNode()) {
                throw invalid(body.length, "Expecting value");
            }
            return json;
        } catch (IOException e) {
            throw invalid(body);
        }
    }

    /**
     * Makes an object of texts of an HTML form; of a repeated field the last value.
     *
     * @return null for an empty body, text when the content type is not that of a form
     */
    static JsonNode parseForm(byte[] body, String contentType) {
        if (body.length == 0) {
            return null;
        }
        String text = new String(body, StandardCharsets.UTF_8);
        if (!mediaType(contentType).equals(FORM)) {
            return TextNode.valueOf(text);
        }
        ObjectNode fields = Json.object();
        UriText.query(text).forEach(fields::put);
        return fields;
    }

    private static String mediaType(String contentType) {
        return contentType == null ? "" : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    private static boolean isJson(String contentType) {
        String type = mediaType(contentType);
        return type.equals("application/json") || type.startsWith("application/") && type.endsWith("+json");
    }

    /** Parses again from characters, because a parser of bytes does not count them. */
    private static Binder.InvalidRequestException invalid(byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8);
        try {
            READER.readTree(text);
            return invalid(0, "not valid UTF-8");
        } catch (JsonProcessingException e) {
            long units = e.getLocation() == null ? 0 : e.getLocation().getCharOffset();
            int offset = text.codePointCount(0, (int) Math.clamp(units, 0, text.length()));
            return invalid(offset, reason(e));
        }
    }

    /** The parser's own words name its classes and options, which say nothing to a client. */
    private static String reason(JsonProcessingException e) {
        String message = e.getOriginalMessage();
        if (e instanceof StreamConstraintsException) {
            return message.contains("nesting depth")
                    ? "nested more than " + Json.MAX_DEPTH + " levels deep"
                    : "a name, number or string is too long";
        }
        if (message.startsWith("Trailing token")) {
            return "Extra data";
        }
        if (message.contains("ALLOW_NON_NUMERIC_NUMBERS")) {
            return "NaN and Infinity are not JSON";
        }
        Matcher internals = INTERNALS.matcher(message);
        if (internals.find()) {
            String before = message.substring(0, internals.start());
            int clause = Math.max(before.lastIndexOf('('), before.lastIndexOf(':'));
            message = (clause < 0 ? before : before.substring(0, clause)).strip();
        }
        return message.isEmpty() ? "not JSON" : message;
    }

    private static Binder.InvalidRequestException invalid(int offset, String message) {
        return new Binder.InvalidRequestException(List.of(new Problem(
                "json_invalid",
                List.of("body", offset),
                "JSON decode error",
                Json.object(),
                Json.object().put("error", message))));
    }
}
