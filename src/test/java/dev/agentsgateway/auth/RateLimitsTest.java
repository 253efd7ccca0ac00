package dev.agentsgateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RateLimitsTest {
    private final TestClock clock = new TestClock("2026-03-04T05:59:30Z");
    private final TestDatabase test = TestDatabase.create();
    private final Database second = Database.open(test.settings());
    private final Database third = Database.open(test.settings());
    private final RateLimits limits = new RateLimits(test.database(), clock);

    @AfterEach
    void drop() {
        limits.close();
        second.close();
        third.close();
        test.close();
    }

    private long taken() {
        return test.database()
                .<Long>with(handle -> handle.createQuery("select taken from ai.rate_limits where key_id = 7")
                        .mapTo(Long.class)
                        .one());
    }

    private static int allowed(RateLimits limits, long limit, int times) {
        int allowed = 0;
        for (int i = 0; i < times; i++) {
            allowed += limits.take(7, limit).allowed() ? 1 : 0;
        }
        return allowed;
    }

    @Test
    void threeReplicasAllowExactlyTheLimit() throws Exception {
        try (RateLimits b = new RateLimits(second, clock);
                RateLimits c = new RateLimits(third, clock);
                ExecutorService threads = Executors.newFixedThreadPool(64)) {
            List<RateLimits> replicas = List.of(limits, b, c);
            AtomicInteger allowed = new AtomicInteger();
            List<Future<?>> clients = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                RateLimits replica = replicas.get(i % 3);
                clients.add(threads.submit(() -> {
                    while (replica.take(7, 500).allowed()) {
                        allowed.incrementAndGet();
                    }
                }));
            }
            for (Future<?> client : clients) {
                client.get();
            }
            assertThat(allowed).hasValue(500);
            assertThat(taken()).isEqualTo(500);
            assertThat(limits.take(7, 500).remaining()).isZero();
        }
    }

    @Test
    void oneReplicaAllowsExactlyTheLimit() {
        for (int limit : new int[] {1, 2, 7, 8, 9, 100}) {
            test.database().<Integer>with(handle -> handle.execute("delete from ai.rate_limits"));
            try (RateLimits fresh = new RateLimits(test.database(), clock)) {
                assertThat(allowed(fresh, limit, limit + 5)).isEqualTo(limit);
            }
        }
    }

    @Test
    void remainingCountsDown() {
        for (long remaining = 99; remaining >= 0; remaining--) {
            RateLimits.Decision decision = limits.take(7, 100);
            assertThat(decision.remaining()).isEqualTo(remaining);
            assertThat(decision.reset()).isEqualTo(30);
        }
        assertThat(limits.take(7, 100).allowed()).isFalse();
    }

    @Test
    void aThousandRequestsCostAboutFiftyStatements() {
        test.database().<Integer>with(handle -> handle.execute("create table counted (n integer)"));
        test.database().<Integer>with(handle -> handle.execute("""
                create function count_it() returns trigger language plpgsql as
                $$ begin insert into counted values (1); return null; end $$"""));
        test.database().<Integer>with(handle -> handle.execute("""
                create trigger counting after insert or update on ai.rate_limits
                for each statement execute function count_it()"""));
        assertThat(allowed(limits, 1000, 1000)).isEqualTo(1000);
        long statements = test.database()
                .<Long>with(handle -> handle.createQuery("select count(*) from counted")
                        .mapTo(Long.class)
                        .one());
        // an INSERT with ON CONFLICT fires both triggers
        assertThat(statements / 2).isBetween(10L, 60L);
        assertThat(allowed(limits, 1000, 1000)).isZero();
        long after = test.database()
                .<Long>with(handle -> handle.createQuery("select count(*) from counted")
                        .mapTo(Long.class)
                        .one());
        assertThat(after - statements).as("refusals cost nothing").isLessThanOrEqualTo(2);
    }

    @Test
    void aNewHourStartsAnew() {
        assertThat(allowed(limits, 20, 30)).isEqualTo(20);
        clock.advance(Duration.ofSeconds(30));
        assertThat(allowed(limits, 20, 30)).isEqualTo(20);
        assertThat(taken()).isEqualTo(20);
    }

    @Test
    void aReplicaWhoseClockIsBehindSharesTheNewHour() {
        TestClock ahead = new TestClock("2026-03-04T06:00:05Z");
        try (RateLimits other = new RateLimits(second, ahead)) {
            assertThat(allowed(other, 20, 5)).isEqualTo(5);
            assertThat(allowed(limits, 20, 30) + allowed(other, 20, 30)).isEqualTo(15);
            assertThat(limits.take(7, 20).reset()).isEqualTo(3630);
        }
    }

    @Test
    void closingGivesUnusedPermitsBack() {
        RateLimits other = new RateLimits(second, clock);
        assertThat(allowed(other, 800, 1)).isEqualTo(1);
        assertThat(taken()).isEqualTo(100);
        other.close();
        assertThat(taken()).isEqualTo(1);
        assertThat(allowed(limits, 800, 900)).isEqualTo(799);
    }

    @Test
    void aChangedLimitCountsAtOnce() {
        assertThat(allowed(limits, 800, 10)).isEqualTo(10);
        assertThat(allowed(limits, 12, 20)).isEqualTo(2);
        assertThat(allowed(limits, 5, 20)).isZero();
        assertThat(allowed(limits, 30, 40)).isEqualTo(18);
    }

    @Test
    void anIdleReplicaGivesUnusedPermitsBack() throws InterruptedException {
        assertThat(allowed(limits, 800, 1)).isEqualTo(1);
        clock.advance(Duration.ofSeconds(11));
        for (int i = 0; i < 200 && taken() > 1; i++) {
            Thread.sleep(50);
        }
        assertThat(taken()).isEqualTo(1);
        assertThat(allowed(limits, 800, 1)).as("and goes on").isEqualTo(1);
    }

    @Test
    void goesOnByItsOwnCountWhileTheDatabaseIsAwayAndBooksItLater() throws Exception {
        try (CuttableProxy proxy = new CuttableProxy(
                        test.settings().host(), test.settings().port());
                Database cuttable = Database.open(Outage.through(proxy, test.settings()));
                RateLimits replica = new RateLimits(cuttable, clock)) {
            assertThat(allowed(replica, 80, 10)).isEqualTo(10);
            proxy.cut();
            assertThat(allowed(replica, 80, 40)).isEqualTo(40);
            proxy.mend();
            clock.advance(Duration.ofSeconds(2));
            assertThat(allowed(replica, 80, 100)).isEqualTo(30);
            assertThat(taken()).isEqualTo(80);
            assertThat(allowed(limits, 80, 10)).isZero();
        }
    }
}
