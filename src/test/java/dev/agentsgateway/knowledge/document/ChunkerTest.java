package dev.agentsgateway.knowledge.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentsgateway.knowledge.embedding.LocalEmbedder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChunkerTest {
    private final Chunker chunker = new Chunker(new CountingEmbedder(50), 40, 8);

    @Test
    void whatFitsIsOneChunkWithoutTheBlanksAroundIt() {
        assertThat(chunker.chunk(text("\n  Only this.  \n")))
                .containsExactly(new Chunk(0, "Only this.", 3, Map.of("a", 1)));
    }

    @Test
    void cutsBehindParagraphsBeforeSentencesBeforeLinesBeforeWords() {
        assertThat(texts(words(25) + ".\n\nAnd " + words(5) + ". But " + words(40))
                        .getFirst())
                .isEqualTo(words(25) + ".");
        assertThat(texts(words(25) + ". But " + words(5) + "\n" + words(40)).getFirst())
                .isEqualTo(words(25) + ".");
        assertThat(texts(words(25) + "\n" + words(45)).getFirst()).isEqualTo(words(25));
        assertThat(texts(words(90)).getFirst()).isEqualTo(words(40));
    }

    @Test
    void theNextChunkBeginsWithTheLastSentencesOfTheOneBefore() {
        String text = IntStream.range(0, 60).mapToObj(i -> "S" + i + " ab cd.").collect(Collectors.joining(" "));
        List<String> chunks = texts(text);
        assertThat(chunks.get(0)).endsWith("S11 ab cd. S12 ab cd.");
        assertThat(chunks.get(1)).startsWith("S11 ab cd. S12 ab cd. S13");
    }

    @Test
    void noSmallTailRemains() {
        for (int words = 41; words < 200; words++) {
            assertThat(chunker.chunk(text(words(words))))
                    .as("%d words", words)
                    .allSatisfy(chunk -> assertThat(chunk.tokens()).isBetween(14, 40));
        }
    }

    @Test
    void pagesAndRowsStandAloneAndSmallSectionsDoNot() {
        assertThat(chunker.chunk(document(row(1, "Anna"), row(2, "Bert"))))
                .extracting(Chunk::text, Chunk::metadata)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("Anna", Map.of("row_number", 1)),
                        org.assertj.core.groups.Tuple.tuple("Bert", Map.of("row_number", 2)));
        assertThat(chunker.chunk(document(headed("A", words(4)), headed("B", words(20)), headed("C", words(20)))))
                .extracting(Chunk::text, Chunk::metadata)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                words(4) + "\n\n" + words(20), Map.of("headings", List.of("A"))),
                        org.assertj.core.groups.Tuple.tuple(words(20), Map.of("headings", List.of("C"))));
    }

    @Test
    void chunksDoNotRepeatWhatStandsInAnotherSection() {
        List<Chunk> chunks = chunker.chunk(document(headed("A", words(30)), headed("B", words(30))));
        assertThat(chunks).extracting(Chunk::text).containsExactly(words(30), words(30));
    }

    @Test
    void aSmallLastSectionGoesWithTheOneBefore() {
        assertThat(chunker.chunk(document(headed("A", words(30)), headed("B", words(3)))))
                .extracting(Chunk::text)
                .containsExactly(words(30) + "\n\n" + words(3));
    }

    @Test
    void textWithoutBlanksIsCut() {
        String text = "x".repeat(1000);
        List<Chunk> chunks = chunker.chunk(text(text));
        assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.tokens()).isBetween(10, 40));
        assertThat(chunks.stream().map(Chunk::text).collect(Collectors.joining()))
                .isEqualTo(text);
        String chinese = "今天天气很好。".repeat(100);
        assertThat(texts(chinese)).allSatisfy(chunk -> assertThat(chunk).endsWith("。"));
        assertThat(texts("😀".repeat(300)))
                .allSatisfy(chunk -> assertThat(chunk.length() % 2).isZero());
    }

    @Test
    void theModelsLimitCountsMoreThanTheTarget() {
        Chunker large = new Chunker(new CountingEmbedder(20), 500, 4);
        assertThat(large.chunk(text(words(100))))
                .allSatisfy(chunk -> assertThat(chunk.tokens()).isLessThanOrEqualTo(20));
        assertThatThrownBy(() -> new Chunker(new CountingEmbedder(50), 40, 10))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tokensAreThoseOfTheRealModel() {
        LocalEmbedder real = new LocalEmbedder(1);
        String mixed =
                "Grüße aus Łódź, naïve café! 今天天气很好。我们去公园。 don't (re)think foo_bar/baz.qux 😀👍🏽 Straße\u00A0x\u2009y "
                        + "https://example.org/a?b=c#d 3.14159e-10 ﬁn \u0301e \u200Bzero " + "x".repeat(130)
                        + " end.\n";
        assertThat(new Chunker(real, 60, 12).chunk(text(mixed.repeat(20))))
                .hasSizeGreaterThan(20)
                .allSatisfy(chunk -> assertThat(chunk.tokens())
                        .isEqualTo(real.countTokens(chunk.text()))
                        .isLessThanOrEqualTo(60));
    }

    @Test
    void twoMegabytesTakeSeconds() {
        Random random = new Random(7);
        StringBuilder text = new StringBuilder();
        while (text.length() < 2_000_000) {
            int length = 3 + random.nextInt(12);
            for (int i = 0; i < length; i++) {
                text.append(Integer.toString(random.nextInt(20_000) * 31, 36)).append(i == length - 1 ? ". " : " ");
            }
        }
        Chunker real = new Chunker(new LocalEmbedder(1));
        real.chunk(text("Warm."));
        long start = System.nanoTime();
        List<Chunk> chunks = real.chunk(text(text.toString()));
        Duration taken = Duration.ofNanos(System.nanoTime() - start);
        assertThat(taken).isLessThan(Duration.ofSeconds(30));
        assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.tokens()).isBetween(50, 200));
    }

    private List<String> texts(String text) {
        return chunker.chunk(text(text)).stream().map(Chunk::text).toList();
    }

    private static String words(int count) {
        return IntStream.range(0, count).mapToObj(i -> "w" + i % 10).collect(Collectors.joining(" "));
    }

    private static ExtractedDocument text(String text) {
        return document(new Section(text, Map.of("a", 1)));
    }

    private static Section row(int number, String text) {
        return new Section(text, Map.of("row_number", number));
    }

    private static Section headed(String heading, String text) {
        return new Section(text, Map.of("headings", List.of(heading)));
    }

    private static ExtractedDocument document(Section... sections) {
        return new ExtractedDocument("title", List.of(sections));
    }
}
