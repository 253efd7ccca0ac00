package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RunLogTest {
    private static final RunEvent END = new RunEvent.Failed(0, "end", "end");

    private static RunEvent event(int seq) {
        return new RunEvent.Content(seq, "", "", null);
    }

    /** A writer whose database fails now and then and forgets that it had stored, as a lost connection makes it. */
    @Property(tries = 40)
    void whatIsStoredIsWhatReadersSaw(@ForAll @IntRange(min = 0, max = 5000) int events, @ForAll long seed)
            throws Exception {
        RunLog log = new RunLog();
        List<RunEvent> stored = new ArrayList<>();
        Random random = new Random(seed);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<RunEvent>>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int slow = i;
                readers.add(threads.submit(() -> follow(log, slow)));
            }
            Future<?> writer = threads.submit(() -> {
                while (stored.isEmpty() || stored.getLast() != END) {
                    RunLog.Segment segment = log.beginSave();
                    if (segment == null) {
                        if (log.read(events, Duration.ZERO).ended()) {
                            return null;
                        }
                        Thread.yield();
                        continue;
                    }
                    boolean told = random.nextInt(4) > 0;
                    if (told || random.nextBoolean()) {
                        save(stored, segment);
                    }
                    log.endSave(segment, told);
                }
                return null;
            });
            for (int seq = 1; seq <= events; seq++) {
                log.append(event(seq));
            }
            RunLog.Segment tail = log.beginLastSave(END);
            save(stored, tail);
            log.endLastSave(END);
            writer.get();
            assertThat(stored).hasSize(events + 1);
            for (Future<List<RunEvent>> reader : readers) {
                for (RunEvent seen : reader.get()) {
                    int seq = seen == END ? events + 1 : (int) seen.at();
                    assertThat(stored.get(seq - 1)).isSameAs(seen);
                }
                assertThat(reader.get().getLast()).isSameAs(END);
            }
        }
    }

    /** As {@code RunStore.saveSegment} does: the longer one stays. */
    private static void save(List<RunEvent> stored, RunLog.Segment segment) {
        synchronized (stored) {
            assertThat(segment.firstSeq()).isLessThanOrEqualTo(stored.size() + 1);
            for (int i = 0; i < segment.events().size(); i++) {
                int at = segment.firstSeq() - 1 + i;
                if (at == stored.size()) {
                    stored.add(segment.events().get(i));
                } else {
                    assertThat(stored.get(at)).isSameAs(segment.events().get(i));
                }
            }
        }
    }

    /** Reads in order; what memory no longer has is skipped, as if read elsewhere. */
    private static List<RunEvent> follow(RunLog log, int slow) throws InterruptedException {
        List<RunEvent> seen = new ArrayList<>();
        int after = 0;
        while (true) {
            RunLog.Batch batch = log.read(after, Duration.ofSeconds(10));
            if (batch.missed()) {
                assertThat(batch.firstSeq()).isGreaterThan(after + 1);
                after = batch.firstSeq() - 1;
                continue;
            }
            assertThat(batch.firstSeq()).isEqualTo(after + 1);
            seen.addAll(batch.events());
            after += batch.events().size();
            if (batch.ended()) {
                return seen;
            }
            if (slow > 0) {
                Thread.sleep(slow);
            }
        }
    }

    @Test
    void keepsTheNewestAndTellsWhoIsTooFarBehind() throws Exception {
        RunLog log = new RunLog();
        for (int seq = 1; seq <= RunLog.KEPT + 10; seq++) {
            log.append(event(seq));
        }
        assertThat(log.read(9, Duration.ZERO).missed()).isTrue();
        RunLog.Batch batch = log.read(10, Duration.ZERO);
        assertThat(batch.missed()).isFalse();
        assertThat(batch.events()).hasSize(RunLog.BATCH);
        assertThat(batch.events().getFirst().at()).isEqualTo(11);
    }

    @Test
    void goesOnWhereAnotherLogEndedUntilItIsAbandoned() throws Exception {
        RunLog log = new RunLog(new EventEpochs(List.of(51)), 50);
        assertThat(log.read(49, Duration.ZERO).missed()).isTrue();
        assertThat(log.read(50, Duration.ZERO).missed()).isFalse();
        for (int seq = 51; seq <= 50 + 2 * RunLog.KEPT; seq++) {
            log.append(event(seq));
            RunLog.Batch batch = log.read(seq - 1, Duration.ZERO);
            assertThat(batch.firstSeq()).isEqualTo(seq);
            assertThat(batch.events().getFirst().at()).isEqualTo(seq);
        }
        assertThat(log.beginSave().firstSeq()).isEqualTo(51);
        Thread.startVirtualThread(log::abandon);
        assertThat(log.read(50 + 2 * RunLog.KEPT, Duration.ofSeconds(10)).events())
                .isEmpty();
        assertThat(log.isAbandoned()).isTrue();
    }

    @Test
    void waitsWhenTooMuchIsNotStoredAndGoesOnAfterwards() throws Exception {
        RunLog log = new RunLog();
        Thread driver = Thread.ofVirtual().start(() -> {
            for (int seq = 1; seq <= RunLog.UNSAVED_MAX + 100; seq++) {
                log.append(event(seq));
            }
        });
        Thread.sleep(300);
        assertThat(log.read(RunLog.UNSAVED_MAX, Duration.ZERO).events()).isEmpty();
        RunLog.Segment failed = log.beginSave();
        assertThat(failed.events()).hasSize(RunLog.UNSAVED_MAX);
        Thread.sleep(50);
        // What is being saved still is in memory: it counts.
        assertThat(log.read(RunLog.UNSAVED_MAX, Duration.ZERO).events()).isEmpty();
        log.endSave(failed, false);
        RunLog.Segment again = log.beginSave();
        assertThat(again.events()).hasSize(RunLog.UNSAVED_MAX);
        log.endSave(again, true);
        driver.join();
        assertThat(log.beginSave().events()).hasSize(100);
    }

    @Test
    void anInterruptedThreadDoesNotWait() throws Exception {
        RunLog log = new RunLog();
        Thread driver = Thread.ofVirtual().start(() -> {
            for (int seq = 1; seq <= RunLog.UNSAVED_MAX + 1; seq++) {
                log.append(event(seq));
            }
        });
        Thread.sleep(200);
        assertThat(driver.isAlive()).isTrue();
        driver.interrupt();
        assertThat(driver.join(Duration.ofSeconds(2))).isTrue();
    }
}
