package dev.agentsgateway.approval.notify;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.agentsgateway.approval.StoredCalls.Call;
import dev.agentsgateway.auth.CuttableProxy;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseSettings;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Sent in the background, at least once, whatever happens. */
class NotificationsTest {
    private final Outbox outbox = new Outbox();
    private final Receiver receiver = new Receiver();

    @AfterEach
    void stop() {
        outbox.close();
        receiver.close();
    }

    private Map<String, String> webhook() {
        return Map.of("APPROVAL_WEBHOOK_URL", receiver.url() + "/hook", "PUBLIC_URL", "https://gateway.example.org");
    }

    private List<String> ids() {
        return receiver.requests.stream()
                .map(each -> each.headers().get("webhook-id"))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503, 429, 401, 404, 301})
    void triesAgainWithTheSameId(int status) {
        receiver.replies.add(Receiver.Reply.status(status).header("Location", receiver.url() + "/elsewhere"));
        receiver.replies.add(Receiver.Reply.status(status));
        UUID id = outbox.pause(outbox.sender(webhook()), Call.of("c"));
        outbox.awaitState(id, "sent");
        assertThat(receiver.requests).hasSize(3).allMatch(each -> each.path().equals("/hook"));
        assertThat(new HashSet<>(ids())).hasSize(1);
        assertThat(outbox.state(id).attempts()).isEqualTo(3);
        assertThat(outbox.state(id).lastError()).isNull();
        assertThat(outbox.state(id).finishedAt()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"header", "telegram"})
    void waitsForAsLongAsTheReceiverWants(String how) {
        Receiver.Reply busy = Receiver.Reply.status(429);
        receiver.replies.add(
                how.equals("header")
                        ? busy.header("Retry-After", "1")
                        : busy.body("{\"ok\":false,\"parameters\":{\"retry_after\":1}}"));
        UUID id = outbox.pause(outbox.sender(webhook()), Call.of("c"));
        outbox.awaitState(id, "sent");
        Duration between = Duration.between(
                receiver.requests.get(0).at(), receiver.requests.get(1).at());
        assertThat(between).isGreaterThan(Duration.ofMillis(950));
    }

    @Test
    void anAnswerThatDoesNotComeIsATimeout() {
        receiver.replies.add(Receiver.Reply.status(200).after(Duration.ofSeconds(5)));
        Notifications notifications = outbox.sender(webhook());
        UUID id = outbox.pause(notifications, Call.of("c"));
        Outbox.await(
                "the time-out",
                () -> "timeout".equals(outbox.state(id).lastError())
                        || outbox.state(id).attempts() == 2);
        outbox.awaitState(id, "sent");
        assertThat(receiver.requests).hasSize(2);
    }

    @Test
    void givesUpVisiblyAndTellsNoSecrets() throws IOException {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger("dev.agentsgateway.approval");
        Level before = logger.getLevel();
        logger.setLevel(Level.TRACE);
        log.start();
        logger.addAppender(log);
        try {
            int closed;
            try (ServerSocket socket = new ServerSocket(0)) {
                closed = socket.getLocalPort();
            }
            Notifications notifications = outbox.sender(Map.of(
                    "TELEGRAM_BASE_URL", "http://127.0.0.1:" + closed,
                    "TELEGRAM_BOT_TOKEN", "123:very-secret-token",
                    "TELEGRAM_CHAT_ID", "1",
                    "PUBLIC_URL", "https://gateway.example.org"));
            UUID id = outbox.pause(notifications, Call.of("c"));
            outbox.awaitState(id, "failed");
            assertThat(outbox.state(id).attempts()).isEqualTo(4);
            assertThat(outbox.state(id).lastError()).isEqualTo("unreachable");
        } finally {
            logger.detachAppender(log);
            logger.setLevel(before);
        }
        String said = log.list.stream()
                .map(event -> event.getFormattedMessage()
                        + (event.getThrowableProxy() == null
                                ? ""
                                : event.getThrowableProxy().getMessage()))
                .collect(Collectors.joining("\n"));
        assertThat(said).contains("gave up telling telegram of requirement", "unreachable");
        assertThat(said).doesNotContain("very-secret-token", "/approvals/");
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 410, 413, 422})
    void doesNotInsistWhenTheMessageItselfIsRefused(int status) {
        receiver.otherwise = Receiver.Reply.status(status).body("no " + "secret ".repeat(3_000));
        UUID id = outbox.pause(outbox.sender(webhook()), Call.of("c"));
        outbox.awaitState(id, "failed");
        assertThat(receiver.requests).hasSize(1);
        assertThat(outbox.state(id).lastError()).isEqualTo("status_" + status);
    }

    @Test
    void anotherProcessSendsWhatOneLeaves() {
        receiver.otherwise = Receiver.Reply.status(503);
        Notifications first = outbox.sender(webhook());
        List<UUID> calls = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            calls.add(outbox.pause(first, Call.of("c" + i)));
        }
        Outbox.await("a first try of all", () -> new HashSet<>(ids()).size() == 5);
        first.close();
        List<String> before = ids();
        receiver.requests.clear();
        receiver.otherwise = Receiver.Reply.status(200);
        outbox.sender(webhook());
        calls.forEach(id -> outbox.awaitState(id, "sent"));
        assertThat(ids()).hasSize(5).containsExactlyInAnyOrderElementsOf(new HashSet<>(before));
    }

    @Test
    void whatAProcessThatDiedHadInHandIsSentAfterItsLease() {
        Notifications idle = outbox.idle(outbox.test.database(), webhook(), Outbox.FAST);
        UUID id = outbox.pause(idle, Call.of("c"));
        outbox.test
                .database()
                .<Integer>with(handle -> new NotificationStore()
                        .claim(handle, List.of("webhook"), List.of(), Duration.ofMillis(700), 10)
                        .size());
        outbox.sender(webhook());
        assertThat(receiver.requests).isEmpty();
        outbox.awaitState(id, "sent");
        assertThat(receiver.requests).hasSize(1);
        assertThat(outbox.state(id).attempts()).isEqualTo(2);
    }

    @Test
    void severalSendersSendEachOnce() throws InterruptedException {
        List<Database> replicas = new ArrayList<>();
        List<Notifications> senders = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            replicas.add(Database.open(outbox.test.settings()));
            senders.add(outbox.sender(replicas.getLast(), webhook(), Outbox.FAST));
        }
        receiver.otherwise = Receiver.Reply.status(204).body("").after(Duration.ofMillis(20));
        List<UUID> calls = new ArrayList<>();
        UUID run = outbox.calls.run(Call.of("x"));
        for (int i = 0; i < 60; i++) {
            calls.add(outbox.calls.add(run, i, Call.of("c" + i), Duration.ofHours(1)));
        }
        outbox.announce(senders.getFirst(), calls.toArray(UUID[]::new));
        outbox.announce(senders.getFirst(), calls.toArray(UUID[]::new));
        calls.forEach(id -> outbox.awaitState(id, "sent"));
        Thread.sleep(200);
        assertThat(receiver.requests).hasSize(60);
        assertThat(new HashSet<>(ids())).hasSize(60);
        senders.forEach(Notifications::close);
        replicas.forEach(Database::close);
    }

    @Test
    void aDatabaseThatIsAwayLosesNothingAndSendsNothingTwice() throws IOException {
        DatabaseSettings real = outbox.test.settings();
        try (CuttableProxy proxy = new CuttableProxy(real.host(), real.port());
                Database far = Database.open(
                        DatabaseSettings.of("127.0.0.1", proxy.port(), real.database(), real.user(), real.password())
                                .withTimeouts(Duration.ofMillis(500), Duration.ofSeconds(2)))) {
            Notifications sender = outbox.sender(far, webhook(), Outbox.FAST);
            receiver.replies.add(Receiver.Reply.status(200).after(Duration.ofMillis(300)));
            UUID inHand = outbox.pause(sender, Call.of("c"));
            Outbox.await("the try", () -> receiver.requests.size() == 1);
            proxy.cut();
            UUID later = outbox.pause(sender, Call.of("d"));
            try {
                // longer than the lease: only what the process has in mind keeps it from sending again
                Thread.sleep(2_500);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            assertThat(receiver.requests).hasSize(1);
            proxy.mend();
            outbox.awaitState(inHand, "sent");
            outbox.awaitState(later, "sent");
            assertThat(receiver.requests).hasSize(2);
            sender.close();
        }
    }

    @Test
    void whatIsDecidedMeanwhileIsNotSent() {
        Notifications idle = outbox.idle(outbox.test.database(), webhook(), Outbox.FAST);
        UUID decided = outbox.pause(idle, Call.of("decided"));
        UUID expired = outbox.pause(idle, Call.of("expired"));
        UUID open = outbox.pause(idle, Call.of("open"));
        outbox.calls.update(decided, "decision = 'approved', decided_via = 'api', decided_at = now()");
        outbox.calls.expire(expired);
        outbox.sender(webhook());
        outbox.awaitState(decided, "dropped");
        outbox.awaitState(expired, "dropped");
        outbox.awaitState(open, "sent");
        assertThat(receiver.requests).hasSize(1);
    }

    @Test
    void aDecisionEndsTheTries() {
        receiver.otherwise = Receiver.Reply.status(500).header("Retry-After", "1");
        UUID id = outbox.pause(outbox.sender(webhook()), Call.of("c"));
        Outbox.await("a failure", () -> outbox.state(id).lastError() != null);
        int tries = receiver.requests.size();
        outbox.calls.update(id, "decision = 'denied', decided_via = 'page', decided_at = now()");
        outbox.awaitState(id, "dropped");
        assertThat(receiver.requests).hasSize(tries);
    }

    @Test
    void aPauseThatIsRolledBackTellsNobody() {
        Notifications notifications = outbox.sender(webhook());
        UUID id = outbox.calls.waiting(Call.of("c"));
        try {
            outbox.test.database().transact(handle -> {
                notifications.paused(handle, UUID.randomUUID(), List.of(id));
                throw new IllegalStateException("on purpose");
            });
        } catch (IllegalStateException e) {
            assertThat(e).hasMessage("on purpose");
        }
        UUID after = outbox.pause(notifications, Call.of("d"));
        outbox.awaitState(after, "sent");
        assertThat(receiver.requests).hasSize(1);
        assertThat(notifications.of(id)).isEmpty();
    }

    @Test
    void channelsFailEachOnItsOwn() {
        Notifications notifications = outbox.sender(Map.of(
                "APPROVAL_WEBHOOK_URL", "http://127.0.0.1:1/",
                "SLACK_WEBHOOK_URL", receiver.url() + "/slack",
                "PUBLIC_URL", "https://gateway.example.org"));
        UUID id = outbox.pause(notifications, Call.of("c"));
        Outbox.await(
                "both ends",
                () -> notifications.of(id).stream()
                        .map(NotificationStore.Sending::state)
                        .toList()
                        .equals(List.of("sent", "failed")));
    }

    @Test
    void isSentAtOnceAndNotAtTheNextPoll() {
        Notifications.Settings lazy = new Notifications.Settings(
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                Duration.ofSeconds(60),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                3,
                Duration.ofDays(1),
                4);
        Notifications notifications = outbox.sender(outbox.test.database(), webhook(), lazy);
        outbox.awaitState(outbox.pause(notifications, Call.of("first")), "sent");
        outbox.awaitState(outbox.pause(notifications, Call.of("second")), "sent");
    }

    @Test
    void whatIsLongDoneIsForgotten() {
        Notifications idle = outbox.idle(outbox.test.database(), webhook(), Outbox.FAST);
        UUID old = outbox.pause(idle, Call.of("old"));
        UUID fresh = outbox.pause(idle, Call.of("fresh"));
        outbox.test
                .database()
                .<Integer>with(
                        handle -> handle.createUpdate("""
                        UPDATE ai.notifications SET state = 'sent', finished_at = now() - CASE
                            WHEN requirement = :old THEN interval '25 hours' ELSE interval '23 hours' END
                        """).bind("old", old).execute());
        outbox.sender(webhook());
        Outbox.await("the end", () -> idle.of(old).isEmpty());
        assertThat(idle.of(fresh)).hasSize(1);
    }

    @Test
    void pausesGrowToAboutAnHour() {
        Notifications.Settings settings = Notifications.Settings.DEFAULT;
        Duration all = Duration.ZERO;
        for (int attempt = 1; attempt < settings.attempts(); attempt++) {
            Duration pause = settings.pause(attempt, null);
            assertThat(pause).isLessThan(settings.longestPause().multipliedBy(5).dividedBy(4));
            all = all.plus(pause);
        }
        assertThat(all).isBetween(Duration.ofMinutes(45), Duration.ofMinutes(85));
        assertThat(settings.pause(1, Duration.ofDays(2))).isEqualTo(settings.longestPause());
        assertThat(settings.pause(1, Duration.ofSeconds(60))).isEqualTo(Duration.ofSeconds(60));
        assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(10)).isLessThan(settings.lease());
    }
}
