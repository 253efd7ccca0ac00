package dev.agentsgateway.toolkit.datetime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.ToolContext;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolSpec;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResolveDateTimeToolTest {
    private static ResolveDateTimeTool at(String now) {
        return new ResolveDateTimeTool(Clock.fixed(Instant.parse(now), ZoneOffset.ofHours(9)));
    }

    private static String resolve(String now, String timezone, String text) {
        return at(now).execute(input(Json.object().put("text", text), timezone)).content();
    }

    private static ToolInput input(ObjectNode arguments, String timezone) {
        return new ToolInput(
                "call_1",
                "key",
                arguments,
                new ToolContext(UUID.randomUUID(), "travel-desk", "s-81", "u1", null, timezone, "en"));
    }

    @Test
    void hasOneRequiredTextAndNoSideEffect() {
        ToolSpec spec = at("2027-03-03T08:30:00Z").spec();
        assertThat(spec.name()).isEqualTo("resolve_datetime");
        assertThat(spec.description()).isNotBlank();
        assertThat(spec.sideEffect()).isEqualTo(ToolSpec.SideEffect.NONE);
        assertThat(spec.parameters().path("type").textValue()).isEqualTo("object");
        assertThat(spec.parameters().path("properties").fieldNames())
                .toIterable()
                .containsExactly("text");
        assertThat(spec.parameters().at("/properties/text/type").textValue()).isEqualTo("string");
        assertThat(spec.parameters().path("required")).isEqualTo(Json.read("[\"text\"]"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    2027-03-03T08:30:00Z        | Asia/Jerusalem   | friday noon         | 2027-03-05T12:00:00+02:00
                    2027-03-03T08:30:00Z        | UTC              | friday noon         | 2027-03-05T12:00:00+00:00
                    2027-03-03T08:30:00Z        | Europe/London    | now                 | 2027-03-03T08:30:00+00:00
                    2027-03-03T08:30:00Z        | America/New_York | in 2 hours          | 2027-03-03T05:30:00-05:00
                    2027-03-03T20:30:00Z        | Asia/Tokyo       | tomorrow            | 2027-03-05T05:30:00+09:00
                    2027-03-03T08:30:00.5Z      | Asia/Kathmandu   | now                 | 2027-03-03T14:15:00.500000+05:45
                    2027-03-03T08:30:00.000000999Z | UTC           | now                 | 2027-03-03T08:30:00+00:00
                    2027-03-03T08:30:00Z        |                  | 2027-10-22          | 2027-10-22T00:00:00+00:00
                    2027-03-03T08:30:00Z        | Europe/Berlin    | 1800-01-01          | 1800-01-01T00:00:00+00:53:28
                    """)
    void answersInTheRequestsZone(String now, String timezone, String text, String expected) {
        assertThat(resolve(now, timezone, text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "invalid", "whenever it suits you"})
    void answersNullWhenNotUnderstood(String text) {
        assertThat(resolve("2027-03-03T08:30:00Z", "Asia/Jerusalem", text)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Mars/Phobos", "", "europe/berlin", "../etc"})
    void tellsThatTheZoneIsUnknown(String timezone) {
        assertThatThrownBy(() -> resolve("2027-03-03T08:30:00Z", timezone, "tomorrow"))
                .isInstanceOf(ToolException.class)
                .hasMessageContaining("time zone '" + timezone + "' is unknown");
    }

    @Test
    void showsNoMoreThanTheStartOfALongZone() {
        assertThatThrownBy(() -> resolve("2027-03-03T08:30:00Z", "Z".repeat(10_000), "tomorrow"))
                .isInstanceOf(ToolException.class)
                .hasMessageContaining("Z".repeat(64) + "…'");
    }

    @Test
    void insistsOnAText() {
        ResolveDateTimeTool tool = at("2027-03-03T08:30:00Z");
        assertThatThrownBy(() -> tool.execute(input(Json.object().put("text", 5), "UTC")))
                .isInstanceOf(ToolException.class);
        assertThatThrownBy(() -> tool.execute(input(Json.object(), "UTC"))).isInstanceOf(ToolException.class);
    }
}
