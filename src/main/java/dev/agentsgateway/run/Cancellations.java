package dev.agentsgateway.run;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseUnavailableException;
import java.util.Collection;
import java.util.UUID;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cancels runs wherever they are. The wish is stored with the run, so that it outlives both the process that drives it
 * and a notification that is lost. Thread-safe.
 */
final class Cancellations {
    private static final Logger LOG = LoggerFactory.getLogger(Cancellations.class);
    private static final String CHANNEL = "run_cancel";

    private final Database database;
    private final RunStore store;
    private final Decisions decisions;
    private final UUID replica;
    private final Function<UUID, ActiveRun> active;

    /** @param active a run that this process drives, null when it does not */
    Cancellations(
            Database database, RunStore store, Decisions decisions, UUID replica, Function<UUID, ActiveRun> active) {
        this.database = database;
        this.store = store;
        this.decisions = decisions;
        this.replica = replica;
        this.active = active;
        database.listen(CHANNEL, this::told);
    }

    /** @return false when there is no such run, or it has ended */
    boolean cancel(UUID run) {
        boolean here = cancelHere(run);
        if (decisions.cancelPaused(run)) {
            return true;
        }
        boolean asked = request(run);
        // It may have paused between the two.
        return decisions.cancelPaused(run) || asked || here;
    }

    /** Cancels runs that waited or worked when another one was to interrupt them. */
    void interrupt(Collection<UUID> runs) {
        if (!runs.isEmpty()) {
            runs.forEach(this::cancelHere);
            try {
                runs.forEach(this::request);
            } catch (RuntimeException e) {
                LOG.warn("runs that were to be interrupted may go on elsewhere: {}", e.getMessage());
            }
        }
    }

    /** Stores the wish; false when there is no such run, or it is neither waiting nor driven. */
    private boolean request(UUID run) {
        return database.transact(handle -> {
            boolean unfinished = store.requestCancel(handle, run);
            if (unfinished) {
                Database.notify(handle, CHANNEL, run.toString());
            }
            return unfinished;
        });
    }

    private void told(String payload) {
        if (payload == null) {
            Thread.startVirtualThread(this::look);
        } else {
            cancelHere(UUID.fromString(payload));
        }
    }

    /** Cancels what was to be cancelled and was not, because it changed hands at that moment. */
    void look() {
        try {
            database.with(handle -> store.toCancel(handle, replica)).forEach(this::cancelHere);
            database.with(store::pausedToCancel).forEach(decisions::cancelPaused);
        } catch (DatabaseUnavailableException e) {
            LOG.debug("looked for cancelled runs in vain", e);
        } catch (RuntimeException e) {
            LOG.warn("could not look for cancelled runs", e);
        }
    }

    private boolean cancelHere(UUID id) {
        ActiveRun run = active.apply(id);
        if (run == null) {
            return false;
        }
        run.cancel(RunFailure.cancelled("The run was cancelled."));
        return true;
    }
}
