package dev.agentsgateway.toolkit.datetime;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Which dates a phrase can mean, in order: the first one whose time is still to come is meant, and the last one when all
 * are over. A phrase that can mean but one date has one candidate.
 *
 * @param candidates  from today in the request's zone to the dates
 * @param time        the time of day when the phrase names none; null for the present one
 * @param weekday     that the meant date is said to have besides; null when nothing is said
 */
record DateRule(Function<LocalDate, List<LocalDate>> candidates, LocalTime time, DayOfWeek weekday) {
    /** Midnight of one of the dates. */
    static DateRule anyOf(Function<LocalDate, Stream<LocalDate>> candidates) {
        return new DateRule(today -> candidates.apply(today).toList(), LocalTime.MIDNIGHT, null);
    }

    /** Midnight of the date. */
    static DateRule on(Function<LocalDate, LocalDate> date) {
        return new DateRule(today -> List.of(date.apply(today)), LocalTime.MIDNIGHT, null);
    }

    /** The present time of day on a day that is so far from today. */
    static DateRule away(Span span) {
        return new DateRule(today -> List.of(span.addTo(today)), null, null);
    }

    DateRule withTime(LocalTime time) {
        return new DateRule(candidates, time, weekday);
    }

    DateRule fallingOn(DayOfWeek weekday) {
        return new DateRule(candidates, time, weekday);
    }

    DateRule plus(Span span) {
        return new DateRule(
                today -> candidates.apply(today).stream().map(span::addTo).toList(), time, null);
    }
}
