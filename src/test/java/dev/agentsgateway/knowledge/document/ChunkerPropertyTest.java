package dev.agentsgateway.knowledge.document;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

class ChunkerPropertyTest {
    private static final int TARGET = 40;
    private static final int OVERLAP = 8;
    private static final CountingEmbedder EMBEDDER = new CountingEmbedder(50);

    private final Chunker chunker = new Chunker(EMBEDDER, TARGET, OVERLAP);

    /**
     * Walks the words of the source and of the chunks side by side: each chunk goes on where the one before ended, after
     * repeating at most the overlap.
     */
    @Property(tries = 500)
    void everyWordIsThereInOrderAndTheOverlapIsBounded(@ForAll("documents") ExtractedDocument document) {
        List<String> source = document.sections().stream()
                .flatMap(section -> words(section.text()).stream())
                .toList();
        int next = 0;
        for (Chunk chunk : chunker.chunk(document)) {
            List<String> words = words(chunk.text());
            int repeated = repeated(source, next, words);
            assertThat(repeated).as("a chunk goes on where the last one ended").isNotNegative();
            assertThat(EMBEDDER.countTokens(String.join(" ", words.subList(0, repeated))))
                    .isLessThanOrEqualTo(OVERLAP);
            assertThat(words.size()).as("something new in each chunk").isGreaterThan(repeated);
            next += words.size() - repeated;
        }
        assertThat(next).isEqualTo(source.size());
    }

    @Property(tries = 500)
    void limitsHoldAndNumbersCount(@ForAll("documents") ExtractedDocument document) {
        List<Chunk> chunks = chunker.chunk(document);
        for (int i = 0; i < chunks.size(); i++) {
            Chunk chunk = chunks.get(i);
            assertThat(chunk.index()).isEqualTo(i);
            assertThat(chunk.text()).isEqualTo(chunk.text().strip()).isNotEmpty();
            assertThat(chunk.tokens())
                    .isEqualTo(EMBEDDER.countTokens(chunk.text()))
                    .isBetween(1, TARGET);
            assertThat(document.sections()).extracting(Section::metadata).contains(chunk.metadata());
        }
    }

    @Property(tries = 500)
    void noChunkIsTinyUnlessItsPassageIs(@ForAll("documents") ExtractedDocument document) {
        List<Chunk> chunks = chunker.chunk(document);
        boolean rows = document.sections().stream()
                .anyMatch(section -> section.metadata().containsKey("row_number"));
        if (!rows && chunks.size() > 1) {
            assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.tokens()).isGreaterThanOrEqualTo(TARGET / 4));
        }
    }

    @Property(tries = 300)
    void anyTextIsCutWithinTheLimits(@ForAll String text) {
        if (text.isBlank()) {
            return;
        }
        List<Chunk> chunks = chunker.chunk(new ExtractedDocument("t", List.of(new Section(text, Map.of()))));
        assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.tokens()).isLessThanOrEqualTo(TARGET));
    }

    /** How many words at the chunk's start are the last ones before {@code next}; -1 when nothing fits. */
    private static int repeated(List<String> source, int next, List<String> words) {
        for (int repeated = 0; repeated <= Math.min(next, words.size()); repeated++) {
            int from = next - repeated;
            if (from + words.size() <= source.size()
                    && source.subList(from, from + words.size()).equals(words)) {
                return repeated;
            }
        }
        return -1;
    }

    private static List<String> words(String text) {
        return Arrays.asList(text.strip().split("\\s+"));
    }

    @Provide
    Arbitrary<ExtractedDocument> documents() {
        Arbitrary<String> word = Arbitraries.strings()
                .withCharRange('a', 'z')
                .numeric()
                .ofMinLength(1)
                .ofMaxLength(24);
        Arbitrary<String> end = Arbitraries.frequencyOf(
                Tuple.of(8, Arbitraries.just(" ")),
                Tuple.of(2, Arbitraries.just(". The ")),
                Tuple.of(1, Arbitraries.just("\n")),
                Tuple.of(1, Arbitraries.just(".\n\n")));
        Arbitrary<String> text = Combinators.combine(word, end)
                .as(String::concat)
                .list()
                .ofMinSize(1)
                .ofMaxSize(150)
                .map(parts -> String.join("", parts));
        Arbitrary<Map<String, Object>> metadata = Arbitraries.of(
                Map.of(),
                Map.of("headings", List.of("A")),
                Map.of("headings", List.of("A", "B")),
                Map.of("row_number", 2));
        return Combinators.combine(text, metadata)
                .as(Section::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(5)
                .map(sections -> new ExtractedDocument("title", sections));
    }
}
