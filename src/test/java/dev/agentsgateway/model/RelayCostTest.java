package dev.agentsgateway.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.bench.BenchTiming;
import dev.agentsgateway.bench.ScriptedModelServer;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What relaying costs: CPU time of this process, server and client together, per 1,000 tokens. Prints; for people. */
@Tag("soak")
class RelayCostTest {
    @ParameterizedTest
    @EnumSource
    void manyStreams(Vendor vendor) throws Exception {
        run(vendor, "warm-up", new BenchTiming(Duration.ZERO, Duration.ZERO, 2_000, 1), 100);
        run(vendor, "flat out, 1 token a write", new BenchTiming(Duration.ZERO, Duration.ZERO, 2_000, 1), 100);
        run(vendor, "flat out, 20 tokens a write", new BenchTiming(Duration.ZERO, Duration.ZERO, 10_000, 20), 100);
        run(vendor, "paced, 20 ms", new BenchTiming(Duration.ZERO, Duration.ofMillis(20), 200, 1), 500);
        run(
                vendor,
                "paced, 200 ms, 5000 streams",
                new BenchTiming(Duration.ZERO, Duration.ofMillis(200), 40, 1),
                5_000);
    }

    private static void run(Vendor vendor, String name, BenchTiming timing, int streams) throws Exception {
        var os = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        var tokens = new AtomicLong();
        var failures = new AtomicLong();
        try (var server = ScriptedModelServer.bench(0, timing);
                Models models = Vendor.models(server, ModelHttp.Settings.DEFAULT)) {
            ChatModel chat = models.resolve(vendor.model).chat();
            var done = new CountDownLatch(streams);
            long cpu = os.getProcessCpuTime();
            long start = System.nanoTime();
            for (int i = 0; i < streams; i++) {
                Thread.ofVirtual().start(() -> {
                    try (ModelStream stream = chat.stream(vendor.hello(true))) {
                        long mine = 0;
                        for (ModelEvent e = stream.next(); e != null; e = stream.next()) {
                            mine += e instanceof ModelEvent.TextDelta text
                                            && !text.text().isEmpty()
                                    ? 1
                                    : 0;
                        }
                        tokens.addAndGet(mine);
                    } catch (RuntimeException e) {
                        failures.incrementAndGet();
                    } finally {
                        done.countDown();
                    }
                });
            }
            done.await();
            double seconds = (System.nanoTime() - start) / 1e9;
            double cpuMillis = (os.getProcessCpuTime() - cpu) / 1e6;
            System.out.printf(
                    "%s, %s: %d streams, %d tokens, %.2f s, %.0f tokens/s, %.2f ms CPU per 1k tokens, %d failures%n",
                    vendor,
                    name,
                    streams,
                    tokens.get(),
                    seconds,
                    tokens.get() / seconds,
                    cpuMillis / tokens.get() * 1000,
                    failures.get());
        }
        assertThat(failures).hasValue(0);
        assertThat(tokens).hasValue((long) streams * timing.tokens());
    }
}
