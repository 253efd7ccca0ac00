package dev.agentsgateway.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Thousands of streams that are open at the same time, with a model that speaks seldom: memory and delay. */
final class StreamsWorkload implements Workload {
    private static final int PER_SECOND = 200;

    @Override
    public String name() {
        return "streams";
    }

    @Override
    public String heap(boolean quick) {
        return quick ? null : "1536m";
    }

    @Override
    public void run(Setup setup) throws Exception {
        int streams = setup.scaled(5_000, 200);
        Duration interval = Duration.ofSeconds(setup.scaled(4, 2));
        Duration opening = Duration.ofMillis(streams * 1000L / PER_SECOND);
        Duration observed = Duration.ofSeconds(setup.scaled(8, 4));
        Duration reading = Duration.ofSeconds(setup.scaled(6, 3));
        // The last stream opens, all are observed, the heap is read: then the first may end.
        int tokens = (int) (opening.plus(observed).plus(reading).dividedBy(interval)) + 2;
        setup.model().stamped(new BenchTiming(Duration.ofMillis(500), interval, tokens, 1));
        long heapBefore = setup.process() == null
                ? 0
                : JvmHeap.usedAfterCollection(setup.process().pid());
        byte[] direct = setup.directChat(true);
        Window delays = new Window();
        AtomicInteger open = new AtomicInteger();
        Load.Call chat = number -> {
            open.incrementAndGet();
            try {
                return stream(setup.gateway(), setup.chat("streams-" + number, true), tokens, delays);
            } finally {
                open.decrementAndGet();
            }
        };
        Timings whole = observe(setup, opening, observed, chat, delays, heapBefore, streams, open);
        Window directDelays = new Window();
        // A sample is enough: the plain part only shows what the clock and the machine add.
        Load.Call plain = _ -> stream(setup.direct(), direct, 3, directDelays);
        setup.model().stamped(new BenchTiming(Duration.ZERO, Duration.ofSeconds(1), 3, 1));
        directDelays.open();
        Load.open(PER_SECOND, Duration.ofSeconds(setup.scaled(3, 1)), plain);
        Report report = setup.report();
        report.raw(name(), "whole_streams", whole);
        report.raw(name(), "event_delay", delays.timings());
        report.raw(name(), "event_delay_direct", directDelays.timings());
        report.add(Figure.of(name(), "failed of " + streams + " open streams", "", whole.errors())
                .atMost(0));
        report.add(Figure.of(
                        name(), "delay of an event p50", "ms", delays.timings().millis(50))
                .against("direct stream", directDelays.timings().millis(50)));
        report.add(Figure.of(
                        name(), "delay of an event p99", "ms", delays.timings().millis(99))
                .against("direct stream", directDelays.timings().millis(99)));
    }

    private Timings observe(
            Setup setup,
            Duration opening,
            Duration observed,
            Load.Call chat,
            Window delays,
            long heapBefore,
            int streams,
            AtomicInteger open)
            throws Exception {
        long begun = System.nanoTime();
        Timings[] result = new Timings[1];
        Thread load = Thread.ofVirtual().start(() -> {
            try {
                result[0] = Load.open(streams, PER_SECOND, opening, chat);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Load.sleepUntil(begun + opening.toNanos() + 1_000_000_000);
        delays.open();
        Load.sleepUntil(begun + opening.plus(observed).toNanos());
        delays.close();
        if (setup.process() != null) {
            long pid = setup.process().pid();
            // Those that were refused or broke off hold nothing.
            int held = open.get();
            double perStream = (JvmHeap.usedAfterCollection(pid) - heapBefore) / (double) held;
            setup.report().raw(name(), "open_streams", held);
            setup.report().raw(name(), "classes", JvmHeap.classes(pid));
            setup.report().raw(name(), "heap_before_kib", heapBefore);
            setup.report()
                    .add(Figure.of(name(), "gateway heap per open stream", "KiB", perStream)
                            .atMost(100));
        }
        load.join();
        return result[0];
    }

    private static long stream(Target target, byte[] request, int tokens, Window delays) throws IOException {
        StampedSink sink = new StampedSink(delays);
        int status = target.send(request, sink);
        if (status != 200 || sink.tokens() != tokens) {
            throw new IOException("status " + status + ", " + sink.tokens() + " tokens instead of " + tokens);
        }
        return System.nanoTime();
    }
}
