package dev.agentsgateway.db;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the embedded server again, with the same options, when it ended without being told to: killed for lack of
 * memory, or by hand. Looks twice a second and tries for as long as it takes. After {@link #close} nothing is started
 * any more; close waits for a start that is under way.
 */
final class PostgresSupervisor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresSupervisor.class);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(200);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(5);

    private final PostgresPrograms programs;
    private final List<String> serverOptions;
    private final Thread thread;
    private boolean down;
    private boolean closed;

    PostgresSupervisor(PostgresPrograms programs, List<String> serverOptions) {
        this.programs = programs;
        this.serverOptions = serverOptions;
        this.thread = Thread.ofVirtual().name("db-supervisor").start(this::supervise);
    }

    @Override
    public synchronized void close() {
        closed = true;
        // Whoever holds the monitor knows that the thread only sleeps: pg_ctl is never interrupted half-way.
        thread.interrupt();
    }

    private void supervise() {
        Duration backoff = FIRST_BACKOFF;
        Duration pause = LOOK;
        try {
            while (true) {
                Thread.sleep(pause);
                if (ensureRunning()) {
                    backoff = FIRST_BACKOFF;
                    pause = LOOK;
                } else {
                    pause = backoff;
                    Duration doubled = backoff.multipliedBy(2);
                    backoff = doubled.compareTo(LONGEST_BACKOFF) > 0 ? LONGEST_BACKOFF : doubled;
                }
            }
        } catch (InterruptedException closing) {
            LOG.debug("Supervision of the database server ended", closing);
        }
    }

    private synchronized boolean ensureRunning() throws InterruptedException {
        if (closed) {
            throw new InterruptedException("closed");
        }
        try {
            if (!programs.isRunning()) {
                if (!down) {
                    down = true;
                    LOG.warn("The embedded database server has ended unexpectedly and is started again");
                }
                programs.stop();
                programs.start(serverOptions);
            }
            if (down) {
                down = false;
                LOG.info("The embedded database server runs again");
            }
            return true;
        } catch (IOException | RuntimeException e) {
            LOG.warn("The embedded database server cannot be started yet: {}", e.getMessage());
            return false;
        }
    }
}
