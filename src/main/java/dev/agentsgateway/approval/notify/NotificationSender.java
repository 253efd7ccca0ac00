package dev.agentsgateway.approval.notify;

import dev.agentsgateway.approval.ApprovalLinks;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.run.Requirement;
import dev.agentsgateway.run.RequirementStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes what is due out of the outbox and sends it, each on a thread of its own; no connection is held meanwhile. */
final class NotificationSender implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NotificationSender.class);
    private static final Duration TIDYING = Duration.ofSeconds(30);
    private static final Duration LAST_TRIES = Duration.ofSeconds(3);
    private static final Duration RECORD_PAUSE = Duration.ofMillis(250);

    private final Database database;
    private final NotificationStore store;
    private final RequirementStore requirements;
    private final Map<String, Channel> channels;
    private final ApprovalLinks links;
    private final Notifications.Settings settings;
    private final NotificationHttp http;
    private final Semaphore permits;
    private final Semaphore signal = new Semaphore(0);
    /** What is being sent, or has been and could not be recorded yet. */
    private final Set<UUID> inHand = ConcurrentHashMap.newKeySet();

    private final Thread thread;
    private volatile boolean closed;

    NotificationSender(
            Database database,
            NotificationStore store,
            RequirementStore requirements,
            List<Channel> channels,
            ApprovalLinks links,
            Notifications.Settings settings) {
        this.database = database;
        this.store = store;
        this.requirements = requirements;
        this.channels = channels.stream().collect(Collectors.toUnmodifiableMap(Channel::name, Function.identity()));
        this.links = links;
        this.settings = settings;
        this.http = new NotificationHttp(settings.timeout(), settings.parallel());
        this.permits = new Semaphore(settings.parallel());
        this.thread = Thread.ofVirtual().name("notifications").unstarted(this::run);
    }

    /** A call that waits, with its notification. */
    private record Due(NotificationStore.Claimed claimed, Requirement requirement) {}

    void start() {
        thread.start();
    }

    void wake() {
        signal.release();
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        thread.interrupt();
        try {
            if (!permits.tryAcquire(settings.parallel(), LAST_TRIES.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.info("{} notifications are left for later", inHand.size());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        http.close();
    }

    private void run() {
        long nextTidying = System.nanoTime();
        boolean away = false;
        while (!closed) {
            try {
                if (System.nanoTime() - nextTidying >= 0) {
                    nextTidying = System.nanoTime() + TIDYING.toNanos();
                    tidy();
                }
                sendDue();
                away = false;
                signal.tryAcquire(settings.poll().toMillis(), TimeUnit.MILLISECONDS);
                signal.drainPermits();
            } catch (InterruptedException e) {
                return;
            } catch (DatabaseUnavailableException e) {
                if (!away && !closed) {
                    LOG.warn("notifications wait for the database: {}", e.getMessage());
                }
                away = true;
                pause(settings.poll());
            } catch (RuntimeException e) {
                LOG.error("notifications could not be sent", e);
                pause(settings.poll());
            }
        }
    }

    private void tidy() {
        database.with(store::dropUseless);
        database.with(handle -> store.forget(handle, settings.retention()));
    }

    /** Takes no more than can be begun at once: what is taken is lost to the other replicas for a lease. */
    private void sendDue() throws InterruptedException {
        permits.acquire();
        int free = 1 + permits.drainPermits();
        int begun = 0;
        try {
            for (Due due : claim(free)) {
                inHand.add(due.claimed().id());
                Thread.ofVirtual().name("notification").start(() -> attempt(due));
                begun++;
            }
        } finally {
            permits.release(free - begun);
        }
        if (begun == free) {
            wake();
        }
    }

    private List<Due> claim(int limit) {
        return database.transact(handle -> {
            List<Due> due = new ArrayList<>();
            for (var claimed : store.claim(handle, channels.keySet(), inHand, settings.lease(), limit)) {
                requirements
                        .find(handle, claimed.requirement())
                        .filter(each -> each.status(Instant.now()) == Requirement.Status.PENDING)
                        .ifPresentOrElse(each -> due.add(new Due(claimed, each)), () -> store.drop(handle, claimed));
            }
            return due;
        });
    }

    private void attempt(Due due) {
        NotificationStore.Claimed claimed = due.claimed();
        try {
            Requirement requirement = due.requirement();
            Notice notice = new Notice(claimed.id(), requirement, links.url(requirement), Instant.now());
            switch (http.send(channels.get(claimed.channel()).post(notice))) {
                case NotificationHttp.Result.Sent() -> record(handle -> store.sent(handle, claimed.id()));
                case NotificationHttp.Result.Failed failed -> failed(claimed, failed);
            }
        } catch (RuntimeException e) {
            LOG.error("a notification for {} failed", claimed.channel(), e);
        } finally {
            inHand.remove(claimed.id());
            permits.release();
        }
    }

    private void failed(NotificationStore.Claimed claimed, NotificationHttp.Result.Failed failed) {
        if (closed) {
            // Most likely because of that; the lease ends by itself.
            return;
        }
        if (failed.hopeless() || claimed.attempts() >= settings.attempts()) {
            LOG.warn(
                    "gave up telling {} of requirement {} after {} tries: {}",
                    claimed.channel(),
                    claimed.requirement(),
                    claimed.attempts(),
                    failed.error());
            record(handle -> store.giveUp(handle, claimed, failed.error()));
            return;
        }
        Duration pause = settings.pause(claimed.attempts(), failed.retryAfter());
        LOG.info(
                "{} was not told of requirement {} ({}); trying again in {} s",
                claimed.channel(),
                claimed.requirement(),
                failed.error(),
                pause.toSeconds());
        record(handle -> store.retry(handle, claimed, failed.error(), pause));
    }

    /** Not before it is recorded is it out of hand: a database that was away must not make it be sent twice. */
    private void record(Consumer<Handle> work) {
        while (true) {
            try {
                database.with(handle -> {
                    work.accept(handle);
                    return null;
                });
                return;
            } catch (DatabaseUnavailableException e) {
                if (closed) {
                    return;
                }
                pause(RECORD_PAUSE);
            }
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
