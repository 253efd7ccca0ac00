package dev.agentsgateway.admin;

import java.time.Duration;
import java.time.Instant;

/** The minutes 0, 15, 30 and 45 of every hour; a minute after a failure. */
public final class QuarterHours implements BackgroundTasks.Schedule {
    /** From one to the next. */
    public static final Duration INTERVAL = Duration.ofMinutes(15);

    private static final Duration AFTER_FAILURE = Duration.ofMinutes(1);

    @Override
    public Instant next(Instant now, boolean failed) {
        Instant mark = mark(now).plus(INTERVAL);
        Instant soon = now.plus(AFTER_FAILURE);
        return failed && soon.isBefore(mark) ? soon : mark;
    }

    /** The last one that is not after a time. Time zones differ by whole quarters of an hour, almost all of them. */
    public static Instant mark(Instant time) {
        long interval = INTERVAL.toSeconds();
        return Instant.ofEpochSecond(Math.floorDiv(time.getEpochSecond(), interval) * interval);
    }
}
