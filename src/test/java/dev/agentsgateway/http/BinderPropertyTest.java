package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever is sent, binding either succeeds or reports problems that can themselves be written. */
class BinderPropertyTest {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Binder binder = new Binder()
            .register(
                    BinderTest.ModelId.class,
                    BinderTest.ModelId::of,
                    Json.object().put("type", "string"));

    @Property(tries = 500)
    void bindsOrReports(@ForAll("members") Map<String, JsonNode> members) {
        ObjectNode body = Json.object();
        members.forEach(body::set);
        try {
            binder.bind(BinderTest.Input.class, new Binder.Parts(Map.of(), Map.of(), name -> null, body, false));
        } catch (Binder.InvalidRequestException e) {
            Json.read(Json.write(e.problems()));
        }
    }

    @Provide
    Arbitrary<Map<String, JsonNode>> members() {
        Arbitrary<String> names = Arbitraries.of(
                "text", "flag", "small", "big", "real", "any", "object", "map", "list", "inner", "mode", "time", "uuid",
                "model", "stream", "given", "class", "key", "weight");
        return Arbitraries.maps(names, values()).ofMaxSize(10);
    }

    private static Arbitrary<JsonNode> values() {
        Arbitrary<JsonNode> leaves = Arbitraries.oneOf(
                Arbitraries.just(JSON.nullNode()),
                Arbitraries.of(true, false).map(JSON::booleanNode),
                Arbitraries.integers().map(JSON::numberNode),
                Arbitraries.bigIntegers().map(JSON::numberNode),
                Arbitraries.doubles().map(JSON::numberNode),
                Arbitraries.of(Double.NaN, Double.POSITIVE_INFINITY, 1e300, -0.0)
                        .map(JSON::numberNode),
                Arbitraries.of(
                                "1",
                                "-0",
                                "5.0",
                                "1e5",
                                "yes",
                                "2026-01-01",
                                "9999-12-31T23:59:59-18:00",
                                "0000-01-01",
                                "")
                        .map(JSON::textNode),
                Arbitraries.strings().all().ofMaxLength(40).map(JSON::textNode),
                Arbitraries.strings().numeric().ofMaxLength(60).map(JSON::textNode));
        Arbitrary<JsonNode> once = containers(leaves);
        return Arbitraries.oneOf(leaves, once, containers(Arbitraries.oneOf(leaves, once)));
    }

    private static Arbitrary<JsonNode> containers(Arbitrary<JsonNode> inner) {
        Arbitrary<JsonNode> arrays =
                inner.list().ofMaxSize(3).map(each -> JSON.arrayNode().addAll(each));
        Arbitrary<JsonNode> objects = Arbitraries.maps(Arbitraries.of("key", "weight", "a", "\u0000"), inner)
                .ofMaxSize(3)
                .map(each -> JSON.objectNode().setAll(each));
        return Arbitraries.oneOf(arrays, objects);
    }
}
