package dev.agentsgateway.run;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A run that this process drives. Thread-safe. */
public final class ActiveRun {
    private final UUID id;
    private final SessionKey session;
    private final RunPlan plan;
    private final RunLog log = new RunLog();
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private volatile Abort abort;

    /**
     * How a run ended.
     *
     * @param content   the whole answer, or the error's message
     * @param errorCode null unless it failed
     * @param tools     every execution, in the order in which the model asked for them
     * @param metrics   what it cost, also when it failed
     */
    public record Outcome(
            RunStatus status, String content, String errorCode, List<ToolExecution> tools, RunMetrics metrics) {}

    ActiveRun(UUID id, SessionKey session, RunPlan plan) {
        this.id = id;
        this.session = session;
        this.plan = plan;
    }

    public UUID id() {
        return id;
    }

    public SessionKey session() {
        return session;
    }

    public RunPlan plan() {
        return plan;
    }

    RunLog log() {
        return log;
    }

    void driver(Abort newAbort) {
        abort = newAbort;
    }

    Abort abort() {
        return abort;
    }

    void ended(Outcome how) {
        outcome.complete(how);
    }

    boolean isEnded() {
        return outcome.isDone();
    }

    /** Waits until the run has ended and everything of it is stored. */
    public Outcome await() throws InterruptedException {
        try {
            return outcome.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
