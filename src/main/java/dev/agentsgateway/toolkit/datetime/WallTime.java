package dev.agentsgateway.toolkit.datetime;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;

/** What the clock on the wall shows, on the evening's own date or already on the next one. */
record WallTime(LocalTime time, boolean nextDay) {
    LocalDateTime on(LocalDate date) {
        return (nextDay ? date.plusDays(1) : date).atTime(time);
    }
}
