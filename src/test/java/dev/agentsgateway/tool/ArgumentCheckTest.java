package dev.agentsgateway.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.ArgumentCheck.Misfit;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ArgumentCheckTest {
    private static final String MEETING = """
            {"type":"object","properties":{"title":{"type":"string","minLength":1},
             "guests":{"type":"array","items":{"type":"object","properties":{"age":{"type":"integer"}}}}},
             "required":["title"],"additionalProperties":false}""";

    private static ArgumentCheck check(String... schemas) {
        List<ToolSpec> specs = new ArrayList<>();
        for (String schema : schemas) {
            specs.add(new ToolSpec("t" + specs.size(), "", Json.read(schema), ToolSpec.SideEffect.NONE));
        }
        return new ArgumentCheck(specs);
    }

    private static Optional<Misfit> misfit(String schema, String arguments) {
        return check(schema).misfit("t0", (ObjectNode) Json.read(arguments));
    }

    @Test
    void whatFitsHasNoMisfit() {
        assertThat(misfit(MEETING, "{\"title\":\"x\",\"guests\":[{\"age\":3},{}]}"))
                .isEmpty();
    }

    @Test
    void namesThePlaceAndTheReason() {
        assertThat(misfit(MEETING, "{\"title\":\"x\",\"guests\":[{},{\"age\":\"old\"}]}"))
                .hasValue(new Misfit(List.of("guests", 1, "age"), "string found, integer expected"));
        assertThat(misfit(MEETING, "{\"title\":\"\"}").orElseThrow().path()).containsExactly("title");
    }

    @Test
    void namesWhatIsMissingAndWhatIsTooMuch() {
        assertThat(misfit(MEETING, "{}").orElseThrow().path()).containsExactly("title");
        assertThat(misfit(MEETING, "{\"title\":\"x\",\"more\":1}").orElseThrow().path())
                .containsExactly("more");
    }

    @Test
    void speaksEnglishEverywhere() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            assertThat(misfit(MEETING, "{\"title\":1}").orElseThrow().reason())
                    .isEqualTo("integer found, string expected");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void anUnusableSchemaHindersNobodyAndNothingIsFetched() throws Exception {
        try (ServerSocket elsewhere = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            elsewhere.setSoTimeout(100);
            String address = "http://127.0.0.1:" + elsewhere.getLocalPort() + "/schema.json";
            assertThat(misfit("{\"$ref\":\"" + address + "\"}", "{\"a\":1}")).isEmpty();
            assertThatThrownBy(elsewhere::accept).isInstanceOf(SocketTimeoutException.class);
        }
        assertThat(check().misfit("unknown", Json.object())).isEmpty();
    }

    @Test
    void schemasOfOneIdAreKeptApart() {
        ArgumentCheck both =
                check("{\"$id\":\"urn:x\",\"required\":[\"a\"]}", "{\"$id\":\"urn:x\",\"required\":[\"b\"]}");
        ObjectNode a = Json.object().put("a", 1);
        assertThat(both.misfit("t0", a)).isEmpty();
        assertThat(both.misfit("t1", a).orElseThrow().path()).containsExactly("b");
    }
}
