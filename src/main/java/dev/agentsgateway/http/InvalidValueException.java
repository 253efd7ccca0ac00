package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;

/** Thrown by a custom type's parser when a value does not fit; becomes a {@link Problem} at the value's place. */
public final class InvalidValueException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String type;
    private final transient JsonNode ctx;

    /** @param ctx null when the type has none */
    public InvalidValueException(String type, String msg, JsonNode ctx) {
        super(msg, null, false, false);
        this.type = type;
        this.ctx = ctx;
    }

    /** {@code value_error}: {@code Value error, <text>}. */
    public static InvalidValueException valueError(String text) {
        return new InvalidValueException(
                "value_error", "Value error, " + text, Json.object().set("error", Json.object()));
    }

    /** {@code enum}: {@code Input should be 'a', 'b' or 'c'}. */
    public static InvalidValueException notOneOf(Iterable<String> allowed) {
        String expected = Scalars.expected(allowed);
        return new InvalidValueException(
                "enum", "Input should be " + expected, Json.object().put("expected", expected));
    }

    public String type() {
        return type;
    }

    public JsonNode ctx() {
        return ctx;
    }
}
