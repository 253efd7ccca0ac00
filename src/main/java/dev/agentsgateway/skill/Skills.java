package dev.agentsgateway.skill;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.db.Database;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The skills. Thread-safe.
 *
 * <p>{@link #active} goes through a cache (at most a minute old), from which a change takes the skill on all replicas,
 * within a second; here before the change is answered. Everything that needs the database throws {@link
 * dev.agentsgateway.db.DatabaseUnavailableException} when it is away.
 */
public final class Skills {
    private final Database database;
    private final InstantSource clock;
    private final SkillStore store = new SkillStore();
    private final SkillCache cache = new SkillCache(this::load);

    /** What is said of a skill; null for nothing. */
    record Content(
            String name,
            String instructions,
            String description,
            String category,
            List<ObjectNode> references,
            List<ObjectNode> scripts,
            List<String> allowedTools,
            List<String> tags) {
        Skill over(Skill old) {
            return new Skill(
                    old.id(),
                    or(name, old.name()),
                    or(instructions, old.instructions()),
                    or(description, old.description()),
                    or(category, old.category()),
                    references == null ? old.references() : List.<JsonNode>copyOf(references),
                    scripts == null ? old.scripts() : List.<JsonNode>copyOf(scripts),
                    or(allowedTools, old.allowedTools()),
                    or(tags, old.tags()),
                    old.createdAt(),
                    old.updatedAt(),
                    old.isActive());
        }

        private static <T> T or(T given, T otherwise) {
            return given == null ? otherwise : given;
        }
    }

    public Skills(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
        database.listen(SkillStore.CHANNEL, cache::forget);
    }

    /**
     * The active skills of an agent, in the order of the ids; those that are unknown or deleted are left out.
     *
     * @param ids null for none, which costs nothing; others cost one query at most
     */
    public List<Skill> active(List<String> ids) {
        return ids == null || ids.isEmpty() ? List.of() : cache.find(List.copyOf(new LinkedHashSet<>(ids)));
    }

    /** Which of the ids name no active skill now. */
    public Set<String> missing(List<String> ids) {
        Set<String> missing = new LinkedHashSet<>(ids);
        load(List.copyOf(missing)).forEach(skill -> missing.remove(skill.id()));
        return missing;
    }

    private List<Skill> load(List<String> ids) {
        return ids.isEmpty() ? List.of() : database.with(handle -> store.find(handle, ids));
    }

    List<Skill.Summary> list(boolean includeInactive, String category) {
        return database.with(handle -> store.list(handle, includeInactive, category));
    }

    Optional<Skill> find(String id) {
        return load(List.of(id)).stream().findFirst();
    }

    /** @return empty when an active skill has the id */
    Optional<Skill> create(String id, Content content) {
        var now = Timestamps.now(clock);
        Skill blank = new Skill(id, null, null, null, null, null, null, null, null, now, now, true);
        Optional<Skill> created = database.transact(handle -> store.create(handle, content.over(blank)));
        cache.forget(id);
        return created;
    }

    /** Changes what is given; what would change nothing is not written. Empty when there is no such active skill. */
    Optional<Skill> update(String id, Content content) {
        Optional<Skill> updated = database.transact(handle -> store.findLocked(handle, id)
                .map(old -> content.over(old).equals(old) ? old : store.update(handle, dated(content.over(old)))));
        cache.forget(id);
        return updated;
    }

    private Skill dated(Skill skill) {
        return new Skill(
                skill.id(),
                skill.name(),
                skill.instructions(),
                skill.description(),
                skill.category(),
                skill.references(),
                skill.scripts(),
                skill.allowedTools(),
                skill.tags(),
                skill.createdAt(),
                Timestamps.now(clock),
                skill.isActive());
    }

    /** @return false when there is no such active skill */
    boolean delete(String id) {
        boolean deleted = database.transact(handle -> store.delete(handle, id, Timestamps.now(clock)));
        cache.forget(id);
        return deleted;
    }
}
