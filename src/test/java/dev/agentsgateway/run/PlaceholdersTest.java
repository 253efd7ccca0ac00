package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.time.Duration;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class PlaceholdersTest {
    private static final ObjectNode VALUES = (ObjectNode) Json.read("""
            {"name":"Ann","evil":"{name} $name ${name} $$","n":null,"b":true,"o":{"x":1},"a_1":7}
            """);

    private static String fill(String text) {
        return Placeholders.fill(text, VALUES);
    }

    @Test
    void fillsAllThreeSpellings() {
        assertThat(fill("{name}, ${name}, $name!")).isEqualTo("Ann, Ann, Ann!");
        assertThat(fill("{n} {b} {o} $a_1")).isEqualTo("None True {\"x\":1} 7");
    }

    @Test
    void leavesWhatItDoesNotKnow() {
        assertThat(fill("{nobody} ${nobody} $nobody { name} {name $ {"))
                .isEqualTo("{nobody} ${nobody} $nobody { name} {name $ {");
        assertThat(fill("$$5 $$name")).isEqualTo("$5 $name");
    }

    @Test
    void doesNotScanWhatItInserted() {
        assertThat(fill("{evil}")).isEqualTo("{name} $name ${name} $$");
    }

    @Test
    void aMegabyteOfBracesCostsNoQuadraticTime() {
        String braces = "{".repeat(1_000_000) + "}";
        Assertions.assertTimeout(Duration.ofSeconds(2), () -> fill(braces));
    }

    @Property(tries = 2000)
    void neverThrowsAndKeepsTextWithoutMarks(@ForAll("texts") String text) {
        assertThatCode(() -> fill(text)).doesNotThrowAnyException();
        String plain = text.replaceAll("[{$]", "");
        assertThat(fill(plain)).isSameAs(plain);
    }

    @Property(tries = 2000)
    void insertsEachValueOnce(@ForAll("texts") String before, @ForAll("texts") String value) {
        ObjectNode values = Json.object().put("v", value);
        String around = before.replaceAll("[{$]", "");
        assertThat(Placeholders.fill(around + "{v}" + around, values)).isEqualTo(around + value + around);
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of(
                        "{",
                        "}",
                        "$",
                        "$$",
                        "${",
                        "name",
                        "evil",
                        "n",
                        "_",
                        " ",
                        "ä",
                        "\uD83D\uDE00",
                        "{name}",
                        "$name")
                .list()
                .ofMaxSize(12)
                .map(parts -> String.join("", parts));
    }
}
