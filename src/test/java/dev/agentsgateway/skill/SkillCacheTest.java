package dev.agentsgateway.skill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What chats ask the database for skills. */
class SkillCacheTest {
    private final Map<String, Skill> stored = new TreeMap<>();
    private final List<List<String>> queries = new ArrayList<>();
    private Runnable meanwhile = () -> {};
    private final SkillCache cache = new SkillCache(ids -> {
        queries.add(ids);
        List<Skill> found =
                ids.stream().filter(stored::containsKey).map(stored::get).toList();
        meanwhile.run();
        return found;
    });

    private void store(String id, String name) {
        stored.put(id, new Skill(id, name, "Do.", null, null, null, null, null, null, null, null, true));
    }

    private List<String> names(String... ids) {
        return cache.find(List.of(ids)).stream().map(Skill::name).toList();
    }

    @Test
    void whatIsUnknownIsAskedForAtOnceAndRememberedAlsoWhenThereIsNone() {
        store("a", "A");
        store("b", "B");
        assertThat(names("b", "gone", "a")).containsExactly("B", "A");
        assertThat(names("a", "gone", "b")).containsExactly("A", "B");
        store("c", "C");
        assertThat(names("a", "c")).containsExactly("A", "C");
        assertThat(queries).containsExactly(List.of("b", "gone", "a"), List.of("c"));
    }

    @Test
    void whatChangesIsAskedForAgain() {
        store("a", "A");
        store("b", "B");
        names("a", "b");
        store("a", "New");
        cache.forget("a");
        assertThat(names("a", "b")).containsExactly("New", "B");
        assertThat(queries).containsExactly(List.of("a", "b"), List.of("a"));
        cache.forget(null);
        names("a", "b");
        assertThat(queries).hasSize(3);
    }

    @Test
    void whatWasReadWhileItChangedIsNotRemembered() {
        store("a", "Old");
        meanwhile = () -> {
            store("a", "New");
            cache.forget("a");
        };
        assertThat(names("a")).containsExactly("Old");
        meanwhile = () -> {};
        assertThat(names("a")).containsExactly("New");
    }
}
