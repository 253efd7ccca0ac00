package dev.agentsgateway.skill;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentsgateway.common.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Remembers for a minute, in case a notification is lost or a row is changed by another program, which skills there are
 * and that others are gone. Thread-safe.
 */
final class SkillCache {
    /** In characters of what is kept. */
    private static final long MAX_WEIGHT = 8_000_000;

    private final Cache<String, Optional<Skill>> known = Caffeine.newBuilder()
            .maximumWeight(MAX_WEIGHT)
            .weigher((String id, Optional<Skill> skill) -> 200 + id.length() + weight(skill))
            .expireAfterWrite(Duration.ofMinutes(1))
            .build();
    private final ReentrantLock remembering = new ReentrantLock();
    private long changes;
    private final Function<List<String>, List<Skill>> database;

    SkillCache(Function<List<String>, List<Skill>> database) {
        this.database = database;
    }

    private static int weight(Optional<Skill> skill) {
        return skill.map(one -> Json.write(one).length()).orElse(0);
    }

    /** The active ones of different ids, in their order. */
    List<Skill> find(List<String> ids) {
        Map<String, Optional<Skill>> found = new HashMap<>(known.getAllPresent(ids));
        List<String> unknown = ids.stream().filter(id -> !found.containsKey(id)).toList();
        if (!unknown.isEmpty()) {
            found.putAll(load(unknown));
        }
        List<Skill> skills = new ArrayList<>();
        ids.forEach(id -> found.get(id).ifPresent(skills::add));
        return skills;
    }

    private Map<String, Optional<Skill>> load(List<String> ids) {
        long before = changes();
        Map<String, Optional<Skill>> loaded = new HashMap<>();
        ids.forEach(id -> loaded.put(id, Optional.empty()));
        database.apply(ids).forEach(skill -> loaded.put(skill.id(), Optional.of(skill)));
        remember(loaded, before);
        return loaded;
    }

    /** Forgets a skill; null forgets everything. */
    void forget(String id) {
        remembering.lock();
        try {
            changes++;
            if (id == null) {
                known.invalidateAll();
            } else {
                known.invalidate(id);
            }
        } finally {
            remembering.unlock();
        }
    }

    private long changes() {
        remembering.lock();
        try {
            return changes;
        } finally {
            remembering.unlock();
        }
    }

    /** Keeps what was read, unless a change was announced since {@code before}: a row that was read may be the old one. */
    private void remember(Map<String, Optional<Skill>> loaded, long before) {
        remembering.lock();
        try {
            if (changes == before) {
                known.putAll(loaded);
            }
        } finally {
            remembering.unlock();
        }
    }
}
