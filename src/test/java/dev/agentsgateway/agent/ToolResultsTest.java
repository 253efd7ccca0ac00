package dev.agentsgateway.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.agentsgateway.common.Json;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code contract/agents-teams.md} 12.5. */
class ToolResultsTest {

    @Test
    void nothingIsNull() {
        assertThat(ToolResults.parse(null).isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // JSON
                "42|42",
                "-1.5e3|-1500.0",
                "true|true",
                "null|null",
                "\"text\"|\"text\"",
                "{\"a\": {\"b\": [1, 2]}}|{\"a\":{\"b\":[1,2]}}",
                "[1, \"x\", null]|[1,\"x\",null]",
                "\" \\u00e9 \\n😀\"|\" é \\n😀\"",
                "123456789012345678901234567890|123456789012345678901234567890",
                // Python
                "{'a': 1}|{\"a\":1}",
                "{'card': 'email-auth-required', 'ok': True, 'more': None}|{\"card\":\"email-auth-required\",\"ok\":true,\"more\":null}",
                "[1, 'x']|[1,\"x\"]",
                "[1, 'x',]|[1,\"x\"]",
                "(1, 2)|[1,2]",
                "(1,)|[1]",
                "(1)|1",
                "()|[]",
                "{}|{}",
                "True|true",
                "False|false",
                "None|null",
                "0x10|16",
                "0o17|15",
                "0b11|3",
                "1_000|1000",
                "+5|5",
                ".5|0.5",
                "5.|5.0",
                "' a'|\" a\"",
                "'it\\'s'|\"it's\"",
                "\"it's\"|\"it's\"",
                "'\\x41\\u0042\\U0001F600\\101\\n\\q'|\"AB😀A\\n\\\\q\"",
                "u'x'|\"x\"",
                "b'abc'|\"<bytes:3>\"",
                "b'\\x00\\x01'|\"<bytes:2>\"",
                "[b'', {'k': (1, [2.5, -3])}]|[\"<bytes:0>\",{\"k\":[1,[2.5,-3]]}]",
                "{1: 'a', True: 'b', None: 'c'}|{\"1\":\"a\",\"true\":\"b\",\"null\":\"c\"}",
                "'''a'b'''|\"a'b\"",
            })
    void becomesTheValue(String text, String json) {
        assertThat(ToolResults.parse(text)).hasToString(Json.read(json).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "plain text",
                "2027-03-05T12:00:00+02:00",
                "{broken",
                "{\"a\": 1",
                "{'a': }",
                "[1, 2",
                "{'a' 1}",
                "007",
                "0x",
                "1__0",
                "1e400",
                "[-1e999]",
                "NaN",
                "[NaN]",
                "Infinity",
                "-Infinity",
                "inf",
                "{1, 2}",
                "{[]: 1}",
                "1+2j",
                "1j",
                "Truely",
                "'open",
                "'a\nb'",
                "'\\x4'",
                "'\\U00110000'",
                "(1",
                "1 2",
                "__import__('os')",
                "[1] # comment",
            })
    void staysText(String text) {
        assertThat(ToolResults.parse(text)).isEqualTo(new TextNode(text));
    }

    @Test
    void hostileTextIsReadQuicklyOrLeftAlone() {
        for (String text : List.of(
                "[".repeat(100_000),
                "(".repeat(100_000) + ")".repeat(100_000),
                "{'a':".repeat(50_000),
                "9".repeat(199_999))) {
            assertThat(ToolResults.parse(text)).isEqualTo(new TextNode(text));
        }
        assertThat(ToolResults.parse("'" + "a".repeat(199_000) + "'").textValue())
                .hasSize(199_000);
    }

    /** Whatever it is, it can be written as JSON and read again as the same. */
    @Property(tries = 500)
    void anythingBecomesJson(@ForAll("nearlyPython") String text) {
        JsonNode value = ToolResults.parse(text);
        assertThat(Json.read(Json.write(value)).toString()).isEqualTo(value.toString());
    }

    @Provide
    Arbitrary<String> nearlyPython() {
        return Arbitraries.of(
                        "{", "}", "[", "]", "(", ")", ",", ":", "'", "\"", "\\", "b'", "1", "0x", "e", ".", "-", "True",
                        "None", " ", "a", "\\u", "\n", "_")
                .list()
                .ofMaxSize(12)
                .map(parts -> String.join("", parts));
    }

    /** What Python's repr writes is read as the value that it was written of. */
    @Property(tries = 300)
    void readsWhatPythonWrites(@ForAll("values") Object value) {
        assertThat(ToolResults.parse(repr(value)).toString())
                .isEqualTo(Json.MAPPER.valueToTree(value).toString());
    }

    @Provide
    Arbitrary<Object> values() {
        Arbitrary<Object> scalars = Arbitraries.oneOf(
                Arbitraries.strings()
                        .alpha()
                        .numeric()
                        .withChars(" äß'\"\\\n\t😀")
                        .ofMaxLength(8)
                        .map(s -> (Object) ("x" + s)),
                Arbitraries.bigIntegers()
                        .between(BigInteger.TWO.pow(70).negate(), BigInteger.TWO.pow(70))
                        .map(i -> (Object) (i.bitLength() < 64 ? (Object) i.longValue() : i)),
                Arbitraries.of(true, false).map(b -> (Object) b));
        return Arbitraries.lazyOf(
                () -> scalars,
                () -> scalars,
                () -> values().list().ofMaxSize(3).map(list -> (Object) list),
                () -> Arbitraries.maps(Arbitraries.strings().alpha().ofMaxLength(4), values())
                        .ofMaxSize(3)
                        .map(map -> (Object) map));
    }

    private static String repr(Object value) {
        return switch (value) {
            case String text ->
                "'"
                        + text.replace("\\", "\\\\")
                                .replace("'", "\\'")
                                .replace("\n", "\\n")
                                .replace("\t", "\\t") + "'";
            case Boolean flag -> flag ? "True" : "False";
            case List<?> list -> list.stream().map(ToolResultsTest::repr).collect(Collectors.joining(", ", "[", "]"));
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .map(entry -> repr(entry.getKey()) + ": " + repr(entry.getValue()))
                        .collect(Collectors.joining(", ", "{", "}"));
            default -> value.toString();
        };
    }
}
