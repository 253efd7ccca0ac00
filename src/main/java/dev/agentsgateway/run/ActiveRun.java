package dev.agentsgateway.run;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** A run that this process drives. Thread-safe. */
public final class ActiveRun {
    private final UUID id;
    private final SessionKey session;
    private final String name;
    private final String model;
    private final int fence;
    private final int firstSeq;
    private final RunLog log;
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private final AtomicInteger readers = new AtomicInteger();
    private volatile long lastRead = System.nanoTime();
    private volatile boolean watched;
    private volatile Abort abort;
    private RunFailure cancelled;

    /**
     * How a run ended, or where it was left.
     *
     * @param status    also {@code PAUSED}, and {@code RUNNING} when the run goes on in another process
     * @param content   the whole answer, or the error's message
     * @param errorCode null unless it failed
     * @param tools     every execution, in the order in which the model asked for them; the waiting ones of a pause
     *     included
     * @param metrics   what it cost, also when it failed
     */
    public record Outcome(
            RunStatus status, String content, String errorCode, List<ToolExecution> tools, RunMetrics metrics) {}

    /** A new run. */
    ActiveRun(UUID id, SessionKey session, String name, String model) {
        this(id, session, name, model, 1, EventEpochs.FIRST, 0);
    }

    /** A run that another driver left. */
    ActiveRun(Checkpoint from) {
        this(from.run(), from.key(), from.name(), from.model(), from.fence(), from.epochs(), from.lastSeq());
    }

    private ActiveRun(
            UUID id, SessionKey session, String name, String model, int fence, EventEpochs epochs, int lastSeq) {
        this.id = id;
        this.session = session;
        this.name = name;
        this.model = model;
        this.fence = fence;
        this.firstSeq = lastSeq + 1;
        this.log = new RunLog(epochs, lastSeq);
    }

    public UUID id() {
        return id;
    }

    public SessionKey session() {
        return session;
    }

    /** The agent's or team's name, for people. */
    public String name() {
        return name;
    }

    /** The id of the model that was asked for, on our wire. */
    public String model() {
        return model;
    }

    /** The number of the first event that this driver writes. */
    public int firstSeq() {
        return firstSeq;
    }

    int fence() {
        return fence;
    }

    /** How often the run was taken over. */
    int epoch() {
        return log.epochs().newest();
    }

    RunLog log() {
        return log;
    }

    synchronized void driver(Abort newAbort) {
        abort = newAbort;
        if (cancelled != null) {
            abort.trigger(cancelled);
        }
    }

    /** Ends the run as soon as it is driven. */
    synchronized void cancel(RunFailure why) {
        cancelled = why;
        if (abort != null) {
            abort.trigger(why);
        }
    }

    /** From now on the run needs readers. */
    void watch() {
        watched = true;
    }

    boolean watched() {
        return watched;
    }

    void readerCame() {
        readers.incrementAndGet();
    }

    void readerLeft() {
        lastRead = System.nanoTime();
        readers.decrementAndGet();
    }

    /** Somebody reads its events in another process. */
    void readElsewhere() {
        lastRead = System.nanoTime();
    }

    /** How long nobody has read its events. */
    Duration unread() {
        return readers.get() > 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - lastRead);
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

    /** Waits until the run has ended or paused and everything of it is stored. */
    public Outcome await() throws InterruptedException {
        try {
            return outcome.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
