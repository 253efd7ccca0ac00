package dev.agentsgateway.prompt;

import java.util.List;
import java.util.Optional;

/**
 * Where prompts are when they are not in our own database: what it says counts, and the database keeps the last known
 * copy. Thread-safe. Every method throws {@link BackendException}.
 */
interface PromptBackend extends AutoCloseable {
    /** As {@code PROMPT_STORAGE_BACKEND} names it. */
    String name();

    List<String> ids();

    /** A prompt's content, with null for a name that the back end does not keep; empty when there is no such prompt. */
    Optional<PromptContent> pull(String id);

    /** @return false when there is such a prompt already; nothing is changed then */
    boolean create(String id, PromptContent content);

    void replace(String id, PromptContent content);

    /** A prompt that is not there is as good as deleted. */
    void delete(String id);

    @Override
    void close();
}
