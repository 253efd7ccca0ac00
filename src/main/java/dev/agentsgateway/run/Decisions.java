package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Failpoint;
import dev.agentsgateway.db.Database;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;

/**
 * What people say of calls that wait for them. A call is decided once, in one transaction; when none of a run is left to
 * decide, the run is this process's and goes on. Thread-safe.
 */
public final class Decisions {
    private final Database database;
    private final ConsentStore store = new ConsentStore();
    private final UUID replica;
    private final Function<UUID, ActiveRun> goOn;
    private final Map<UUID, Integer> deciding = new HashMap<>();

    /**
     * @param arguments what to execute instead of what the model asked for, null for that
     * @param note      for the model when the call is denied, else only for the record; may be null
     */
    public record Verdict(boolean approved, ObjectNode arguments, String note) {}

    /** One call that waits. */
    public record Pending(UUID requirement, String callId, String toolName) {}

    public enum Outcome {
        DECIDED,
        NOT_FOUND,
        /** By somebody else, or the run has ended. */
        ALREADY_DECIDED,
        EXPIRED
    }

    /** @param resumed the run when it goes on, which is when nothing is left to decide; else null */
    public record Result(Outcome outcome, ActiveRun resumed) {}

    /** What a transaction did, and whether the run is this replica's now. */
    private record Written(Outcome outcome, boolean resumes) {}

    /** @param goOn drives a run that has become this replica's; null when it could not be driven now */
    public Decisions(Database database, UUID replica, Function<UUID, ActiveRun> goOn) {
        this.database = database;
        this.replica = replica;
        this.goOn = goOn;
    }

    /**
     * Decides one call.
     *
     * @param via   {@code api} or {@code page}
     * @param keyId the key that decided, null when there is none
     */
    public Result decide(UUID requirement, Verdict verdict, String via, Integer keyId) {
        Optional<UUID> run = database.with(handle -> store.runOf(handle, requirement));
        if (run.isEmpty()) {
            return new Result(Outcome.NOT_FOUND, null);
        }
        return decide(
                run.get(),
                via,
                keyId,
                false,
                asked -> asked.consent().id().equals(requirement),
                _ -> Map.of(requirement, verdict));
    }

    /**
     * Decides every call that still waits, at once.
     *
     * @param cancel   whether the run is not to go on but to end as cancelled
     * @param verdicts a verdict for each of the pending calls
     */
    public Result decideAll(
            UUID run, boolean cancel, Function<List<Pending>, Map<UUID, Verdict>> verdicts, Integer keyId) {
        return decide(run, "commit", keyId, cancel, ConsentStore.Asked::open, verdicts);
    }

    private Result decide(
            UUID run,
            String via,
            Integer keyId,
            boolean cancel,
            Predicate<ConsentStore.Asked> which,
            Function<List<Pending>, Map<UUID, Verdict>> verdicts) {
        begin(run);
        try {
            Written written = database.transact(handle -> {
                Optional<RunStatus> status = store.lock(handle, run);
                List<ConsentStore.Asked> asked = store.asked(handle, run);
                List<ConsentStore.Asked> meant = asked.stream().filter(which).toList();
                Outcome outcome = outcome(status, meant);
                boolean resumes =
                        outcome == Outcome.DECIDED && write(handle, run, via, keyId, cancel, asked, meant, verdicts);
                return new Written(outcome, resumes);
            });
            Failpoint.reached("after_decision_commit");
            return new Result(written.outcome(), written.resumes() ? goOn.apply(run) : null);
        } finally {
            end(run);
        }
    }

    private static Outcome outcome(Optional<RunStatus> status, List<ConsentStore.Asked> meant) {
        if (status.isEmpty()) {
            return Outcome.NOT_FOUND;
        }
        if (meant.stream()
                .anyMatch(asked ->
                        asked.open() ? asked.over() : asked.consent().decision() == Consent.Decision.EXPIRED)) {
            return Outcome.EXPIRED;
        }
        boolean open = !meant.isEmpty() && meant.stream().allMatch(ConsentStore.Asked::open);
        return open && status.get() == RunStatus.PAUSED ? Outcome.DECIDED : Outcome.ALREADY_DECIDED;
    }

    /** Returns whether the run goes on. */
    private boolean write(
            Handle handle,
            UUID run,
            String via,
            Integer keyId,
            boolean cancel,
            List<ConsentStore.Asked> asked,
            List<ConsentStore.Asked> meant,
            Function<List<Pending>, Map<UUID, Verdict>> verdicts) {
        Map<UUID, Verdict> said = verdicts.apply(meant.stream()
                .map(one -> new Pending(one.consent().id(), one.callId(), one.toolName()))
                .toList());
        said.forEach((requirement, verdict) -> store.decide(handle, requirement, verdict, via, keyId));
        boolean left = asked.stream()
                .anyMatch(one -> one.open() && !said.containsKey(one.consent().id()));
        if (left) {
            return false;
        }
        store.resume(handle, run, replica, cancel);
        return true;
    }

    /** Whether a run may become this process's at any moment: it is not forgotten then. */
    synchronized boolean isDeciding(UUID run) {
        return deciding.containsKey(run);
    }

    private synchronized void begin(UUID run) {
        deciding.merge(run, 1, Integer::sum);
    }

    private synchronized void end(UUID run) {
        deciding.computeIfPresent(run, (_, count) -> count == 1 ? null : count - 1);
    }

    /** Ends a pause without a decision: the run is this process's and ends as cancelled. False when it is not paused. */
    boolean cancelPaused(UUID run) {
        begin(run);
        try {
            boolean paused = database.transact(handle -> {
                boolean waits = store.lock(handle, run)
                        .filter(status -> status == RunStatus.PAUSED)
                        .isPresent();
                if (waits) {
                    store.close(handle, run, Consent.Decision.CANCELLED);
                    store.resume(handle, run, replica, true);
                }
                return waits;
            });
            if (paused) {
                var _ = goOn.apply(run);
            }
            return paused;
        } finally {
            end(run);
        }
    }
}
