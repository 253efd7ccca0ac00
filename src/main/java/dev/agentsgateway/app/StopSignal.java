package dev.agentsgateway.app;

import java.util.concurrent.CountDownLatch;
import sun.misc.Signal;

/**
 * SIGTERM, SIGINT and SIGHUP as something to wait for. The JVM's own handling would end the process with 143 and run
 * its shutdown hooks at the same time as ours; so the main thread stops in order, and the exit code is its own. A second
 * SIGINT, from an impatient person, ends the process at once; further SIGTERMs and SIGHUPs, which service managers send
 * in passing, do not.
 */
final class StopSignal {
    private static final int INTERRUPTED = 130;
    private static final Signal SIGINT = new Signal("INT");

    private final CountDownLatch received = new CountDownLatch(1);

    private StopSignal() {}

    static StopSignal install() {
        StopSignal stop = new StopSignal();
        for (Signal signal : new Signal[] {SIGINT, new Signal("TERM"), new Signal("HUP")}) {
            Signal.handle(signal, stop::receive);
        }
        return stop;
    }

    private void receive(Signal signal) {
        if (received.getCount() == 0 && signal.equals(SIGINT)) {
            Runtime.getRuntime().halt(INTERRUPTED);
        }
        received.countDown();
    }

    void await() throws InterruptedException {
        received.await();
    }
}
