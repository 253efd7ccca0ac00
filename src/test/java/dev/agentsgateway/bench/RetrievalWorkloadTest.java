package dev.agentsgateway.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetrievalWorkloadTest {
    private static final List<String> THINGS = List.of(
            "apples",
            "bridges",
            "candles",
            "dolphins",
            "engines",
            "feathers",
            "guitars",
            "harbours",
            "islands",
            "jackets",
            "kettles",
            "lanterns",
            "mountains",
            "needles",
            "orchids",
            "pillows");

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);

    @TempDir
    private Path manual;

    @Test
    void indexesPagesAndFindsThemByTheirDescriptions() throws Exception {
        for (int i = 0; i < THINGS.size(); i++) {
            write(THINGS.get(i), 1 + i % 2, THINGS.get((i + 2) % THINGS.size()));
        }

        JsonNode json = run(new RetrievalWorkload.Options(manual, 1_000, null, 10, 10));

        assertThat(json.get("errors").asInt()).isZero();
        JsonNode raw = json.at("/raw/retrieval");
        assertThat(raw.at("/documents")).hasSize(16);
        assertThat(raw.at("/collection/0").asText()).contains("16 pages {man1=8, man2=8}", "16 questions {1=8, 2=8}");
        for (String half : List.of("development", "held-out")) {
            for (String mode : List.of("keyword", "vector", "hybrid")) {
                assertThat(figure(raw, half + ", known page, ", ", " + mode + ", recall@10"))
                        .isEqualTo(1);
            }
            assertThat(figure(raw, half + ", related pages, ", ", keyword, ndcg@10"))
                    .isBetween(0.0, 1.0);
        }
        assertThat(raw.at("/hybrid/count").asInt()).isEqualTo(16);
        assertThat(json.get("figures"))
                .filteredOn(figure -> figure.get("name").asText().startsWith("indexed, "))
                .hasSize(1)
                .allSatisfy(figure -> assertThat(figure.get("value").asDouble()).isPositive());
    }

    @Test
    void saysWhyItIsSkipped() throws Exception {
        write("apples", 1, "bridges");

        JsonNode json = run(new RetrievalWorkload.Options(manual, 1_000, null));

        assertThat(json.get("errors").asInt()).isZero();
        assertThat(json.at("/raw/retrieval/skipped/0").asText())
                .isEqualTo("1 manual pages in " + manual + ", 300 are needed");
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("skipped: 1 manual pages");
    }

    private JsonNode run(RetrievalWorkload.Options options) throws Exception {
        Report report = new Report();
        new RetrievalWorkload(options, out).run(new Setup(null, null, null, null, null, "test", true, report, _ -> {}));
        report.print(out);
        return report.json(Json.object());
    }

    private static double figure(JsonNode raw, String begin, String end) {
        return raw.properties().stream()
                .filter(member ->
                        member.getKey().startsWith(begin) && member.getKey().endsWith(end))
                .findFirst()
                .orElseThrow()
                .getValue()
                .asDouble();
    }

    private void write(String thing, int section, String other) throws IOException {
        Path file = Files.createDirectories(manual.resolve("man" + section)).resolve(thing + "." + section + ".gz");
        String page =
                """
                .TH %1$s %2$d
                .SH NAME
                %1$s \\- make and repair old %1$s
                .SH DESCRIPTION
                .B %1$s
                are kept in a box. This program repairs them one after the other, makes new ones when there are
                none, and says what it has done with the %1$s.
                .PP
                %3$s
                .SH SEE ALSO
                .BR %4$s (%2$d)
                """.formatted(thing, section, "It goes on until everything is as it was before. ".repeat(8), other);
        try (OutputStream bytes = new GZIPOutputStream(Files.newOutputStream(file))) {
            bytes.write(page.getBytes(StandardCharsets.UTF_8));
        }
    }
}
