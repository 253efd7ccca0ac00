package dev.agentsgateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentsgateway.common.Reach;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NamedIdsTest {
    record Profile(@TenantId String tenantId, String name) {}

    record Item(@UserId String ownerId, List<Item> parts) {}

    record Content(Profile profile, @UserId List<String> userIds, List<Item> items, Map<String, Profile> byName) {}

    record Input(
            @Path @UserId String userId,
            @Query @TenantId String tenantId,
            @Body Content content) {}

    record Plain(@Path String agentId) {}

    record Number(@Query @UserId int userId) {}

    private static final Reach MINE = new Reach("acme", Set.of("u1", "u2"));

    private static void check(Object input, Reach reach) {
        new NamedIds(input.getClass()).check(input, reach);
    }

    private static Input input(String user, String tenant, Content content) {
        return new Input(user, tenant, content);
    }

    @Test
    void findsIdsWhereverTheyAre() {
        Item deep = new Item("u1", List.of(new Item("u2", Arrays.asList(null, new Item("u3", null)))));
        List<Input> foreign = List.of(
                input("u3", null, null),
                input("u1", "other", null),
                input("u1", "", null),
                input("u1", null, new Content(new Profile("other", "n"), null, null, null)),
                input("u1", null, new Content(null, List.of("u1", "u3"), null, null)),
                input("u1", null, new Content(null, null, List.of(deep), null)),
                input("u1", null, new Content(null, null, null, Map.of("n", new Profile("other", "n")))));
        for (Input each : foreign) {
            assertThatThrownBy(() -> check(each, MINE))
                    .as("%s", each)
                    .isInstanceOfSatisfying(HttpException.class, e -> {
                        assertThat(e.status()).isEqualTo(403);
                        assertThat(e.detail().toString())
                                .matches("This API key may not act for (user u3|tenant (other)?)");
                    });
            check(each, Reach.ALL);
        }
    }

    @Test
    void letsOnesOwnIdsAndAbsentOnesPass() {
        Content own = new Content(
                new Profile("acme", "u3"),
                List.of("u1", "u2"),
                List.of(new Item(null, List.of())),
                Map.of("other", new Profile(null, "n")));
        assertThatCode(() -> check(input("u2", "acme", own), MINE)).doesNotThrowAnyException();
        assertThatCode(() -> check(input(null, null, null), MINE)).doesNotThrowAnyException();
        assertThatCode(() -> check(new Plain("u3"), MINE)).doesNotThrowAnyException();
    }

    @Test
    void knowsWhatARouteCanName() {
        assertThat(new NamedIds(Input.class).kinds())
                .containsExactlyInAnyOrder(NamedIds.Kind.USER, NamedIds.Kind.TENANT);
        assertThat(new NamedIds(Item.class).kinds()).containsExactly(NamedIds.Kind.USER);
        assertThat(new NamedIds(Route.NoInput.class).kinds()).isEmpty();
    }

    @Test
    void whatHoldsNoTextCannotBeAnId() {
        assertThatThrownBy(() -> new NamedIds(Number.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Number.userId");
    }

    @Test
    void longIdsAreCutInTheAnswer() {
        assertThatThrownBy(() -> NamedIds.Kind.USER.check("😀".repeat(300), MINE))
                .hasMessage("This API key may not act for user " + "😀".repeat(255) + "…");
        assertThatThrownBy(() -> NamedIds.Kind.TENANT.check(null, MINE))
                .hasMessage("This API key may not act for tenant null");
    }

    @Test
    void reachIsTenantAndUser() {
        assertThat(MINE.covers("acme", "u1")).isTrue();
        assertThat(MINE.covers("acme", "u3")).isFalse();
        assertThat(MINE.covers("other", "u1")).isFalse();
        assertThat(MINE.covers(null, "u1")).isFalse();
        assertThat(MINE.covers("acme", null)).isFalse();
        assertThat(Reach.ALL.covers(null, null)).isTrue();
        assertThat(new Reach("acme", Set.of()).covers("acme", null)).isTrue();
        assertThat(MINE.usersOrNull()).containsExactlyInAnyOrder("u1", "u2");
        assertThat(Reach.ALL.usersOrNull()).isNull();
        assertThat(Reach.ALL.realm()).isEmpty();
        assertThatThrownBy(() -> new Reach("", Set.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
