package dev.agentsgateway.guardrail;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is masked, and what is left alone. */
class PiiMaskerTest {
    private final PiiMasker masker = new PiiMasker();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "078-05-1120",
                "4111111111111111",
                "4111 1111 1111 1111",
                "5500-0000-0000-0004",
                "3782 822463 10005",
                "6011000990139424",
                "2223003122003222",
                "30569309025904",
                "jane.doe@example.org",
                "j+tag_1%x@mail.example.co.uk",
                "o'neil@example.org",
                "jürgen@müller.example",
                "555-123-4567",
                "(212) 555-0187",
                "212.555.0187",
                "2125550187",
                "+1 212 555 0187",
                "1-212-555-0187",
                "+43 1 5877600",
                "+44 20 7946 0958",
                "+49 (0)30 901820",
                "+33.1.42.68.53.00",
                "0043 664 1234567",
                "DE89370400440532013000",
                "DE89 3704 0044 0532 0130 00",
                "gb82 west 1234 5698 7654 32",
                "NO93 8601 1117 947",
                "MT84MALT011000012345MTLCAST001S"
            })
    void whatIdentifiesPeopleIsMasked(String pii) {
        String stars = "*".repeat(pii.length());
        assertThat(masker.mask(pii)).isEqualTo(stars);
        assertThat(masker.mask("Take " + pii + " and go.")).isEqualTo("Take " + stars + " and go.");
        assertThat(masker.mask("(" + pii + "), " + pii + "!")).isEqualTo("(" + stars + "), " + stars + "!");
        assertThat(masker.mask("{\"x\":\"" + pii + "\"}")).isEqualTo("{\"x\":\"" + stars + "\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The year 2024 has 366 days.",
                "4111111111111112 fails its check digit",
                "DE88370400440532013000 too",
                "1700000000 and 1700000000123 are times",
                "Version 10.15.7, build 19H2026, port 8080",
                "9fceb02d0ae598e95dc970b74767f19372d61af8",
                "00000000-0000-7000-8000-000000000000",
                "2026-11-24T18:23:51.123456+00:00",
                "a@b, @home, user@localhost, x@y.z",
                "Order 4711-0815 of 12.05.2026 costs 1,234.56",
                "ISBN 978-3-16-148410-0",
                "3.14159265358979",
                "1-2-3, 12-34-5678, 123-456-789",
                "Call extension 4567",
                ""
            })
    void otherTextIsLeftAlone(String text) {
        assertThat(masker.mask(text)).isEqualTo(text);
    }

    @Test
    void severalThingsInOneTextAreMaskedAndTheRestStays() {
        assertThat(masker.mask(
                        "Order 12 4111 1111 1111 1111 for a@b.example, SSN 078-05-1120, then call +1 212 555 0187."))
                .isEqualTo("Order 12 ******************* for ***********, SSN ***********, then call ***************.");
        assertThat(masker.mask("Mail a@b.example. Then rest")).isEqualTo("Mail ***********. Then rest");
        assertThat(masker.mask("a@b.example,c@d.example")).isEqualTo("***********,***********");
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> pieces = Arbitraries.of(
                "4111111111111111",
                "078-05-1120",
                "555-123-4567",
                "a@b.example",
                "DE89370400440532013000",
                "+43 1 5877600",
                "1",
                "a",
                " ",
                "-",
                ".",
                "@",
                "+",
                "0",
                "(",
                "*");
        return pieces.list().ofMaxSize(12).map(list -> String.join("", list));
    }

    @Property(tries = 2000)
    void maskingKeepsTheLengthAndMaskingAgainChangesNothing(@ForAll("texts") String text) {
        String once = masker.mask(text);
        assertThat(once).hasSameSizeAs(text);
        assertThat(masker.mask(once)).isEqualTo(once);
        for (int i = 0; i < text.length(); i++) {
            assertThat(once.charAt(i)).isIn(text.charAt(i), '*');
        }
    }

    @Test
    void aMegabyteTakesLessThanASecondWhateverItIs() {
        for (String piece : List.of(
                "1",
                "1 ",
                "1-",
                "a@",
                "@",
                "a.",
                "a@b.",
                "DE89",
                "DE89 ",
                "+1 ",
                "+1(((",
                "(212) 555-",
                "4111 ",
                "1.",
                "x@example.org ",
                "4111111111111111 ",
                "aA1-",
                "00",
                "((")) {
            String text = piece.repeat(1_000_000 / piece.length());
            masker.mask(text.substring(0, 10_000));
            assertThat(ThreadCpu.of(() -> masker.mask(text))).as(piece).isLessThan(Duration.ofSeconds(1));
        }
    }
}
