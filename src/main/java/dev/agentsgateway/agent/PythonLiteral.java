package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.agentsgateway.common.Json;
import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads text that is a Python literal as JSON: dictionaries with text keys, lists, tuples (as lists), texts, bytes (as
 * {@code <bytes:N>}), numbers, {@code True}, {@code False} and {@code None}. Source: The Python Language Reference,
 * sections 2.4 and 6.2; sets, complex and non-finite numbers have no JSON and are not read.
 */
final class PythonLiteral {
    private static final Pattern NUMBER =
            Pattern.compile("[+-]?(0[xX][0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|0[oO][0-7]+(?:_[0-7]+)*"
                    + "|0[bB][01]+(?:_[01]+)*|(?:[0-9]+(?:_[0-9]+)*)?\\.?[0-9]*(?:[eE][+-]?[0-9]+)?)");
    private static final Pattern DECIMAL = Pattern.compile("[+-]?(?:[1-9][0-9_]*|0+)");
    private static final Pattern FLOAT =
            Pattern.compile("[+-]?(?:[0-9][0-9_]*\\.[0-9]*|\\.[0-9]+|[0-9][0-9_]*(?=[eE]))(?:[eE][+-]?[0-9]+)?");

    /** As for numbers in JSON. */
    private static final int LONGEST_NUMBER = 1000;

    private final String text;
    private int at;
    private int depth;

    private static final class NotALiteralException extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotALiteralException() {
            super(null, null, false, false);
        }
    }

    private PythonLiteral(String text) {
        this.text = text;
    }

    /** The value, empty when the text is no such literal. */
    static Optional<JsonNode> read(String text) {
        try {
            PythonLiteral reader = new PythonLiteral(text.strip());
            JsonNode value = reader.value();
            reader.blanks();
            return reader.at == reader.text.length() ? Optional.of(value) : Optional.empty();
        } catch (NotALiteralException e) {
            return Optional.empty();
        }
    }

    private JsonNode value() {
        if (++depth > Json.MAX_DEPTH) {
            throw new NotALiteralException();
        }
        blanks();
        JsonNode value = switch (peek()) {
            case '{' -> dictionary();
            case '[' -> list('[', ']');
            case '(' -> list('(', ')');
            case '\'', '"' -> new TextNode(string());
            default -> word();
        };
        depth--;
        return value;
    }

    private JsonNode word() {
        if (take("True")) {
            return BooleanNode.TRUE;
        }
        if (take("False")) {
            return BooleanNode.FALSE;
        }
        if (take("None")) {
            return NullNode.instance;
        }
        char prefix = Character.toLowerCase(peek());
        if ((prefix == 'b' || prefix == 'u') && at + 1 < text.length() && isQuote(text.charAt(at + 1))) {
            at++;
            String content = string();
            return new TextNode(prefix == 'u' ? content : "<bytes:" + content.length() + ">");
        }
        return number();
    }

    private boolean take(String word) {
        int end = at + word.length();
        if (text.startsWith(word, at) && (end == text.length() || !Character.isJavaIdentifierPart(text.charAt(end)))) {
            at = end;
            return true;
        }
        return false;
    }

    private JsonNode dictionary() {
        at++;
        ObjectNode object = Json.object();
        while (true) {
            blanks();
            if (peek() == '}') {
                at++;
                return object;
            }
            JsonNode key = value();
            if (!key.isTextual() && !key.isNumber() && !key.isBoolean() && !key.isNull()) {
                throw new NotALiteralException();
            }
            blanks();
            expect(':');
            object.set(key.asText(), value());
            separator('}');
        }
    }

    private JsonNode list(char open, char close) {
        expect(open);
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        boolean comma = false;
        while (true) {
            blanks();
            if (peek() == close) {
                at++;
                // Brackets around one value are only brackets: (1) is 1, (1,) is a tuple.
                return open == '(' && array.size() == 1 && !comma ? array.get(0) : array;
            }
            array.add(value());
            comma |= separator(close);
        }
    }

    private boolean separator(char close) {
        blanks();
        if (peek() == ',') {
            at++;
            return true;
        }
        if (peek() != close) {
            throw new NotALiteralException();
        }
        return false;
    }

    private JsonNode number() {
        Matcher matcher = NUMBER.matcher(text).region(at, text.length());
        if (!matcher.lookingAt() || matcher.end() == at) {
            throw new NotALiteralException();
        }
        String found = matcher.group();
        at = matcher.end();
        if (at < text.length() && (Character.isJavaIdentifierPart(text.charAt(at)) || text.charAt(at) == '.')) {
            throw new NotALiteralException();
        }
        return number(found);
    }

    private static JsonNode number(String found) {
        String digits = found.replace("_", "");
        if (digits.length() > LONGEST_NUMBER) {
            throw new NotALiteralException();
        }
        String unsigned = digits.startsWith("-") || digits.startsWith("+") ? digits.substring(1) : digits;
        int radix = unsigned.length() < 2
                ? 10
                : switch (Character.toLowerCase(unsigned.charAt(1))) {
                    case 'x' -> 16;
                    case 'o' -> 8;
                    case 'b' -> 2;
                    default -> 10;
                };
        if (radix != 10 || DECIMAL.matcher(digits).matches()) {
            BigInteger value = new BigInteger(radix == 10 ? unsigned : unsigned.substring(2), radix);
            if (digits.startsWith("-")) {
                value = value.negate();
            }
            return value.bitLength() < 64 ? LongNode.valueOf(value.longValue()) : BigIntegerNode.valueOf(value);
        }
        if (!FLOAT.matcher(digits).matches()) {
            throw new NotALiteralException();
        }
        double value = Double.parseDouble(digits);
        if (Double.isInfinite(value)) {
            throw new NotALiteralException();
        }
        return DoubleNode.valueOf(value);
    }

    private String string() {
        char quote = peek();
        String triple = String.valueOf(quote).repeat(3);
        String end = text.startsWith(triple, at) ? triple : String.valueOf(quote);
        at += end.length();
        StringBuilder out = new StringBuilder();
        while (!text.startsWith(end, at)) {
            char c = peek();
            if (end.length() == 1 && c == '\n') {
                throw new NotALiteralException();
            }
            at++;
            if (c == '\\') {
                escape(out);
            } else {
                out.append(c);
            }
        }
        at += end.length();
        return out.toString();
    }

    private void escape(StringBuilder out) {
        char c = peek();
        at++;
        switch (c) {
            case 'n' -> out.append('\n');
            case 't' -> out.append('\t');
            case 'r' -> out.append('\r');
            case 'b' -> out.append('\b');
            case 'f' -> out.append('\f');
            case 'a' -> out.append('\u0007');
            case 'v' -> out.append('\u000B');
            case '\n' -> {}
            case '\\', '\'', '"' -> out.append(c);
            case 'x' -> hex(out, 2);
            case 'u' -> hex(out, 4);
            case 'U' -> hex(out, 8);
            default -> {
                if (c >= '0' && c <= '7') {
                    octal(out, c);
                } else {
                    out.append('\\').append(c);
                }
            }
        }
    }

    private void hex(StringBuilder out, int digits) {
        int end = at + digits;
        if (end > text.length()) {
            throw new NotALiteralException();
        }
        try {
            out.appendCodePoint(Integer.parseUnsignedInt(text, at, end, 16));
        } catch (IllegalArgumentException e) {
            throw new NotALiteralException();
        }
        at = end;
    }

    private void octal(StringBuilder out, char first) {
        int value = first - '0';
        for (int i = 0; i < 2 && at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '7'; i++) {
            value = value * 8 + text.charAt(at++) - '0';
        }
        out.append((char) value);
    }

    private static boolean isQuote(char c) {
        return c == '\'' || c == '"';
    }

    private char peek() {
        if (at >= text.length()) {
            throw new NotALiteralException();
        }
        return text.charAt(at);
    }

    private void expect(char c) {
        if (peek() != c) {
            throw new NotALiteralException();
        }
        at++;
    }

    private void blanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }
}
