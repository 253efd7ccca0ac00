package dev.agentsgateway.knowledge.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.agentsgateway.common.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FusionTest {
    @Test
    void whatBothHaveFoundComesFirst() {
        Map<String, List<Hit>> found = new LinkedHashMap<>();
        found.put("vector", hits("a", "b", "c"));
        found.put("keyword", hits("c", "d"));

        List<Fusion.Fused> fused = Fusion.fuse(found, 3);

        assertThat(fused).extracting(one -> one.hit().text()).containsExactly("c", "a", "b");
        assertThat(fused.getFirst().score()).isCloseTo(1 / 63.0 + 1 / 61.0, within(1e-6));
        assertThat(fused.getFirst().scores()).isEqualTo(Map.of("vector", 3.0, "keyword", 1.0));
        assertThat(fused.get(1).scores()).isEqualTo(Map.of("vector", 1.0));
    }

    @Test
    void whatOneHasFoundIsNotLost() {
        assertThat(Fusion.fuse(Map.of("vector", List.of(), "keyword", hits("a", "b")), 10))
                .extracting(one -> one.hit().text())
                .containsExactly("a", "b");
        assertThat(Fusion.fuse(Map.of("vector", List.of()), 10)).isEmpty();
    }

    /** Scored by their rank. */
    private static List<Hit> hits(String... texts) {
        double[] score = {0};
        return Stream.of(texts)
                .map(text -> Hit.of("entry-" + text, 0, text, Json.object(), ++score[0]))
                .toList();
    }
}
