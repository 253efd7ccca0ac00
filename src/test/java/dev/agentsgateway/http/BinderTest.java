package dev.agentsgateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BinderTest {
    enum Mode {
        FAST,
        @JsonProperty("very-slow")
        VERY_SLOW
    }

    record ModelId(String id) {
        static ModelId of(JsonNode value) {
            List<String> known = List.of("gpt-4o", "claude", "demo");
            if (!value.isTextual() || !known.contains(value.textValue())) {
                throw InvalidValueException.notOneOf(known);
            }
            return new ModelId(value.textValue());
        }
    }

    record Inner(@Required String key, @Default("1") int weight) {}

    record All(
            @Length(min = 1, max = 5) String text,
            Boolean flag,
            @Range(min = -5, max = 5) Integer small,
            Long big,
            @Range(min = 0, max = 2) Double real,
            JsonNode any,
            ObjectNode object,
            Map<String, String> map,
            @Length(max = 2) List<Inner> list,
            Inner inner,
            Mode mode,
            LocalDateTime time,
            UUID uuid,
            ModelId model,
            @Default("false") boolean stream,
            @Default("{\"key\":\"k\"}") Inner given,
            @JsonProperty("class") String clazz) {}

    record Input(@Body All body) {}

    record Mixed(
            @Body Inner body,
            @Header("X-Count") @Required Integer count,
            @Query @Required int limit,
            @Path @Range(min = 1) int userId) {}

    record Named(
            @Length(max = 3) List<@Length(min = 1, max = 2) String> names,
            Map<String, @Length(max = 1) String> byName) {}

    record NamedInput(@Body Named body) {}

    private final Binder binder =
            new Binder().register(ModelId.class, ModelId::of, Json.object().put("type", "string"));

    private All bind(String json) {
        return binder.bind(Input.class, parts(Json.read(json))).body();
    }

    private static Binder.Parts parts(JsonNode body) {
        return new Binder.Parts(Map.of(), Map.of(), name -> null, body, false);
    }

    private String problems(String json) {
        try {
            bind(json);
        } catch (Binder.InvalidRequestException e) {
            return Json.write(e.problems());
        }
        return "[]";
    }

    @Test
    void boundsEachElementOfAList() {
        String fits = "{\"names\":[\"a\",\"üü\"],\"by_name\":{\"long\":\"x\"}}";
        assertThat(binder.bind(NamedInput.class, parts(Json.read(fits))).body().names())
                .containsExactly("a", "üü");
        assertThatThrownBy(() -> binder.bind(NamedInput.class, parts(Json.read("""
                {"names":["","aaa",null],"by_name":{"k":"xx"}}"""))))
                .isInstanceOfSatisfying(
                        Binder.InvalidRequestException.class,
                        e -> assertThat(e.problems())
                                .extracting(
                                        Problem::type, problem -> problem.loc().toString())
                                .containsExactly(
                                        tuple("string_too_short", "[body, names, 0]"),
                                        tuple("string_too_long", "[body, names, 1]"),
                                        tuple("string_type", "[body, names, 2]"),
                                        tuple("string_too_long", "[body, by_name, k]")));
    }

    @Test
    void bindsEveryType() {
        All all = bind("""
                {"text":"äöü","flag":"Yes","small":"-5","big":9223372036854775807,"real":"1.5","any":[1,null],
                 "object":{"a":1},"map":{"k":"v"},"list":[{"key":"a"},{"key":"b","weight":2.0}],
                 "inner":{"key":"c","weight":" 7 "},"mode":"very-slow","time":"2026-03-04 05:06","model":"demo",
                 "uuid":"123e4567e89b12d3a456426614174000","stream":1,"unknown":true,"class":"x"}""");
        assertThat(all.text()).isEqualTo("äöü");
        assertThat(all.flag()).isTrue();
        assertThat(all.small()).isEqualTo(-5);
        assertThat(all.big()).isEqualTo(Long.MAX_VALUE);
        assertThat(all.real()).isEqualTo(1.5);
        assertThat(all.any().size()).isEqualTo(2);
        assertThat(all.map()).containsEntry("k", "v");
        assertThat(all.list()).containsExactly(new Inner("a", 1), new Inner("b", 2));
        assertThat(all.inner()).isEqualTo(new Inner("c", 7));
        assertThat(all.mode()).isEqualTo(Mode.VERY_SLOW);
        assertThat(all.time()).isEqualTo(LocalDateTime.of(2026, 3, 4, 5, 6));
        assertThat(all.uuid()).isEqualTo(UUID.fromString("123e4567-e89b-12d3-a456-426614174000"));
        assertThat(all.model().id()).isEqualTo("demo");
        assertThat(all.stream()).isTrue();
        assertThat(all.given()).isEqualTo(new Inner("k", 1));
        assertThat(all.clazz()).isEqualTo("x");
    }

    @Test
    void takesNullAsAbsentWhereOptional() {
        All all = bind("{\"text\":null,\"flag\":null,\"list\":null,\"model\":null,\"any\":null,\"inner\":null}");
        assertThat(all.text()).isNull();
        assertThat(all.any()).isNull();
        assertThat(all.inner()).isNull();
        assertThat(all.stream()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"text":5}               | {"type":"string_type","loc":["body","text"],"msg":"Input should be a valid string","input":5}
            {"text":""}              | {"type":"string_too_short","loc":["body","text"],"msg":"String should have at least 1 character","input":"","ctx":{"min_length":1}}
            {"text":"123456"}        | {"type":"string_too_long","loc":["body","text"],"msg":"String should have at most 5 characters","input":"123456","ctx":{"max_length":5}}
            {"text":"a\\u0000"}      | {"type":"value_error","loc":["body","text"],"msg":"Value error, text must not contain a NUL character","input":"a\\u0000","ctx":{"error":{}}}
            {"flag":"maybe"}         | {"type":"bool_parsing","loc":["body","flag"],"msg":"Input should be a valid boolean, unable to interpret input","input":"maybe"}
            {"flag":2}               | {"type":"bool_parsing","loc":["body","flag"],"msg":"Input should be a valid boolean, unable to interpret input","input":2}
            {"flag":[]}              | {"type":"bool_type","loc":["body","flag"],"msg":"Input should be a valid boolean","input":[]}
            {"stream":null}          | {"type":"bool_type","loc":["body","stream"],"msg":"Input should be a valid boolean","input":null}
            {"small":"x"}            | {"type":"int_parsing","loc":["body","small"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}
            {"small":""}             | {"type":"int_parsing","loc":["body","small"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":""}
            {"small":1.5}            | {"type":"int_from_float","loc":["body","small"],"msg":"Input should be a valid integer, got a number with a fractional part","input":1.5}
            {"small":{}}             | {"type":"int_type","loc":["body","small"],"msg":"Input should be a valid integer","input":{}}
            {"small":6}              | {"type":"less_than_equal","loc":["body","small"],"msg":"Input should be less than or equal to 5","input":6,"ctx":{"le":5}}
            {"small":"-6"}           | {"type":"greater_than_equal","loc":["body","small"],"msg":"Input should be greater than or equal to -5","input":"-6","ctx":{"ge":-5}}
            {"small":3000000000}     | {"type":"int_parsing_size","loc":["body","small"],"msg":"Unable to parse input string as an integer, exceeded maximum size","input":3000000000}
            {"big":1e30}             | {"type":"int_parsing_size","loc":["body","big"],"msg":"Unable to parse input string as an integer, exceeded maximum size","input":1.0E30}
            {"big":9223372036854775808} | {"type":"int_parsing_size","loc":["body","big"],"msg":"Unable to parse input string as an integer, exceeded maximum size","input":9223372036854775808}
            {"real":"x"}             | {"type":"float_parsing","loc":["body","real"],"msg":"Input should be a valid number, unable to parse string as a number","input":"x"}
            {"real":[]}              | {"type":"float_type","loc":["body","real"],"msg":"Input should be a valid number","input":[]}
            {"real":"nan"}           | {"type":"finite_number","loc":["body","real"],"msg":"Input should be a finite number","input":"nan"}
            {"real":1e999}           | {"type":"finite_number","loc":["body","real"],"msg":"Input should be a finite number","input":null}
            {"real":2.5}             | {"type":"less_than_equal","loc":["body","real"],"msg":"Input should be less than or equal to 2","input":2.5,"ctx":{"le":2.0}}
            {"object":[]}            | {"type":"dict_type","loc":["body","object"],"msg":"Input should be a valid dictionary","input":[]}
            {"object":{"a":["\\u0000"]}} | {"type":"value_error","loc":["body","object","a",0],"msg":"Value error, text must not contain a NUL character","input":"\\u0000","ctx":{"error":{}}}
            {"any":1e999}            | {"type":"finite_number","loc":["body","any"],"msg":"Input should be a finite number","input":null}
            {"map":{"k":1}}          | {"type":"string_type","loc":["body","map","k"],"msg":"Input should be a valid string","input":1}
            {"map":5}                | {"type":"dict_type","loc":["body","map"],"msg":"Input should be a valid dictionary","input":5}
            {"list":{}}              | {"type":"list_type","loc":["body","list"],"msg":"Input should be a valid list","input":{}}
            {"list":[{"key":"a"},5]} | {"type":"model_attributes_type","loc":["body","list",1],"msg":"Input should be a valid dictionary or object to extract fields from","input":5}
            {"list":[{}]}            | {"type":"missing","loc":["body","list",0,"key"],"msg":"Field required","input":{}}
            {"inner":{"key":null}}   | {"type":"string_type","loc":["body","inner","key"],"msg":"Input should be a valid string","input":null}
            {"mode":"slow"}          | {"type":"enum","loc":["body","mode"],"msg":"Input should be 'fast' or 'very-slow'","input":"slow","ctx":{"expected":"'fast' or 'very-slow'"}}
            {"model":"x"}            | {"type":"enum","loc":["body","model"],"msg":"Input should be 'gpt-4o', 'claude' or 'demo'","input":"x","ctx":{"expected":"'gpt-4o', 'claude' or 'demo'"}}
            {"time":true}            | {"type":"datetime_type","loc":["body","time"],"msg":"Input should be a valid datetime","input":true}
            {"time":"x"}             | {"type":"datetime_from_date_parsing","loc":["body","time"],"msg":"Input should be a valid datetime or date, input is too short","input":"x","ctx":{"error":"input is too short"}}
            """)
    void reportsProblems(String json, String problem) {
        assertThat(problems(json)).isEqualTo("[" + problem + "]");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            "2026-03-04T05:06:07",            2026-03-04T05:06:07
            "2026-03-04 05:06",               2026-03-04T05:06
            "2026-03-04",                     2026-03-04T00:00
            "2026-03-04T05:06:07.1234567Z",   2026-03-04T05:06:07.123456
            "2026-03-04T05:06:07+02:00",      2026-03-04T03:06:07
            "2026-03-04T05:06:07-0130",       2026-03-04T06:36:07
            1700000000,                       2023-11-14T22:13:20
            "1700000000",                     2023-11-14T22:13:20
            1700000000.5,                     2023-11-14T22:13:20.500
            1700000000123,                    2023-11-14T22:13:20.123
            """)
    void readsPointsInTime(String json, String expected) {
        assertThat(bind("{\"time\":" + json + "}").time()).isEqualTo(LocalDateTime.parse(expected));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-13-01",
        "2026-02-30",
        "2026-03-04T25:00",
        "2026-03-04T05:06:07+99:00",
        "1e40",
        "999999999999999999"
    })
    void refusesImpossiblePointsInTime(String text) {
        assertThat(problems("{\"time\":\"" + text + "\"}")).contains("datetime_from_date_parsing");
    }

    @Test
    void reportsAllProblemsInOrder() {
        assertThatThrownBy(() -> binder.bind(
                        Mixed.class,
                        new Binder.Parts(
                                Map.of("user_id", "0"), Map.of(), name -> null, Json.read("{\"weight\":[]}"), false)))
                .isInstanceOfSatisfying(
                        Binder.InvalidRequestException.class,
                        e -> assertThat(e.problems())
                                .extracting(Problem::loc)
                                .containsExactly(
                                        List.of("path", "user_id"),
                                        List.of("query", "limit"),
                                        List.of("header", "x-count"),
                                        List.of("body", "key"),
                                        List.of("body", "weight")));
    }

    @Test
    void keepsAnswersToLargeWrongBodiesSmall() {
        ObjectNode body = Json.object().put("text", "x".repeat(200_000));
        for (int i = 0; i < 1000; i++) {
            body.withArray("list").add(i);
        }
        assertThatThrownBy(() -> binder.bind(Input.class, new Binder.Parts(Map.of(), Map.of(), n -> null, body, true)))
                .isInstanceOfSatisfying(Binder.InvalidRequestException.class, e -> {
                    assertThat(e.problems()).hasSize(100);
                    assertThat(Json.write(e.problems())).hasSizeLessThan(30_000);
                });
    }

    record Nullable(@Query int limit) {}

    record Unmarked(String a) {}

    record WrongDefault(@Query @Default("x") String a) {}

    record BadDefault(@Query @Default("\"a\"") int a) {}

    record Unreadable(@Body Thread thread) {}

    @Test
    void refusesWrongDeclarations() {
        for (Class<?> wrong :
                List.of(Nullable.class, Unmarked.class, WrongDefault.class, BadDefault.class, Unreadable.class)) {
            assertThatThrownBy(() -> new Binder().plan(wrong))
                    .as(wrong.getSimpleName())
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
