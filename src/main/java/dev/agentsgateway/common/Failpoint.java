package dev.agentsgateway.common;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/**
 * A place at which a crash test lets the process be killed: the one that {@code FAILPOINT} names, as {@code name} or
 * {@code name:n} for the n-th time that it is reached. Without the variable it costs one comparison.
 */
public final class Failpoint {
    private static final String WANTED = System.getenv("FAILPOINT");
    private static final Failpoint ARMED = WANTED == null ? null : new Failpoint(WANTED);

    private final String name;
    private int left;

    private Failpoint(String wanted) {
        int colon = wanted.indexOf(':');
        name = colon < 0 ? wanted : wanted.substring(0, colon);
        left = colon < 0 ? 1 : Integer.parseInt(wanted.substring(colon + 1));
    }

    public static void reached(String name) {
        if (ARMED != null && ARMED.name.equals(name)) {
            ARMED.count();
        }
    }

    private synchronized void count() {
        if (--left == 0) {
            kill();
        }
    }

    private static void kill() {
        try {
            new ProcessBuilder(
                            "kill", "-9", Long.toString(ProcessHandle.current().pid()))
                    .start();
        } catch (IOException e) {
            Runtime.getRuntime().halt(137);
        }
        while (true) {
            LockSupport.park();
        }
    }
}
