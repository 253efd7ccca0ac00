package dev.agentsgateway.knowledge.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LocalEmbedderTest {
    private static final LocalEmbedder EMBEDDER = new LocalEmbedder(2);

    @Test
    void relatedTextsAreNearerThanUnrelatedOnes() {
        List<float[]> documents = EMBEDDER.embedDocuments(List.of(
                "The invoice must be paid within thirty days.",
                "Cats sleep for most of the day.",
                "Water boils at a lower temperature on mountains."));
        float[] query = EMBEDDER.embedQuery("When do I have to pay the bill?");
        assertThat(documents).allSatisfy(vector -> {
            assertThat(vector).hasSize(EMBEDDER.dimension());
            assertThat(dot(vector, vector)).isBetween(0.999, 1.001);
        });
        assertThat(dot(query, documents.getFirst()))
                .isGreaterThan(dot(query, documents.get(1)) + 0.2)
                .isGreaterThan(dot(query, documents.get(2)) + 0.2);
    }

    @Test
    void vectorsComeInTheOrderOfTheirTexts() {
        List<String> texts =
                IntStream.range(0, 40).mapToObj(i -> "Room number " + i).toList();
        List<float[]> together = EMBEDDER.embedDocuments(texts);
        assertThat(together).hasSize(40);
        for (int i : List.of(0, 15, 16, 39)) {
            assertThat(dot(together.get(i), EMBEDDER.embedQuery(texts.get(i)))).isBetween(0.999, 1.001);
        }
        assertThat(EMBEDDER.embedDocuments(List.of())).isEmpty();
    }

    @Test
    void aTextThatIsFarTooLongCostsNoMoreThanALongOne() {
        String text = "The invoice must be paid within thirty days. ";
        EMBEDDER.embedQuery(text);
        long start = System.nanoTime();
        float[] vector = EMBEDDER.embedQuery(text.repeat(100_000));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
        assertThat(dot(vector, EMBEDDER.embedQuery(text))).isGreaterThan(0.8);
    }

    @Test
    void aTextWithoutWordsIsAnError() {
        assertThatThrownBy(() -> EMBEDDER.embedQuery(" ")).isInstanceOf(EmbeddingException.class);
    }

    @Test
    void countsWordPiecesWithoutTheMarksOfTheModel() {
        assertThat(EMBEDDER.countTokens("")).isZero();
        assertThat(EMBEDDER.countTokens("hello world")).isEqualTo(2);
        assertThat(EMBEDDER.countTokens("hello world.".repeat(1000))).isEqualTo(3000);
    }

    private static double dot(float[] a, float[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> (double) a[i] * b[i])
                .sum();
    }
}
