package dev.agentsgateway.knowledge.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.agentsgateway.common.Json;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FusionTest {
    @Test
    void whatBothHaveFoundComesFirst() {
        List<Fusion.Fused> fused = Fusion.fuse(
                List.of(
                        new Fusion.Found("vector", 1, hits("a", "b", "c")),
                        new Fusion.Found("keyword", 0.5, hits("c", "d"))),
                3);

        assertThat(fused).extracting(one -> one.hit().text()).containsExactly("c", "a", "b");
        assertThat(fused.getFirst().score()).isCloseTo(1 / 23.0 + 0.5 / 21, within(1e-12));
        assertThat(fused.getFirst().scores()).isEqualTo(Map.of("vector", 3.0, "keyword", 1.0));
        assertThat(fused.get(1).scores()).isEqualTo(Map.of("vector", 1.0));
    }

    @Test
    void ofEqualsTheFirstStaysFirst() {
        List<Fusion.Fused> fused = Fusion.fuse(
                List.of(new Fusion.Found("vector", 1, hits("a")), new Fusion.Found("keyword", 1, hits("b"))), 10);

        assertThat(fused).extracting(one -> one.hit().text()).containsExactly("a", "b");
        assertThat(Fusion.fuse(List.of(new Fusion.Found("vector", 1, List.of())), 10))
                .isEmpty();
    }

    /** Scored by their rank. */
    private static List<Hit> hits(String... texts) {
        double[] score = {0};
        return Stream.of(texts)
                .map(text -> Hit.of("entry-" + text, 0, text, Json.object(), ++score[0]))
                .toList();
    }
}
