package dev.agentsgateway.approval.notify;

import dev.agentsgateway.approval.ApprovalLinks;
import dev.agentsgateway.approval.StoredCalls;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.TestDatabase;
import dev.agentsgateway.run.RequirementStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/** Calls that wait, and what tells people of them, on a fresh database. */
final class Outbox implements AutoCloseable {
    static final Notifications.Settings FAST = new Notifications.Settings(
            Duration.ofMillis(500),
            Duration.ofMillis(1500),
            Duration.ofMillis(50),
            Duration.ofMillis(40),
            Duration.ofSeconds(1),
            4,
            Duration.ofDays(1),
            8);

    final TestDatabase test = TestDatabase.create();
    final StoredCalls calls = new StoredCalls(test.database());
    private final List<Notifications> open = new ArrayList<>();

    Notifications sender(Map<String, String> variables) {
        return sender(test.database(), variables, FAST);
    }

    /** Begins to send at once; as on another replica when there are several. */
    Notifications sender(Database database, Map<String, String> variables, Notifications.Settings settings) {
        Notifications notifications = idle(database, variables, settings);
        notifications.start();
        return notifications;
    }

    Notifications idle(Database database, Map<String, String> variables, Notifications.Settings settings) {
        NotificationConfig config = NotificationConfig.of(variables);
        if (!config.problems().isEmpty()) {
            throw new IllegalArgumentException(config.problems().toString());
        }
        ApprovalLinks links = ApprovalLinks.open(test.database(), config.linkSecret(), config::publicUrl);
        Notifications notifications =
                new Notifications(database, new RequirementStore(), config.channels(), links, settings);
        open.add(notifications);
        return notifications;
    }

    /** In one transaction, as a run that pauses does it. */
    UUID pause(Notifications notifications, StoredCalls.Call call) {
        UUID requirement = calls.waiting(call);
        announce(notifications, requirement);
        return requirement;
    }

    void announce(Notifications notifications, UUID... requirements) {
        test.database().commit("x", handle -> {
            notifications.paused(handle, UUID.randomUUID(), List.of(requirements));
            return null;
        });
    }

    NotificationStore.Sending state(UUID requirement) {
        List<NotificationStore.Sending> all =
                test.database().with(handle -> new NotificationStore().of(handle, requirement));
        if (all.size() != 1) {
            throw new AssertionError("one is expected: " + all);
        }
        return all.getFirst();
    }

    void awaitState(UUID requirement, String state) {
        await(state, () -> state(requirement).state().equals(state));
    }

    static void await(String what, BooleanSupplier happened) {
        long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (!happened.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("does not happen: " + what);
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        open.forEach(Notifications::close);
        test.close();
    }
}
