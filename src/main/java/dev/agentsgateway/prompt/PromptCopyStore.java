package dev.agentsgateway.prompt;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The SQL of what is known of the copies of a back end's prompts. */
final class PromptCopyStore {
    private final String backEnd;

    PromptCopyStore(String backEnd) {
        this.backEnd = backEnd;
    }

    /** The back end has just said that it holds what the copy does. */
    void confirm(Handle handle, String id, Instant now) {
        handle.createUpdate("""
                        INSERT INTO prompts.prompt_copies (prompt_id, back_end, confirmed_at)
                        VALUES (:id, :backEnd, :now)
                        ON CONFLICT (prompt_id) DO UPDATE SET back_end = excluded.back_end,
                            confirmed_at = excluded.confirmed_at
                        """)
                .bind("id", id)
                .bind("backEnd", backEnd)
                .bind("now", now)
                .execute();
    }

    void remove(Handle handle, String id) {
        handle.createUpdate("DELETE FROM prompts.prompt_copies WHERE prompt_id = :id AND back_end = :backEnd")
                .bind("id", id)
                .bind("backEnd", backEnd)
                .execute();
    }

    List<String> ids(Handle handle) {
        return handle.createQuery("SELECT prompt_id FROM prompts.prompt_copies WHERE back_end = :backEnd")
                .bind("backEnd", backEnd)
                .mapTo(String.class)
                .list();
    }

    /** When a copy was last confirmed; with null, the one that has waited longest. */
    Optional<Instant> confirmedAt(Handle handle, String id) {
        return handle.createQuery("""
                        SELECT min(confirmed_at) FROM prompts.prompt_copies
                        WHERE back_end = :backEnd AND (:id::text IS NULL OR prompt_id = :id)
                        """)
                .bind("id", id)
                .bind("backEnd", backEnd)
                .mapTo(Instant.class)
                .findOne();
    }

    /** @return whether nobody has taken this mark, or a later one, before */
    boolean take(Handle handle, Instant mark) {
        return handle.createUpdate("""
                        INSERT INTO prompts.prompt_pulls AS p (back_end, mark) VALUES (:backEnd, :mark)
                        ON CONFLICT (back_end) DO UPDATE SET mark = excluded.mark WHERE p.mark < excluded.mark
                        """)
                        .bind("backEnd", backEnd)
                        .bind("mark", mark)
                        .execute()
                == 1;
    }

    /** Lets somebody take a mark again. */
    void giveBack(Handle handle, Instant mark) {
        handle.createUpdate("DELETE FROM prompts.prompt_pulls WHERE back_end = :backEnd AND mark = :mark")
                .bind("backEnd", backEnd)
                .bind("mark", mark)
                .execute();
    }
}
