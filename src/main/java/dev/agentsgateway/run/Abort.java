package dev.agentsgateway.run;

import java.util.HashSet;
import java.util.Set;

/**
 * Ends a run from outside: closes what it is reading, stops its tools and interrupts its thread where it waits.
 * Thread-safe.
 */
final class Abort {
    private final Thread driver;
    private final Set<Hook> hooks = new HashSet<>();
    private AutoCloseable reading;
    private RunFailure reason;
    private boolean over;

    /** Something to do when the run is aborted; closing it takes it back. */
    interface Hook extends AutoCloseable {
        void stop();

        @Override
        void close();
    }

    Abort(Thread driver) {
        this.driver = driver;
    }

    /** Has no effect on a run that is already finishing or aborted. */
    synchronized void trigger(RunFailure why) {
        if (over || reason != null) {
            return;
        }
        reason = why;
        closeQuietly(reading);
        hooks.forEach(Hook::stop);
        driver.interrupt();
    }

    /** What the driver is about to wait on; closed at once when the run is already aborted. Null for nothing. */
    synchronized void reading(AutoCloseable resource) {
        reading = resource;
        if (reason != null && resource != null) {
            closeQuietly(resource);
        }
    }

    /** Registers what stops a piece of the run; done at once when the run is already aborted. */
    synchronized Hook hook(Runnable stop) {
        Hook hook = new Hook() {
            @Override
            public void stop() {
                stop.run();
            }

            @Override
            public void close() {
                remove(this);
            }
        };
        hooks.add(hook);
        if (reason != null) {
            hook.stop();
        }
        return hook;
    }

    private synchronized void remove(Hook hook) {
        hooks.remove(hook);
    }

    synchronized void check() {
        if (reason != null) {
            throw reason;
        }
    }

    /** @throws RunFailure when the run goes on elsewhere */
    synchronized void checkOwned() {
        if (reason != null && reason.goesOn()) {
            throw reason;
        }
    }

    /** The run is finishing: from here on it is not disturbed. Returns why it was aborted, null when it was not. */
    synchronized RunFailure finish() {
        over = true;
        return reason;
    }

    private static void closeQuietly(AutoCloseable resource) {
        if (resource == null) {
            return;
        }
        try {
            resource.close();
        } catch (Exception e) {
            // The run ends anyway, and what could not be closed ends with its own time-out.
        }
    }
}
