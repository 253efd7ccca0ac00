package dev.agentsgateway.bench.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RankingTest {
    private static final Offset<Double> EXACT = within(1e-9);

    @Test
    void aKnownItemCountsByItsRank() {
        Ranking third = Ranking.judge(List.of("x", "y", "a"), Map.of("a", 1), 10);
        assertThat(third.recall()).isEqualTo(1);
        // 1 / log2(3 + 1)
        assertThat(third.ndcg()).isCloseTo(0.5, EXACT);
        assertThat(Ranking.judge(List.of("x", "y", "a"), Map.of("a", 1), 2)).isEqualTo(new Ranking(0, 0));
        assertThat(Ranking.judge(List.of("a"), Map.of("a", 7), 10)).isEqualTo(new Ranking(1, 1));
    }

    @Test
    void gradesAreDiscountedByRank() {
        // Relevant are a (2), b (1) and c (1). Found are b, x, a: 1/log2(2) + 2/log2(4) = 1 + 1 = 2.
        // The best is a, b, c: 2/1 + 1/1.5849625 + 1/2 = 3.1309298.
        Ranking ranking = Ranking.judge(List.of("b", "x", "a"), Map.of("a", 2, "b", 1, "c", 1), 10);
        assertThat(ranking.recall()).isCloseTo(2 / 3.0, EXACT);
        assertThat(ranking.ndcg()).isCloseTo(2 / 3.1309297535714573, EXACT);
    }

    @Test
    void moreRelevantOnesThanPlacesCannotAllBeFound() {
        Ranking ranking = Ranking.judge(List.of("a", "b"), Map.of("a", 1, "b", 1, "c", 1), 2);
        assertThat(ranking.recall()).isEqualTo(1);
        assertThat(ranking.ndcg()).isCloseTo(1, EXACT);
    }

    @Test
    void meansAreTakenOverQuestions() {
        Ranking mean = Ranking.mean(List.of(new Ranking(1, 0.5), new Ranking(0, 0)));
        assertThat(mean).isEqualTo(new Ranking(0.5, 0.25));
        assertThatThrownBy(() -> Ranking.judge(List.of("a"), Map.of(), 10))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
