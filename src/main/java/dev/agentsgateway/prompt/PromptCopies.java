package dev.agentsgateway.prompt;

import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.db.Database;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The copies of a back end's prompts in our database: brought up to date when one is asked for, when all are pulled, and
 * with every write, which is one of both or of none. Thread-safe.
 */
final class PromptCopies {
    private static final Logger LOG = LoggerFactory.getLogger(PromptCopies.class);

    /** For which a back end that was away is not asked again by readers. */
    private static final Duration LEAVE_ALONE = Duration.ofSeconds(5);

    /** A write holds a database connection while the back end works: few must be enough. */
    private static final int WRITES_AT_ONCE = 2;

    private static final int MOST_PROMPTS = 10_000;

    /** Of one prompt, when all are pulled. */
    private static final int TRIES = 3;

    /** After which pulling all is given up. */
    private static final int MOST_FAILURES = 10;

    private final Database database;
    private final PromptStore store;
    private final PromptCopyStore copies;
    private final PromptBackend backend;
    private final int pullsAtOnce;
    private final Clock clock;
    private final Duration pause;
    private final Semaphore writes = new Semaphore(WRITES_AT_ONCE);
    private volatile Instant awaySince;
    private volatile Instant lastFailure;

    /**
     * @param pullsAtOnce when all are pulled
     * @param pause       before the second try then; each further one is twice as long
     */
    PromptCopies(
            Database database, PromptStore store, PromptBackend backend, int pullsAtOnce, Duration pause, Clock clock) {
        this.database = database;
        this.store = store;
        this.copies = new PromptCopyStore(backend.name());
        this.backend = backend;
        this.pullsAtOnce = pullsAtOnce;
        this.pause = pause;
        this.clock = clock;
    }

    /**
     * What the back end has under an id, copied.
     *
     * @throws BackendException when it does not say
     */
    Optional<Prompt> pull(String id) {
        Optional<Integer> before =
                database.with(handle -> store.find(handle, id)).map(Prompt::version);
        Optional<PromptContent> content = asked(() -> backend.pull(id));
        content.ifPresent(PromptCopies::checkStorable);
        return database.transact(handle -> keep(handle, id, before, content));
    }

    /** PostgreSQL keeps no such character; one such prompt must not keep the others from being copied. */
    private static void checkStorable(PromptContent content) {
        String texts = content.name() + content.template() + content.description();
        if (texts.indexOf('\0') >= 0) {
            throw BackendException.refused("A prompt has a NUL character, which cannot be stored.");
        }
    }

    /** Whether it is of no use to ask now. */
    boolean isAway() {
        Instant failed = lastFailure;
        return failed != null && clock.instant().isBefore(failed.plus(LEAVE_ALONE));
    }

    /**
     * Seconds since a copy was known to be true, when the back end has not answered lately; null while it answers.
     *
     * @param id null for the oldest of all copies
     */
    Long staleSeconds(String id) {
        Instant away = awaySince;
        if (away == null) {
            return null;
        }
        Instant confirmed =
                database.with(handle -> copies.confirmedAt(handle, id)).orElse(away);
        Instant failed = lastFailure;
        if (failed == null || confirmed.isAfter(failed)) {
            // It has answered another replica since.
            return null;
        }
        return Math.max(0, Duration.between(confirmed, clock.instant()).toSeconds());
    }

    /** Whether this replica is the one to pull for a mark of the clock. */
    boolean take(Instant mark) {
        return database.with(handle -> copies.take(handle, mark));
    }

    /** What was taken for a mark did not work: it, or another replica, may try again. */
    void giveBack(Instant mark) {
        database.with(handle -> {
            copies.giveBack(handle, mark);
            return null;
        });
    }

    /**
     * Copies everything. A prompt that cannot be read stays as it was; one that is gone is deleted.
     *
     * @throws BackendException when the list or any prompt could not be read
     */
    void pullAll() {
        List<String> ids = asked(backend::ids);
        if (ids.size() > MOST_PROMPTS) {
            LOG.warn(
                    "the prompt back end {} lists {} prompts, of which {} are copied",
                    backend.name(),
                    ids.size(),
                    MOST_PROMPTS);
            ids = ids.subList(0, MOST_PROMPTS);
        }
        Set<String> gone = new HashSet<>(database.with(copies::ids));
        ids.forEach(gone::remove);
        List<String> all = new ArrayList<>(ids);
        all.addAll(gone);
        AtomicInteger failures = new AtomicInteger();
        BackendException failure = null;
        try (ExecutorService pulling = Executors.newFixedThreadPool(
                pullsAtOnce, Thread.ofVirtual().name("prompt-pull-", 0).factory())) {
            List<Future<?>> pulls = new ArrayList<>();
            for (String id : all) {
                pulls.add(pulling.submit(() -> pullPatiently(id, failures)));
            }
            for (Future<?> pull : pulls) {
                failure = failure(pull, failure);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void pullPatiently(String id, AtomicInteger failures) {
        for (int attempt = 1; ; attempt++) {
            try {
                if (failures.get() >= MOST_FAILURES) {
                    throw BackendException.away("Too many prompts could not be read.");
                }
                pull(id);
                return;
            } catch (BackendException e) {
                if (!e.isAway() || attempt == TRIES) {
                    failures.incrementAndGet();
                    throw e;
                }
                sleep(pause.multipliedBy(1L << (attempt - 1)));
            }
        }
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw BackendException.away("The refresh of prompts was interrupted.");
        }
    }

    private static BackendException failure(Future<?> pull, BackendException before) {
        try {
            pull.get();
            return before;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BackendException failed) {
                return before != null && before.isAway() ? before : failed;
            }
            if (e.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw BackendException.away("The refresh of prompts was interrupted.");
        }
    }

    /** @return false when the back end has such a prompt */
    boolean create(Handle handle, String id, PromptContent content) {
        boolean created = written(() -> backend.create(id, content));
        if (created) {
            copies.confirm(handle, id, clock.instant());
        }
        return created;
    }

    void replace(Handle handle, String id, PromptContent content) {
        copies.confirm(handle, id, clock.instant());
        written(() -> {
            backend.replace(id, content);
            return true;
        });
    }

    void delete(Handle handle, String id) {
        copies.remove(handle, id);
        written(() -> {
            backend.delete(id);
            return true;
        });
    }

    /** @param before the version of the copy when the back end was asked */
    private Optional<Prompt> keep(Handle handle, String id, Optional<Integer> before, Optional<PromptContent> pulled) {
        Optional<Prompt> copy = store.lock(handle, id);
        if (!copy.map(Prompt::version).equals(before)) {
            // Written since: what was read may be older than what is here.
            return copy;
        }
        Edit edit = new Edit(null, Timestamps.now(clock));
        if (pulled.isEmpty()) {
            if (copy.isPresent()) {
                store.delete(handle, id, edit);
                copies.remove(handle, id);
            }
            return Optional.empty();
        }
        PromptContent content = completed(pulled.get(), id, copy);
        Optional<Prompt> kept = copy;
        if (copy.isEmpty()) {
            kept = store.create(handle, id, content, edit).or(() -> store.find(handle, id));
        } else if (!content.isThatOf(copy.get())) {
            kept = Optional.of(store.update(handle, id, content, edit));
        }
        copies.confirm(handle, id, clock.instant());
        return kept;
    }

    /** What the back end does not keep is as it was. */
    private static PromptContent completed(PromptContent content, String id, Optional<Prompt> copy) {
        return new PromptContent(
                content.name() != null ? content.name() : copy.map(Prompt::name).orElse(id),
                content.template(),
                content.description(),
                content.tags(),
                content.tools() != null
                        ? content.tools()
                        : copy.map(Prompt::tools).orElse(List.of()));
    }

    private boolean written(Ask<Boolean> write) {
        if (!writes.tryAcquire()) {
            throw BackendException.away("Too many writes to the prompt back end are under way.");
        }
        try {
            return asked(write);
        } finally {
            writes.release();
        }
    }

    private interface Ask<T> {
        T ask();
    }

    private <T> T asked(Ask<T> question) {
        try {
            T answer = question.ask();
            if (awaySince != null) {
                LOG.info("The prompt back end {} answers again", backend.name());
                awaySince = null;
            }
            lastFailure = null;
            return answer;
        } catch (BackendException e) {
            if (e.isAway()) {
                if (awaySince == null) {
                    LOG.warn("{} The last known copies of its prompts are served", e.getMessage());
                    awaySince = clock.instant();
                }
                lastFailure = clock.instant();
            }
            throw e;
        }
    }
}
