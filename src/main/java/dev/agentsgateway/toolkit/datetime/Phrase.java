package dev.agentsgateway.toolkit.datetime;

import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;

/**
 * What a phrase says, before it is known when it is said. Each part may be missing, not all of them.
 *
 * @param offset how far before or after the rest: the "an hour before" of "an hour before noon"
 */
record Phrase(Span offset, DateRule date, ClockTime clock, DayPart part) {
    /**
     * @param now  in the zone whose calendar counts for "today"
     * @param zone the zone in which times of day are said
     * @return empty for a contradiction, such as a date with the wrong weekday
     */
    Optional<ZonedDateTime> at(ZonedDateTime now, ZoneId zone) {
        boolean onlyOffset = date == null && clock == null && part == null;
        return (onlyOffset ? Optional.of(now) : anchor(now, zone))
                .map(anchor -> offset == null ? anchor : offset.addTo(anchor));
    }

    private Optional<ZonedDateTime> anchor(ZonedDateTime now, ZoneId zone) {
        LocalDate day = null;
        ZonedDateTime meant = null;
        for (LocalDate candidate : candidates(now, zone)) {
            day = candidate;
            meant = on(candidate, now, zone);
            if (meant.isAfter(now)) {
                break;
            }
        }
        boolean contradiction =
                day == null || date != null && date.weekday() != null && date.weekday() != day.getDayOfWeek();
        return contradiction ? Optional.empty() : Optional.of(meant);
    }

    private List<LocalDate> candidates(ZonedDateTime now, ZoneId zone) {
        if (date != null) {
            return date.candidates().apply(now.toLocalDate());
        }
        LocalDate there = now.withZoneSameInstant(zone).toLocalDate();
        return List.of(there.minusDays(1), there, there.plusDays(1));
    }

    private ZonedDateTime on(LocalDate day, ZonedDateTime now, ZoneId zone) {
        if (clock != null) {
            LocalDate start =
                    clock.midnight() && DateGrammar.TODAY.equals(date) && part == null ? day.plusDays(1) : day;
            return clock.in(part).on(start).atZone(zone);
        }
        if (part != null) {
            return part.usual().on(day).atZone(zone);
        }
        // Not atZone: in the hour that a clock change repeats, "today" must stay the present instant.
        return date.time() == null ? now.with(day) : day.atTime(date.time()).atZone(zone);
    }
}
