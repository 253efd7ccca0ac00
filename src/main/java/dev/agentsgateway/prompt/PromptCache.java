package dev.agentsgateway.prompt;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The prompts that this process has read lately: {@value #CAPACITY} at most, each for an hour after it was last known to
 * be true. Nothing that was read before a change is kept after it. Thread-safe.
 */
public final class PromptCache {
    /** Prompts that are kept. */
    public static final int CAPACITY = 1000;

    /** How long a prompt is kept. */
    public static final Duration LIFETIME = Duration.ofHours(1);

    private final Cache<String, Entry> entries;
    private final ReentrantLock keeping = new ReentrantLock();
    private final AtomicLong hits = new AtomicLong();
    private final AtomicLong misses = new AtomicLong();
    private final AtomicLong updated = new AtomicLong();
    private final AtomicLong unchanged = new AtomicLong();
    private long changes;

    private record Entry(Prompt prompt, String hash) {}

    /** @param remember whether what was read is the truth, or only the best that could be had */
    record Read(Optional<Prompt> prompt, boolean remember) {}

    interface Reader {
        Read read();
    }

    /** What was counted since the start. */
    public record Counts(long hits, long misses, long updated, long unchanged) {}

    /** @param ticker the clock of the lifetime */
    public PromptCache(Ticker ticker) {
        entries = Caffeine.newBuilder()
                .maximumSize(CAPACITY)
                .expireAfterWrite(LIFETIME)
                .ticker(ticker)
                .executor(Runnable::run)
                .build();
    }

    /** A prompt, read when it is not there; that there is none is not remembered. */
    Optional<Prompt> find(String id, Reader reader) {
        Entry entry = entries.getIfPresent(id);
        if (entry != null) {
            hits.incrementAndGet();
            return Optional.of(entry.prompt());
        }
        misses.incrementAndGet();
        long before = changes();
        Read read = reader.read();
        if (read.remember() && read.prompt().isPresent()) {
            keep(List.of(entryOf(read.prompt().get())), before);
        }
        return read.prompt();
    }

    /** To be asked before reading what is to be kept. */
    long changes() {
        keeping.lock();
        try {
            return changes;
        } finally {
            keeping.unlock();
        }
    }

    /**
     * Keeps all of these and nothing else.
     *
     * @param before the {@link #changes} before they were read
     * @return false, and nothing is kept, when something has changed since
     */
    boolean replaceAll(List<Prompt> prompts, long before) {
        List<Entry> read = prompts.stream().map(PromptCache::entryOf).toList();
        Set<String> ids = new HashSet<>();
        int same = 0;
        for (Entry entry : read) {
            ids.add(entry.prompt().id());
            Entry old = entries.asMap().get(entry.prompt().id());
            same += old != null && old.hash().equals(entry.hash()) ? 1 : 0;
        }
        if (!keep(read, before)) {
            return false;
        }
        entries.asMap().keySet().retainAll(ids);
        unchanged.addAndGet(same);
        updated.addAndGet(read.size() - same);
        return true;
    }

    private boolean keep(List<Entry> read, long before) {
        keeping.lock();
        try {
            if (changes != before) {
                return false;
            }
            read.forEach(entry -> entries.put(entry.prompt().id(), entry));
            return true;
        } finally {
            keeping.unlock();
        }
    }

    /** Forgets a prompt; null forgets all. */
    void forget(String id) {
        keeping.lock();
        try {
            changes++;
            if (id == null) {
                entries.invalidateAll();
            } else {
                entries.invalidate(id);
            }
        } finally {
            keeping.unlock();
        }
    }

    /** How many prompts it holds now. */
    public int size() {
        entries.cleanUp();
        return Math.toIntExact(entries.estimatedSize());
    }

    /** What was counted since the start. */
    public Counts counts() {
        return new Counts(hits.get(), misses.get(), updated.get(), unchanged.get());
    }

    private static Entry entryOf(Prompt prompt) {
        return new Entry(prompt, PromptContent.of(prompt).hash());
    }
}
