package dev.agentsgateway.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ToolNamesTest {
    private static final Set<String> TAKEN = Set.of("resolve_datetime", "b__x");

    @Provide
    Arbitrary<List<ToolNames.Place>> places() {
        Arbitrary<String> servers = Arbitraries.of("a", "b", "A b", "a_b", "9", "s".repeat(100));
        Arbitrary<String> tools = Arbitraries.oneOf(
                Arbitraries.of("x", "b__x", "a__x", "resolve_datetime", "é", "è", "t".repeat(64), "t".repeat(65)),
                Arbitraries.strings().ofMinLength(1).ofMaxLength(80));
        return Combinators.combine(servers, tools)
                .as(ToolNames.Place::new)
                .list()
                .uniqueElements()
                .ofMaxSize(30);
    }

    @Property(tries = 300)
    void namesAreLegalAndEachIsGivenOnce(@ForAll("places") List<ToolNames.Place> places) {
        List<String> names = ToolNames.of(places, TAKEN);
        assertThat(names).hasSameSizeAs(places).doesNotHaveDuplicates().doesNotContainAnyElementsOf(TAKEN);
        assertThat(names).allMatch(name -> name.matches("[A-Za-z_][A-Za-z0-9_-]{0,63}"));
    }

    @Test
    void namesDependNeitherOnTheOrderNorOnOtherServersWithoutTheName() {
        ToolNames.Place one = new ToolNames.Place("one", "search");
        ToolNames.Place two = new ToolNames.Place("two", "search");
        ToolNames.Place odd = new ToolNames.Place("two", "läsa fil");
        assertThat(ToolNames.of(List.of(one, two, odd), Set.of()))
                .containsExactly("one__search", "two__search", "l_sa_fil");
        assertThat(ToolNames.of(List.of(odd, two, one), Set.of()))
                .containsExactly("l_sa_fil", "two__search", "one__search");
        assertThat(ToolNames.of(List.of(one, odd), Set.of())).containsExactly("search", "l_sa_fil");
        assertThat(new HashSet<>(ToolNames.of(List.of(one), Set.of("search")))).containsExactly("one__search");
    }
}
