package dev.agentsgateway.knowledge;

import dev.agentsgateway.db.Database;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The SQL of the queue of documents that are to be indexed. Times are the database's, so that replicas agree. */
final class JobStore {
    /** Notified when there is a new job. */
    static final String CHANNEL = "knowledge_job";

    /**
     * A job that was taken.
     *
     * @param attempts this one included
     */
    record Job(UUID entryId, long generation, int attempts) {}

    /** In the place of one that the entry may have; who works on that one finds that it is lost. */
    void put(Handle handle, UUID entryId, long generation) {
        handle.createUpdate("""
                        INSERT INTO ai.knowledge_jobs (entry_id, generation, run_at) VALUES (:entry, :generation, now())
                        ON CONFLICT (entry_id) DO UPDATE SET generation = excluded.generation, attempts = 0,
                            run_at = excluded.run_at, owner = NULL, lease_until = NULL
                        """)
                .bind("entry", entryId)
                .bind("generation", generation)
                .execute();
        Database.notify(handle, CHANNEL, "");
    }

    /** Takes the job that has been due longest. */
    Optional<Job> take(Handle handle, UUID owner, Duration lease) {
        return handle.createQuery("""
                        UPDATE ai.knowledge_jobs SET owner = :owner, attempts = attempts + 1,
                            lease_until = now() + make_interval(secs => :lease)
                        WHERE entry_id = (
                            SELECT entry_id FROM ai.knowledge_jobs
                            WHERE run_at <= now() AND (lease_until IS NULL OR lease_until < now())
                            ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                        RETURNING entry_id, generation, attempts
                        """)
                .bind("owner", owner)
                .bind("lease", lease.toMillis() / 1000.0)
                .mapTo(Job.class)
                .findOne();
    }

    /** @return false when the job is not the owner's any more */
    boolean beat(Handle handle, Job job, UUID owner, Duration lease) {
        return handle.createUpdate("""
                        UPDATE ai.knowledge_jobs SET lease_until = now() + make_interval(secs => :lease)
                        WHERE entry_id = :entry AND generation = :generation AND owner = :owner
                        """)
                        .bind("lease", lease.toMillis() / 1000.0)
                        .bind("entry", job.entryId())
                        .bind("generation", job.generation())
                        .bind("owner", owner)
                        .execute()
                == 1;
    }

    /** Keeps the job from being taken by others until the transaction ends. */
    boolean lock(Handle handle, Job job, UUID owner) {
        return handle.createQuery("""
                        SELECT 1 FROM ai.knowledge_jobs
                        WHERE entry_id = :entry AND generation = :generation AND owner = :owner FOR UPDATE
                        """)
                .bind("entry", job.entryId())
                .bind("generation", job.generation())
                .bind("owner", owner)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    void done(Handle handle, Job job) {
        handle.execute("DELETE FROM ai.knowledge_jobs WHERE entry_id = ?", job.entryId());
    }

    /** @param counts whether the attempt was one */
    void again(Handle handle, Job job, Duration pause, boolean counts) {
        handle.createUpdate("""
                        UPDATE ai.knowledge_jobs SET owner = NULL, lease_until = NULL,
                            attempts = attempts - :uncounted, run_at = now() + make_interval(secs => :pause)
                        WHERE entry_id = :entry
                        """)
                .bind("uncounted", counts ? 0 : 1)
                .bind("pause", pause.toMillis() / 1000.0)
                .bind("entry", job.entryId())
                .execute();
    }

    long waiting(Handle handle) {
        return handle.createQuery("SELECT count(*) FROM ai.knowledge_jobs")
                .mapTo(Long.class)
                .one();
    }
}
