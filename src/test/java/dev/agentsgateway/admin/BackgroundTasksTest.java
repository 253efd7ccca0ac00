package dev.agentsgateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.http.HttpException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code contract/resources.md} 6.4. */
class BackgroundTasksTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofHours(1);

    private final BackgroundTasks tasks = new BackgroundTasks(InstantSource.system());

    @AfterEach
    void stop() {
        tasks.close();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.sleep(5);
        }
    }

    private BackgroundTasks.Info info(String name) {
        return tasks.infos().get(name);
    }

    @Test
    void runsAgainAndAgain() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        tasks.create("t1", SHORT, true, runs::incrementAndGet);
        await(() -> info("t1").runCount() >= 3);
        BackgroundTasks.Info info = info("t1");
        assertThat(info.running()).isTrue();
        assertThat(info.cancelled()).isFalse();
        assertThat(info.interval()).isEqualTo(SHORT);
        assertThat(info.errorCount()).isZero();
        assertThat(info.lastError()).isNull();
        assertThat(info.lastRun()).isBetween(info.createdAt(), Instant.now());
        assertThat(info.nextRun()).isEqualTo(info.lastRun().plus(SHORT));
    }

    @Test
    void theFirstRunMayWaitForAnInterval() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger later = new AtomicInteger();
        tasks.create("later", Duration.ofMillis(400), false, later::incrementAndGet);
        tasks.create("now", LONG, true, now::incrementAndGet);
        await(() -> now.get() == 1);
        assertThat(later).hasValue(0);
        assertThat(info("later").lastRun()).isNull();
        assertThat(tasks.infos().keySet()).containsExactly("later", "now");
        await(() -> later.get() == 1);
        assertThat(now).hasValue(1);
    }

    @Test
    void theRestBeginsWhenARunHasEnded() throws Exception {
        CountDownLatch twice = new CountDownLatch(2);
        AtomicInteger atOnce = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        tasks.create("slow", Duration.ofMillis(1), true, () -> {
            most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            Thread.sleep(30);
            atOnce.decrementAndGet();
            twice.countDown();
        });
        assertThat(twice.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(most).hasValue(1);
    }

    @Test
    void aFailureIsCountedAndChangesNothingElse() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        tasks.create("fails", SHORT, true, () -> {
            if (runs.incrementAndGet() > 1) {
                throw new IllegalStateException("password=hunter2");
            }
        });
        await(() -> info("fails").errorCount() >= 2);
        BackgroundTasks.Info info = info("fails");
        assertThat(info.running()).isTrue();
        assertThat(info.runCount()).isEqualTo(1);
        assertThat(info.nextRun()).isEqualTo(info.lastRun().plus(SHORT));
        assertThat(info.lastError()).isEqualTo("Unexpected failure (IllegalStateException); the log says more.");
    }

    @Test
    void whatIsFitForClientsIsShown() throws Exception {
        tasks.create("known", LONG, true, () -> {
            throw new HttpException(503, "boom");
        });
        tasks.create("database", LONG, true, () -> {
            throw new DatabaseUnavailableException(new IllegalStateException("db.internal:5432"));
        });
        await(() -> info("known").errorCount() == 1 && info("database").errorCount() == 1);
        assertThat(info("known").lastError()).isEqualTo("boom");
        assertThat(info("database").lastError()).isEqualTo("The database is not available.");
    }

    @Test
    void cancellingEndsATaskAndForgetsIt() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        tasks.create("t1", SHORT, true, () -> {
            begun.countDown();
            try {
                Thread.sleep(LONG);
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
        });
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(tasks.cancel("t1")).isTrue();
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(tasks.infos()).isEmpty();
        assertThat(tasks.cancel("t1")).isFalse();
    }

    @Test
    void aNewTaskReplacesTheOneOfItsName() throws Exception {
        CountDownLatch oldOneEnded = new CountDownLatch(1);
        tasks.create("t1", LONG, true, () -> {
            try {
                Thread.sleep(LONG);
            } finally {
                oldOneEnded.countDown();
            }
        });
        Thread.sleep(50);
        tasks.create("t1", SHORT, true, () -> {});
        assertThat(oldOneEnded.await(10, TimeUnit.SECONDS)).isTrue();
        await(() -> info("t1").runCount() > 1);
        assertThat(tasks.infos()).hasSize(1);
    }

    @Test
    void quartersOfAnHourAreMarksOfTheClock() {
        QuarterHours quarters = new QuarterHours();
        assertThat(quarters.next(Instant.parse("2030-01-01T10:14:59.999Z"), false))
                .isEqualTo("2030-01-01T10:15:00Z");
        assertThat(quarters.next(Instant.parse("2030-01-01T10:15:00Z"), false)).isEqualTo("2030-01-01T10:30:00Z");
        assertThat(quarters.next(Instant.parse("2030-01-01T23:45:00.001Z"), false))
                .isEqualTo("2030-01-02T00:00:00Z");
        assertThat(quarters.next(Instant.parse("2030-01-01T10:00:01Z"), true)).isEqualTo("2030-01-01T10:01:01Z");
        assertThat(quarters.next(Instant.parse("2030-01-01T10:14:30Z"), true)).isEqualTo("2030-01-01T10:15:00Z");
        assertThat(QuarterHours.mark(Instant.parse("2030-01-01T10:44:59Z"))).isEqualTo("2030-01-01T10:30:00Z");
    }
}
