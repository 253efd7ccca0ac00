package dev.agentsgateway.bench.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TroffReaderTest {
    private static String text(String source) {
        return TroffReader.read(source).stream()
                .map(block -> block.kind() + ": " + block.text())
                .collect(Collectors.joining("\n"));
    }

    @Test
    void readsHeadingsParagraphsAndVerbatimLines() {
        assertThat(text("""
                        .\\" A comment.
                        .TH DOZE 1 "2026-01-01" "Tools"
                        .SH NAME
                        doze \\- rest for a while
                        .SH "EXIT STATUS"
                        Zero, when
                        .B doze
                        was not woken;
                        .IR errno (3)
                        tells \\fBwhy\\fP\\&.
                        .PP
                        Else one.
                        .SS Details
                        .TP
                        .BR \\-n ", " \\-\\-nap
                        Sleep less.
                        .nf
                        doze   \\-n
                          5
                        .fi
                        """)).isEqualTo("""
                        SECTION: NAME
                        PARAGRAPH: doze - rest for a while
                        SECTION: EXIT STATUS
                        PARAGRAPH: Zero, when doze was not woken; errno(3) tells why.
                        PARAGRAPH: Else one.
                        SUBSECTION: Details
                        PARAGRAPH: -n, --nap Sleep less.
                        VERBATIM: doze   -n
                          5""");
    }

    @Test
    void readsEscapesStringsAndCharacters() {
        assertThat(text("""
                        .ds Aq \\(aq
                        It\\*(Aqs \\s-1SMALL\\s0 \\(em a\\ b\\h'1m'c \\[bu] \\e \\m[red]red\\m[] n\\*[Aq]t
                        """)).isEqualTo("PARAGRAPH: It's SMALL — a bc • \\ red n't");
    }

    @Test
    void leavesOutDefinitionsAndWhatDoesNotHold() {
        assertThat(text("""
                        .de XX
                        never
                        ..
                        .ie n seen
                        .el hidden
                        .if t \\{\\
                        hidden, too
                        .if n \\{ and this \\}
                        .\\}
                        .if n \\{\\
                        seen as well
                        .\\}
                        """)).isEqualTo("PARAGRAPH: seen seen as well");
    }

    @Test
    void readsTables() {
        assertThat(text("""
                        .TS
                        tab(:);
                        l l.
                        One:\\fITwo\\fP
                        _
                        T{
                        Three
                        T}:Four
                        .TE
                        """)).isEqualTo("VERBATIM: One Two\n\nThree\n Four");
    }

    @Test
    void readsMdoc() {
        assertThat(text("""
                        .Dd January 1, 2026
                        .Dt NAP 8
                        .Sh NAME
                        .Nm nap
                        .Nd rest in the afternoon
                        .Sh DESCRIPTION
                        .Nm
                        rests, as
                        .Xr sleep 1 ,
                        when called with
                        .Op Fl l Ar hours
                        or
                        .Dq now .
                        .It Fl q
                        Quietly.
                        """)).isEqualTo("""
                        SECTION: NAME
                        PARAGRAPH: nap - rest in the afternoon
                        SECTION: DESCRIPTION
                        PARAGRAPH: nap rests, as sleep(1), when called with [-l hours] or “now”.
                        PARAGRAPH: -q Quietly.""");
    }

    @Test
    void takesWhatIsAskedForOutOfThePage() {
        ManPage page = ManPage.read("doze", "1", """
                .TH DOZE 1
                .SH NAME
                doze, snooze \\- rest for a while
                .SH DESCRIPTION
                Sleeps & <wakes>.
                .SH SEE ALSO
                .BR sleep (1),
                .BR snooze (1),
                .BR nap (8)
                """).orElseThrow();

        assertThat(page.name()).isEqualTo("doze(1)");
        assertThat(page.names()).containsExactlyInAnyOrder("doze(1)", "snooze(1)");
        assertThat(page.description()).isEqualTo("rest for a while");
        assertThat(page.related()).containsExactlyInAnyOrder("sleep(1)", "nap(8)");
        assertThat(page.body())
                .isEqualTo(List.of(
                        new Block(Block.Kind.SECTION, "DESCRIPTION"),
                        new Block(Block.Kind.PARAGRAPH, "Sleeps & <wakes>.")));
        assertThat(page.html())
                .contains("<h1>DESCRIPTION</h1>\n<p>Sleeps &amp; &lt;wakes&gt;.</p>")
                .doesNotContain("while");
        assertThat(ManPage.read("other", "1", ".so man1/doze.1")).isEmpty();
    }
}
