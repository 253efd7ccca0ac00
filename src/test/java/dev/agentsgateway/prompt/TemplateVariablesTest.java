package dev.agentsgateway.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code contract/resources.md} 8.2, "Variables", and 18.2. */
class TemplateVariablesTest {
    /** The reference's rule as a pattern. */
    private static final Pattern RULE = Pattern.compile("\\{\\{?(\\w+)(?::[^}]*)?}}?", Pattern.UNICODE_CHARACTER_CLASS);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{name} and {{title}} and {name}|name,title",
                "{ a } {a.b} {a-b} {\"k\":1}|''",
                "{{{a}}}|a",
                "{{a}|a",
                "{price:.2f} {größe} {_x1}|price,größe,_x1",
                "{a|''",
                "''|''",
            })
    void findsNames(String template, String names) {
        assertThat(new TemplateVariables(template).names())
                .containsExactlyElementsOf(names.isEmpty() ? List.of() : List.of(names.split(",")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{a} {{a}} {b}|X X {b}",
                "{{a}|{X",
                "{a}}|X}",
                "{{{a}}}|{X}",
                "{a:>10}|{a:>10}",
                "no braces|no braces",
            })
    void putsValuesIn(String template, String filled) {
        assertThat(new TemplateVariables(template).filled(Map.of("a", Json.read("\"X\""))))
                .isEqualTo(filled);
    }

    @Test
    void whatIsPutInIsNeverAPlaceholder() {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        values.put("a", Json.read("\"{b}\""));
        values.put("b", Json.read("\"secret\""));
        values.put("n", Json.read("null"));
        values.put("t", Json.read("true"));
        values.put("o", Json.read("{\"k\":[1]}"));
        assertThat(new TemplateVariables("{a}{b} {n} {t} {o}").filled(values))
                .isEqualTo("{b}secret None True {\"k\":[1]}");
    }

    @Property
    void findsWhatThePatternFinds(
            @ForAll @Chars({'{', '}', ':', ' ', '_'}) @CharRange(from = 'a', to = 'c') @StringLength(max = 30)
                    String template) {
        Matcher matcher = RULE.matcher(template);
        List<String> expected =
                matcher.results().map(match -> match.group(1)).distinct().toList();
        assertThat(new TemplateVariables(template).names()).containsExactlyElementsOf(expected);
    }

    @Test
    void takesTimeByTheLength() {
        for (String hostile : List.of("{", "{{", "{a", "{a:", "{a:}", "{{a")) {
            String template = hostile.repeat(500_000);
            Assertions.assertTimeoutPreemptively(
                    Duration.ofSeconds(5), () -> new TemplateVariables(template).filled(Map.of()));
        }
    }

    @Test
    void hashesAsTheReferenceDoes() {
        assertThat(new PromptContent("n", "t", null, List.of("x"), null).hash())
                .isEqualTo("9b294209d7725321f751ffdcfb19b2059b821232a025a1d2bc650f5566604b60");
        PromptContent rich = new PromptContent(
                "n", "ü\n\"", "d", List.of(), List.of(Json.read("{\"b\":[1,true],\"a\":{\"z\":null}}")));
        StringBuilder text = new StringBuilder();
        PythonText.append(List.copyOf(rich.tools()), text);
        PythonText.append(rich.template(), text);
        assertThat(text.toString()).isEqualTo("[{\"a\": {\"z\": null}, \"b\": [1, true]}]\"\\u00fc\\n\\\"\"");
    }
}
