package dev.agentsgateway.toolkit.datetime;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.LocalDate;
import java.time.Period;
import java.time.ZonedDateTime;
import java.util.Optional;

/**
 * A length of time, possibly negative: days and longer on the calendar, hours and shorter on the stopwatch. A day over a
 * clock change is therefore a calendar day, not 24 hours.
 */
record Span(Period period, Duration duration) {
    static final Span ZERO = new Span(Period.ZERO, Duration.ZERO);

    enum Unit {
        SECOND,
        MINUTE,
        HOUR,
        DAY,
        WEEK,
        FORTNIGHT,
        MONTH,
        YEAR;

        static Optional<Unit> of(String word) {
            return Optional.ofNullable(
                    switch (word) {
                        case "s", "sec", "secs", "second", "seconds" -> SECOND;
                        case "m", "min", "mins", "minute", "minutes" -> MINUTE;
                        case "h", "hr", "hrs", "hour", "hours" -> HOUR;
                        case "d", "day", "days" -> DAY;
                        case "w", "wk", "wks", "week", "weeks" -> WEEK;
                        case "fortnight", "fortnights" -> FORTNIGHT;
                        case "mo", "month", "months" -> MONTH;
                        case "y", "yr", "yrs", "year", "years" -> YEAR;
                        default -> null;
                    });
        }
    }

    /**
     * So many units. Parts of a day or week are counted in hours, parts of a year in months.
     *
     * @throws ArithmeticException when a month would have to be divided, or for more than fits
     */
    static Span of(BigDecimal amount, Unit unit) {
        return switch (unit) {
            case SECOND -> seconds(amount, 1);
            case MINUTE -> seconds(amount, 60);
            case HOUR -> seconds(amount, 3600);
            case DAY -> days(amount, 1);
            case WEEK -> days(amount, 7);
            case FORTNIGHT -> days(amount, 14);
            case MONTH -> new Span(Period.ofMonths(amount.intValueExact()), Duration.ZERO);
            case YEAR ->
                new Span(Period.ofMonths(amount.multiply(BigDecimal.valueOf(12)).intValueExact()), Duration.ZERO);
        };
    }

    private static Span seconds(BigDecimal amount, int each) {
        BigDecimal seconds = amount.multiply(BigDecimal.valueOf(each)).setScale(0, RoundingMode.HALF_UP);
        return new Span(Period.ZERO, Duration.ofSeconds(seconds.longValueExact()));
    }

    private static Span days(BigDecimal amount, int each) {
        BigDecimal days = amount.multiply(BigDecimal.valueOf(each));
        boolean whole = days.stripTrailingZeros().scale() <= 0;
        return whole ? new Span(Period.ofDays(days.intValueExact()), Duration.ZERO) : seconds(days, 24 * 3600);
    }

    Span plus(Span other) {
        return new Span(period.plus(other.period), duration.plus(other.duration));
    }

    Span negated() {
        return new Span(period.negated(), duration.negated());
    }

    boolean wholeDays() {
        return duration.isZero();
    }

    LocalDate addTo(LocalDate date) {
        return date.plus(period);
    }

    ZonedDateTime addTo(ZonedDateTime time) {
        return time.plus(period).plus(duration);
    }
}
