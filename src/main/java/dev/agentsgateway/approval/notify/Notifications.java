package dev.agentsgateway.approval.notify;

import dev.agentsgateway.approval.ApprovalLinks;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.run.PauseListener;
import dev.agentsgateway.run.RequirementStore;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jdbi.v3.core.Handle;

/**
 * Tells people that a tool call waits for them, on every configured channel. What is to be sent is stored in the
 * transaction of the pause and sent in the background by any replica: at least once, with the same message id whenever it
 * is tried, until it is sent, given up, or of no use because the call is decided. Thread-safe.
 */
public final class Notifications implements PauseListener, AutoCloseable {
    private static final String NOTIFY_CHANNEL = "approval_notifications";

    private final Database database;
    private final NotificationStore store = new NotificationStore();
    private final List<String> channels;
    private final NotificationSender sender;

    /** @param channels may be empty: then nothing is stored or sent */
    public Notifications(
            Database database,
            RequirementStore requirements,
            List<Channel> channels,
            ApprovalLinks links,
            Settings settings) {
        this.database = database;
        this.channels = channels.stream().map(Channel::name).toList();
        this.sender = new NotificationSender(database, store, requirements, channels, links, settings);
    }

    /**
     * How things are sent.
     *
     * @param timeout     for one try
     * @param lease       after which others may try what a process that died had in hand; longer than the time-out
     * @param poll        how often the outbox is looked at when nobody says that there is something
     * @param firstPause  before the second try; each further one is twice as long, all of them give or take a quarter
     * @param longestPause the longest pause, also when a receiver asks for a longer one
     * @param attempts    tries in all
     * @param retention   for which finished notifications can be looked up
     * @param parallel    tries at once
     */
    public record Settings(
            Duration timeout,
            Duration lease,
            Duration poll,
            Duration firstPause,
            Duration longestPause,
            int attempts,
            Duration retention,
            int parallel) {
        /** 12 tries in about an hour. */
        public static final Settings DEFAULT = new Settings(
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                Duration.ofMinutes(15),
                12,
                Duration.ofDays(7),
                16);

        /** @param asked by the receiver, null when it does not say */
        Duration pause(int attempt, Duration asked) {
            double doubled = firstPause.toMillis() * Math.pow(2, attempt - 1);
            double plain = Math.min(doubled, longestPause.toMillis());
            long millis = (long) (plain * ThreadLocalRandom.current().nextDouble(0.75, 1.25));
            long wanted = asked == null ? 0 : Math.min(asked.toMillis(), longestPause.toMillis());
            return Duration.ofMillis(Math.max(millis, wanted));
        }
    }

    @Override
    public void paused(Handle handle, UUID run, List<UUID> requirements) {
        if (!channels.isEmpty() && store.add(handle, requirements, channels) > 0) {
            Database.notify(handle, NOTIFY_CHANNEL, "");
        }
    }

    /** What has become of the notifications of a requirement. */
    public List<NotificationStore.Sending> of(UUID requirement) {
        return database.with(handle -> store.of(handle, requirement));
    }

    /** Begins to send. */
    public void start() {
        if (!channels.isEmpty()) {
            database.listen(NOTIFY_CHANNEL, _ -> sender.wake());
            sender.start();
        }
    }

    /** Gives tries in progress a moment to end; what is left is tried by others, or after the next start. */
    @Override
    public void close() {
        sender.close();
    }
}
