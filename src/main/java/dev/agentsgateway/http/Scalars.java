package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.Problems.Loc;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Reads single values with pydantic's leniency: numbers and booleans may come as text, text may not come as a number.
 * Every reader adds a problem and returns null when a value does not fit.
 */
final class Scalars {
    private static final Set<String> TRUE = Set.of("true", "1", "on", "t", "y", "yes");
    private static final Set<String> FALSE = Set.of("false", "0", "off", "f", "n", "no");
    private static final Pattern INTEGER = Pattern.compile("([+-]?\\d+(?:_\\d+)*)(?:\\.0+)?");
    private static final Pattern NUMBER = Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?");
    private static final Pattern NOT_FINITE = Pattern.compile("[+-]?(?:nan|inf|infinity)", Pattern.CASE_INSENSITIVE);
    /** Longer texts are no number that fits, and parsing them costs more than linear time. */
    private static final int MAX_DIGITS = 400;

    private Scalars() {}

    static Object text(JsonNode value, Loc loc, Problems problems) {
        if (!value.isTextual()) {
            return problems.add("string_type", loc, "Input should be a valid string", value);
        }
        String text = value.textValue();
        return storable(text, value, loc, problems) ? text : null;
    }

    /** Whether PostgreSQL can store the text; adds a problem when not. */
    static boolean storable(String text, JsonNode input, Loc loc, Problems problems) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                InvalidValueException nul = InvalidValueException.valueError("text must not contain a NUL character");
                problems.add(nul.type(), loc, nul.getMessage(), input, nul.ctx());
                return false;
            }
            if (Character.isSurrogate(c)) {
                if (!Character.isHighSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    problems.add(
                            "string_unicode",
                            loc,
                            "Input should be a valid string, unable to parse raw data as a unicode string",
                            null);
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    static Object bool(JsonNode value, Loc loc, Problems problems) {
        if (value.isBoolean()) {
            return value.booleanValue();
        }
        if (value.isTextual() || value.isIntegralNumber()) {
            String word = value.asText().toLowerCase(Locale.ROOT);
            if (TRUE.contains(word)) {
                return true;
            }
            if (FALSE.contains(word)) {
                return false;
            }
            return problems.add(
                    "bool_parsing", loc, "Input should be a valid boolean, unable to interpret input", value);
        }
        if (value.isNumber() && (value.doubleValue() == 0 || value.doubleValue() == 1)) {
            return value.doubleValue() == 1;
        }
        return problems.add("bool_type", loc, "Input should be a valid boolean", value);
    }

    /** An integer between the two bounds of its Java type, as a {@link Long}. */
    static Object integer(JsonNode value, long min, long max, Loc loc, Problems problems) {
        BigInteger number;
        if (value.isTextual()) {
            var matcher = INTEGER.matcher(value.textValue().strip());
            if (!matcher.matches()) {
                return problems.add(
                        "int_parsing",
                        loc,
                        "Input should be a valid integer, unable to parse string as an integer",
                        value);
            }
            String digits = matcher.group(1).replace("_", "");
            number = digits.length() > MAX_DIGITS ? BigInteger.TWO.pow(100) : new BigInteger(digits);
        } else if (value.isIntegralNumber()) {
            number = value.bigIntegerValue();
        } else if (value.isBoolean()) {
            number = value.booleanValue() ? BigInteger.ONE : BigInteger.ZERO;
        } else if (value.isNumber()) {
            double real = value.doubleValue();
            if (!Double.isFinite(real)) {
                return problems.add("finite_number", loc, "Input should be a finite number", null);
            }
            if (real != Math.rint(real)) {
                return problems.add(
                        "int_from_float",
                        loc,
                        "Input should be a valid integer, got a number with a fractional part",
                        value);
            }
            number = new BigDecimal(real).toBigInteger();
        } else {
            return problems.add("int_type", loc, "Input should be a valid integer", value);
        }
        if (number.bitLength() > 63 || number.longValue() < min || number.longValue() > max) {
            return problems.add(
                    "int_parsing_size",
                    loc,
                    "Unable to parse input string as an integer, exceeded maximum size",
                    value);
        }
        return number.longValue();
    }

    static Object real(JsonNode value, Loc loc, Problems problems) {
        double number;
        if (value.isTextual()) {
            String text = value.textValue().strip();
            if (NOT_FINITE.matcher(text).matches()) {
                number = Double.NaN;
            } else if (text.length() <= MAX_DIGITS && NUMBER.matcher(text).matches()) {
                number = Double.parseDouble(text);
            } else {
                return problems.add(
                        "float_parsing",
                        loc,
                        "Input should be a valid number, unable to parse string as a number",
                        value);
            }
        } else if (value.isNumber()) {
            number = value.doubleValue();
        } else if (value.isBoolean()) {
            number = value.booleanValue() ? 1 : 0;
        } else {
            return problems.add("float_type", loc, "Input should be a valid number", value);
        }
        if (!Double.isFinite(number)) {
            return problems.add(
                    "finite_number", loc, "Input should be a finite number", value.isTextual() ? value : null);
        }
        return number;
    }

    static Object uuid(JsonNode value, Loc loc, Problems problems) {
        if (!value.isTextual()) {
            return problems.add("uuid_type", loc, "UUID input should be a string, bytes or UUID object", value);
        }
        try {
            String text = value.textValue().strip();
            String hex = text.replace("-", "").replace("{", "").replace("}", "").replace("urn:uuid:", "");
            if (hex.length() != 32) {
                throw new IllegalArgumentException(
                        "expected 32 hexadecimal digits, found " + hex.length() + " characters");
            }
            return new UUID(Long.parseUnsignedLong(hex, 0, 16, 16), Long.parseUnsignedLong(hex, 16, 32, 16));
        } catch (IllegalArgumentException e) {
            return problems.add(
                    "uuid_parsing",
                    loc,
                    "Input should be a valid UUID, " + e.getMessage(),
                    value,
                    Json.object().put("error", e.getMessage()));
        }
    }

    static Object dateTime(JsonNode value, Loc loc, Problems problems) {
        if (!value.isTextual() && !value.isNumber()) {
            return problems.add("datetime_type", loc, "Input should be a valid datetime", value);
        }
        try {
            boolean finite = value.isNumber() && Double.isFinite(value.doubleValue());
            return DateTimes.parse(finite ? value.decimalValue().toPlainString() : value.asText());
        } catch (DateTimes.FormatException e) {
            boolean date = value.isTextual();
            return problems.add(
                    date ? "datetime_from_date_parsing" : "datetime_parsing",
                    loc,
                    "Input should be a valid datetime" + (date ? " or date, " : ", ") + e.getMessage(),
                    value,
                    Json.object().put("error", e.getMessage()));
        }
    }

    /** {@code 'a', 'b' or 'c'}. */
    static String expected(Iterable<String> allowed) {
        List<String> quoted = new ArrayList<>();
        allowed.forEach(each -> quoted.add("'" + each + "'"));
        if (quoted.size() < 2) {
            return String.join("", quoted);
        }
        return String.join(", ", quoted.subList(0, quoted.size() - 1)) + " or " + quoted.getLast();
    }
}
