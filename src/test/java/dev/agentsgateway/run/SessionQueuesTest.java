package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SessionQueuesTest {
    private final SessionQueues queues = new SessionQueues(2);
    private final SessionKey session = EngineFixture.session("s1");

    @Test
    void countsThoseWhoWaitNowAndNotThoseWhoEverDid() {
        SessionQueues.Ticket current = queues.enter(session);
        for (int i = 0; i < 1000; i++) {
            SessionQueues.Ticket next = queues.enter(session);
            assertThat(next.first()).isFalse();
            current.leave();
            assertThat(next.first()).isTrue();
            current = next;
        }
        current.leave();
        assertThat(queues.size()).isZero();
    }

    @Test
    void rejectsMoreThanMayWait() {
        queues.enter(session);
        queues.enter(session);
        SessionQueues.Ticket third = queues.enter(session);
        assertThatThrownBy(() -> queues.enter(session))
                .isInstanceOfSatisfying(
                        RunRejectedException.class, e -> assertThat(e.status()).isEqualTo(429));
        third.leave();
        queues.enter(session);
    }

    @Test
    void thousandsWhoGiveUpAreForgottenAndHoldNobodyUp() {
        SessionQueues.Ticket first = queues.enter(session);
        for (int i = 0; i < 100_000; i++) {
            queues.enter(session).leave();
        }
        SessionQueues.Ticket last = queues.enter(session);
        first.leave();
        assertThat(last.first()).isTrue();
        last.leave();
        assertThat(queues.size()).isZero();
    }

    @Test
    void whoGivesUpDoesNotLetOthersOvertake() {
        SessionQueues.Ticket first = queues.enter(session);
        SessionQueues.Ticket second = queues.enter(session);
        SessionQueues.Ticket third = queues.enter(session);
        second.leave();
        assertThat(third.first()).isFalse();
        first.leave();
        assertThat(third.first()).isTrue();
    }
}
