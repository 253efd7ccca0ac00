package dev.agentsgateway.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** The two ways to put load on something. */
final class Load {
    private static final int OUTSTANDING = 2_000;

    private Load() {}

    /** One request. */
    interface Call {
        /**
         * @param number counts from 0
         * @return {@link System#nanoTime()} of what is measured
         * @throws IOException also for an answer that is not the right one
         */
        long send(int number) throws IOException;
    }

    /**
     * Open loop: requests begin at instants that are fixed beforehand, whatever the server does; each is measured from
     * its instant and not from when it was sent, so that a server that stalls cannot hide what waited meanwhile.
     */
    static Timings open(int perSecond, Duration time, Call call) throws InterruptedException {
        return open(OUTSTANDING, perSecond, time, call);
    }

    /** @param outstanding requests in flight at once; who waits for a place is late, and is counted so */
    static Timings open(int outstanding, int perSecond, Duration time, Call call) throws InterruptedException {
        Timings timings = new Timings();
        Semaphore places = new Semaphore(outstanding);
        long start = System.nanoTime() + 10_000_000;
        int total = (int) (perSecond * time.toMillis() / 1000);
        List<Thread> threads = new ArrayList<>(total);
        for (int i = 0; i < total; i++) {
            long instant = start + i * 1_000_000_000L / perSecond;
            sleepUntil(instant);
            places.acquire();
            int number = i;
            threads.add(Thread.ofVirtual().start(() -> {
                one(call, number, instant, timings);
                places.release();
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        timings.took(System.nanoTime() - start);
        return timings;
    }

    /** Closed loop: each worker sends its next request when its last one is answered. The most that can be had. */
    static Timings closed(int workers, Duration time, Call call) throws InterruptedException {
        long start = System.nanoTime();
        long end = start + time.toNanos();
        AtomicInteger next = new AtomicInteger();
        Timings timings = new Timings();
        parallel(workers, () -> {
            while (System.nanoTime() < end) {
                one(call, next.getAndIncrement(), System.nanoTime(), timings);
            }
        });
        timings.took(System.nanoTime() - start);
        return timings;
    }

    /** A fixed number of requests over as many workers. */
    static Timings all(int workers, int total, Call call) throws InterruptedException {
        long start = System.nanoTime();
        AtomicInteger next = new AtomicInteger();
        Timings timings = new Timings();
        parallel(workers, () -> {
            for (int number = next.getAndIncrement(); number < total; number = next.getAndIncrement()) {
                one(call, number, System.nanoTime(), timings);
            }
        });
        timings.took(System.nanoTime() - start);
        return timings;
    }

    static void sleepUntil(long instant) throws InterruptedException {
        for (long left = instant - System.nanoTime(); left > 0; left = instant - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    private static void parallel(int workers, Runnable work) throws InterruptedException {
        List<Thread> threads = new ArrayList<>(workers);
        for (int i = 0; i < workers; i++) {
            threads.add(Thread.ofVirtual().start(work));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void one(Call call, int number, long from, Timings timings) {
        try {
            timings.record(call.send(number) - from);
        } catch (IOException | RuntimeException e) {
            timings.error(e.toString());
        }
    }
}
