package dev.agentsgateway.run;

import dev.agentsgateway.db.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done for the runs of this process from time to time. Thread-safe. */
final class Housekeeping {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private final RunSettings settings;
    private final Database database;
    private final Followers followers;
    private final Collection<ActiveRun> active;
    private final IdempotencyStore keys = new IdempotencyStore();

    /** @param active a view of the runs that this process drives */
    Housekeeping(RunSettings settings, Database database, Followers followers, Collection<ActiveRun> active) {
        this.settings = settings;
        this.database = database;
        this.followers = followers;
        this.active = active;
    }

    void start(ScheduledExecutorService timer, Cancellations cancellations) {
        every(Duration.ofSeconds(1), this::cancelUnread, timer);
        every(Duration.ofSeconds(5), cancellations::look, timer);
    }

    private static void every(Duration period, Runnable task, ScheduledExecutorService timer) {
        timer.scheduleWithFixedDelay(
                () -> Thread.startVirtualThread(task), period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Ends runs that went on for the sake of clients which have gone. */
    void cancelUnread() {
        for (ActiveRun run : active) {
            if (run.watched() && followers.isFollowed(run.id())) {
                run.readElsewhere();
            } else if (run.watched() && run.unread().compareTo(settings.clientGrace()) > 0) {
                run.cancel(RunFailure.cancelled("The client had gone and did not come back in time."));
            }
        }
    }

    void dropKeys() {
        Instant before = Instant.now().minus(settings.keyRetention());
        while (database.with(handle -> keys.drop(handle, before))) {
            LOG.debug("dropped idempotency keys");
        }
    }
}
