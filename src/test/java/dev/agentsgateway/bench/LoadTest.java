package dev.agentsgateway.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LoadTest {
    @Test
    void openLoopSendsAtFixedInstants() throws Exception {
        var sent = new ConcurrentSkipListMap<Integer, Long>();
        Timings timings = Load.open(200, Duration.ofSeconds(1), number -> {
            sent.put(number, System.nanoTime());
            return System.nanoTime();
        });

        assertThat(timings.count()).isEqualTo(200);
        assertThat(sent).hasSize(200);
        double seconds = (sent.lastEntry().getValue() - sent.firstEntry().getValue()) / 1e9;
        assertThat(seconds).isCloseTo(199 / 200.0, within(0.2));
    }

    @Test
    void openLoopCountsTheWaitBehindAStall() throws Exception {
        // Everything that is due during the stall of 400 ms must be seen to have waited for its end.
        long[] stallEnds = new long[1];
        Object stalled = new Object();
        Timings timings = Load.open(100, Duration.ofSeconds(1), number -> {
            synchronized (stalled) {
                if (number == 0) {
                    pause(400);
                    stallEnds[0] = System.nanoTime();
                }
                return System.nanoTime();
            }
        });

        assertThat(timings.count()).isEqualTo(100);
        // About 40 of 100 were due while it stalled, and waited 400 ms down to nothing.
        assertThat(timings.millis(100)).isGreaterThan(390);
        assertThat(timings.millis(80)).isGreaterThan(100);
        assertThat(timings.millis(50)).isLessThan(100);
    }

    @Test
    void openLoopDoesNotLoseWhatWaitsForAPlace() throws Exception {
        AtomicInteger atOnce = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Timings timings = Load.open(2, 100, Duration.ofMillis(300), _ -> {
            most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            pause(40);
            atOnce.decrementAndGet();
            return System.nanoTime();
        });

        assertThat(most).hasValue(2);
        assertThat(timings.count()).isEqualTo(30);
        // Two places serve 50 a second, 100 a second are due: the last ones are some 300 ms late.
        assertThat(timings.millis(100)).isGreaterThan(250);
    }

    @Test
    void closedLoopKeepsItsWorkersBusy() throws Exception {
        Timings timings = Load.closed(4, Duration.ofMillis(500), _ -> {
            pause(10);
            return System.nanoTime();
        });

        assertThat(timings.perSecond()).isBetween(150.0, 401.0);
        assertThat(timings.millis(50)).isBetween(9.9, 25.0);
    }

    @Test
    void failuresAreCountedAndTheFirstIsNamed() throws Exception {
        Timings timings = Load.all(1, 10, number -> {
            if (number % 2 == 1) {
                throw new IOException("number " + number);
            }
            return System.nanoTime();
        });

        assertThat(timings.count()).isEqualTo(5);
        assertThat(timings.errors()).isEqualTo(5);
        assertThat(timings.firstError()).endsWith("number 1");
    }

    @Test
    void percentilesAreThreeDigitsExact() {
        Timings timings = new Timings();
        for (int i = 1; i <= 1000; i++) {
            timings.record(i * 1_000_000L);
        }
        timings.took(2_000_000_000L);

        assertThat(timings.millis(50)).isCloseTo(500, within(0.5));
        assertThat(timings.millis(99)).isCloseTo(990, within(1.0));
        assertThat(timings.millis(100)).isCloseTo(1000, within(1.0));
        assertThat(timings.perSecond()).isEqualTo(500);
        assertThat(timings.json().at("/ms/p99.9").asDouble()).isCloseTo(999, within(1.0));
    }

    @Test
    void wordsAreCountedAcrossPieces() {
        byte[] text = "..aab aaab aab\"a\"a\"b".getBytes(StandardCharsets.US_ASCII);
        for (int piece = 1; piece <= text.length; piece++) {
            assertThat(counted("aab", text, piece)).isEqualTo(3);
            assertThat(counted("\"a\"a\"b", text, piece)).isEqualTo(1);
            assertThat(counted("\"a\"b", text, piece)).isEqualTo(1);
            assertThat(counted("xyz", text, piece)).isZero();
        }
    }

    private static long counted(String word, byte[] text, int piece) {
        Occurrences found = new Occurrences(word);
        for (int at = 0; at < text.length; at += piece) {
            found.accept(text, at, Math.min(piece, text.length - at));
        }
        return found.count();
    }

    @Test
    void stampsAreReadAcrossPiecesAndOnlyAlone() {
        String stamp = String.format(Locale.ROOT, "%019d", System.nanoTime() - 5_000_000_000L);
        String stream = "data: {\"content\": \" " + stamp + "\", \"id\": 12}\n\ndata: {\"content\":\" " + stamp
                + "\"}\n\ndata: {\"content\": \" " + stamp + " " + stamp + "\"}\n\n";
        byte[] bytes = stream.getBytes(StandardCharsets.US_ASCII);
        for (int piece : new int[] {1, 7, bytes.length}) {
            Window window = new Window();
            window.open();
            StampedSink sink = new StampedSink(window);
            for (int at = 0; at < bytes.length; at += piece) {
                sink.accept(bytes, at, Math.min(piece, bytes.length - at));
            }
            assertThat(sink.tokens()).isEqualTo(2);
            assertThat(window.timings().count()).isEqualTo(2);
            assertThat(window.timings().millis(0)).isBetween(4_900.0, 60_000.0);
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
