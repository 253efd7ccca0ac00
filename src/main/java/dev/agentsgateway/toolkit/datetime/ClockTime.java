package dev.agentsgateway.toolkit.datetime;

import java.time.LocalTime;

/**
 * A time of day as it was written.
 *
 * @param twelveHour written without am or pm and with an hour of at most twelve, so that a {@link DayPart} may place it
 * @param midnight   written as "midnight", which closes the day when people say "today at midnight"
 */
record ClockTime(LocalTime time, boolean twelveHour, boolean midnight) {
    static final LocalTime END_OF_DAY = LocalTime.of(23, 59, 59);

    WallTime in(DayPart part) {
        if (part == DayPart.NIGHT && time.getHour() < 5) {
            return new WallTime(time, true);
        }
        return part != null && twelveHour ? part.place(time) : new WallTime(time, false);
    }
}
