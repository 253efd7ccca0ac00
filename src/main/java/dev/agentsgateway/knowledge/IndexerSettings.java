package dev.agentsgateway.knowledge;

import java.time.Duration;

/**
 * How documents are indexed.
 *
 * @param workers     documents that are indexed at a time in this process
 * @param lease       within which after a process's last sign of life its documents are taken over
 * @param maxAttempts after which a document is given up
 * @param firstPause  before the second attempt; doubled before every further one, up to ten minutes
 */
public record IndexerSettings(int workers, Duration lease, int maxAttempts, Duration firstPause) {
    private static final Duration LONGEST = Duration.ofMinutes(10);

    Duration pause(int attempts) {
        Duration pause = firstPause.multipliedBy(1L << Math.min(attempts - 1, 20));
        return pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
    }
}
