package dev.agentsgateway.run;

import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.observability.TraceSpan;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database as one run in progress uses it: while it is away, the run waits, because what the model has said and the
 * tools have done must not be lost. The wall clock bounds the wait. Every write must be safe to repeat.
 */
final class RunDatabase {
    private static final Logger LOG = LoggerFactory.getLogger(RunDatabase.class);
    private static final Duration PAUSE_MIN = Duration.ofMillis(50);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(1);

    private final RunServices services;
    private final ActiveRun run;
    private final TraceSpan span;

    RunDatabase(RunServices services, ActiveRun run, TraceSpan span) {
        this.services = services;
        this.run = run;
        this.span = span;
    }

    <T> T read(Function<Handle, T> work) {
        return patiently("SELECT", () -> services.database().with(work));
    }

    <T> T commit(Function<Handle, T> work) {
        return patiently(
                "COMMIT", () -> services.database().commit(run.session().toString(), work));
    }

    /** Something that reads the database by itself. */
    <T> T waiting(Supplier<T> work) {
        return patiently("SELECT", work);
    }

    /** Does not wait for a database that is away. */
    <T> T commitNow(Function<Handle, T> work) {
        try (TraceSpan _ = services.telemetry().database(span, "COMMIT")) {
            return services.database().commit(run.session().toString(), work);
        }
    }

    /** @throws RunFailure when the run is aborted meanwhile */
    private <T> T patiently(String operation, Supplier<T> work) {
        Duration pause = PAUSE_MIN;
        while (true) {
            try (TraceSpan _ = services.telemetry().database(span, operation)) {
                return work.get();
            } catch (DatabaseUnavailableException e) {
                run.abort().check();
                LOG.warn("the run waits for the database: {}", e.getMessage());
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                run.abort().check();
                throw new IllegalStateException("interrupted without a reason", e);
            }
            pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : pause.multipliedBy(2);
        }
    }
}
