package dev.agentsgateway.prompt;

import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.http.HttpException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * The rules of prompts: every change makes a version, a change of nothing changes nothing, and where a back end holds the
 * prompts, it and its copy change together. Thread-safe. Writes throw {@link HttpException} 503 when the back end does
 * not answer and 500 when it refuses; nothing is changed then.
 */
public final class Prompts {
    private final Database database;
    private final PromptStore store;
    private final PromptCopies copies;
    private final PromptCache cache;
    private final Clock clock;

    /**
     * A prompt as it is known.
     *
     * @param staleSeconds since when it is not known to be true because the back end does not answer; null when it is
     */
    record Found(Prompt prompt, Long staleSeconds) {}

    /** As {@link Found}, of several. */
    record FoundAll(List<Prompt> prompts, Long staleSeconds) {}

    /** @param copies null when the prompts are in our own database */
    Prompts(Database database, PromptStore store, PromptCopies copies, PromptCache cache, Clock clock) {
        this.database = database;
        this.store = store;
        this.copies = copies;
        this.cache = cache;
        this.clock = clock;
    }

    /** Reads through the cache. */
    Optional<Found> find(String id) {
        Optional<Prompt> found = cache.find(id, () -> read(id));
        return found.map(prompt -> new Found(prompt, copies == null ? null : copies.staleSeconds(id)));
    }

    /** Whether a back end has a prompt that is not among the copies; it is from now on. */
    public boolean isElsewhere(String id) {
        return copies != null && find(id).isPresent();
    }

    private PromptCache.Read read(String id) {
        if (copies != null && !copies.isAway()) {
            try {
                return new PromptCache.Read(copies.pull(id), true);
            } catch (BackendException e) {
                // It is logged when it begins, and the answer says so.
            }
        }
        return new PromptCache.Read(database.with(handle -> store.find(handle, id)), copies == null);
    }

    FoundAll list(PromptStore.Filter filter) {
        List<Prompt> prompts = database.with(handle -> store.list(handle, filter));
        return new FoundAll(prompts, copies == null ? null : copies.staleSeconds(null));
    }

    /** @return empty when the id is taken */
    Optional<Prompt> create(String id, PromptContent content, Integer keyId) {
        Edit edit = edit(keyId);
        try {
            return database.transact(handle -> create(handle, id, content, edit));
        } finally {
            forget(id);
        }
    }

    /** @return empty when there is no such prompt */
    Optional<Prompt> change(String id, PromptContent change, Integer keyId) {
        Edit edit = edit(keyId);
        catchUp(id);
        try {
            return database.transact(handle -> change(handle, id, change, edit));
        } finally {
            forget(id);
        }
    }

    boolean delete(String id, Integer keyId) {
        Edit edit = edit(keyId);
        catchUp(id);
        try {
            return database.transact(handle -> delete(handle, id, edit));
        } finally {
            forget(id);
        }
    }

    Edit edit(Integer keyId) {
        return new Edit(keyId, Timestamps.now(clock));
    }

    /**
     * To be called before a change, outside of its transaction: where a back end holds the prompt, brings the copy up to
     * date, so that nobody's work is overwritten with what was true a quarter of an hour ago.
     */
    public void catchUp(String id) {
        if (copies != null) {
            try {
                copies.pull(id);
            } catch (BackendException e) {
                throw e.answer("Failed to read prompt");
            }
        }
    }

    /** To be called after a change of {@link #create}, {@link #change} or {@link #delete} is committed. */
    public void forget(String id) {
        cache.forget(id);
    }

    /** @return empty when the id is taken */
    public Optional<Prompt> create(Handle handle, String id, PromptContent content, Edit edit) {
        if (store.find(handle, id).isPresent()) {
            return Optional.empty();
        }
        if (copies != null) {
            try {
                if (!copies.create(handle, id, content)) {
                    return Optional.empty();
                }
            } catch (BackendException e) {
                throw e.answer("Failed to create prompt");
            }
            return Optional.of(
                    store.create(handle, id, content, edit).orElseGet(() -> store.update(handle, id, content, edit)));
        }
        return store.create(handle, id, content, edit);
    }

    /** @return the prompt with the change; empty when there is none */
    public Optional<Prompt> change(Handle handle, String id, PromptContent change, Edit edit) {
        return store.lock(handle, id).map(prompt -> replace(handle, prompt, change.over(prompt), edit));
    }

    /** Gives a prompt, which is locked, a whole new content. */
    Prompt replace(Handle handle, Prompt prompt, PromptContent content, Edit edit) {
        if (content.isThatOf(prompt)) {
            return prompt;
        }
        Prompt changed = store.update(handle, prompt.id(), content, edit);
        if (copies != null) {
            try {
                copies.replace(handle, prompt.id(), content);
            } catch (BackendException e) {
                throw e.answer("Failed to update prompt");
            }
        }
        return changed;
    }

    /** @return false when there is no such prompt */
    public boolean delete(Handle handle, String id, Edit edit) {
        boolean deleted = store.delete(handle, id, edit);
        if (deleted && copies != null) {
            try {
                copies.delete(handle, id);
            } catch (BackendException e) {
                throw e.answer("Failed to delete prompt");
            }
        }
        return deleted;
    }
}
