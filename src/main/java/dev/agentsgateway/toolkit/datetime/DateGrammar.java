package dev.agentsgateway.toolkit.datetime;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.Month;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads days: relative ones ({@code tomorrow}, {@code next week}), weekdays, the edges of periods
 * ({@code end of next month}) and, by {@link CalendarDateGrammar}, calendar dates. Weeks start on Monday.
 */
final class DateGrammar {
    /** The day itself; told from other rules, because midnight of "today" is the coming one. */
    static final DateRule TODAY = DateRule.away(Span.ZERO);

    private final Tokens tokens;
    private final CalendarDateGrammar calendar;

    DateGrammar(Tokens tokens) {
        this.tokens = tokens;
        this.calendar = new CalendarDateGrammar(tokens);
    }

    Optional<DateRule> date() {
        return tokens.attempt(this::namedDay)
                .or(() -> tokens.attempt(this::edge))
                .or(() -> tokens.attempt(this::edgeDay))
                .or(() -> tokens.attempt(calendar::nthWeekday))
                .or(() -> tokens.attempt(this::qualified))
                .or(() -> tokens.attempt(this::weekday))
                .or(calendar::date);
    }

    private Optional<DateRule> namedDay() {
        Optional<DateRule> day = switch (tokens.peek()) {
            case "today" -> Optional.of(TODAY);
            case "tomorrow", "tmrw", "tmr" -> Optional.of(days(1));
            case "yesterday" -> Optional.of(days(-1));
            case "eow" -> Optional.of(end(ChronoUnit.WEEKS, Optional.empty()));
            case "eom" -> Optional.of(end(ChronoUnit.MONTHS, Optional.empty()));
            case "eoy" -> Optional.of(end(ChronoUnit.YEARS, Optional.empty()));
            default -> Optional.empty();
        };
        day.ifPresent(unused -> tokens.skip());
        return day;
    }

    private static DateRule days(int days) {
        return DateRule.away(new Span(Period.ofDays(days), Duration.ZERO));
    }

    private Optional<DateRule> edge() {
        boolean end = tokens.accept("end");
        if (!end && !tokens.accept("start", "beginning")) {
            return Optional.empty();
        }
        tokens.accept("of");
        return tokens.attempt(() -> edgeOfPeriod(end))
                .or(() -> tokens.attempt(() -> edgeOfMonth(end)))
                .or(() -> tokens.attempt(this::namedDay)
                        .map(day -> day.withTime(end ? ClockTime.END_OF_DAY : LocalTime.MIDNIGHT)));
    }

    /** "last day of the month" is the whole day, which begins at midnight. */
    private Optional<DateRule> edgeDay() {
        boolean last = tokens.acceptAll("last", "day", "of");
        if (!last && !tokens.acceptAll("first", "day", "of")) {
            return Optional.empty();
        }
        return tokens.attempt(() -> edgeOfPeriod(last))
                .or(() -> edgeOfMonth(last))
                .map(day -> day.withTime(LocalTime.MIDNIGHT));
    }

    private Optional<DateRule> edgeOfPeriod(boolean end) {
        tokens.accept("the");
        Optional<Qualifier> qualifier = Qualifier.read(tokens);
        return period().map(period -> end ? end(period, qualifier) : start(period, qualifier));
    }

    private Optional<DateRule> edgeOfMonth(boolean end) {
        return Words.month(tokens).map(month -> {
            DateRule first = calendar.firstOf(month, calendar.year());
            return end ? ends(first, ChronoUnit.MONTHS) : first;
        });
    }

    private Optional<ChronoUnit> period() {
        Optional<ChronoUnit> period = Optional.ofNullable(
                switch (tokens.peek()) {
                    case "day" -> ChronoUnit.DAYS;
                    case "week" -> ChronoUnit.WEEKS;
                    case "month" -> ChronoUnit.MONTHS;
                    case "year" -> ChronoUnit.YEARS;
                    default -> null;
                });
        period.ifPresent(unused -> tokens.skip());
        return period;
    }

    private static DateRule start(ChronoUnit period, Optional<Qualifier> qualifier) {
        return qualifier
                .map(q -> DateRule.on(today -> firstDay(today, period).plus(q.shift, period)))
                .orElseGet(() -> DateRule.anyOf(today ->
                        Stream.of(0, 1).map(shift -> firstDay(today, period).plus(shift, period))));
    }

    private static DateRule end(ChronoUnit period, Optional<Qualifier> qualifier) {
        return ends(start(period, qualifier.or(() -> Optional.of(Qualifier.THIS))), period);
    }

    private static DateRule ends(DateRule starts, ChronoUnit period) {
        return new DateRule(
                today -> starts.candidates().apply(today).stream()
                        .map(first -> first.plus(1, period).minusDays(1))
                        .toList(),
                ClockTime.END_OF_DAY,
                null);
    }

    private static LocalDate firstDay(LocalDate date, ChronoUnit period) {
        return switch (period) {
            case WEEKS -> date.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
            case MONTHS -> date.withDayOfMonth(1);
            case YEARS -> date.withDayOfYear(1);
            default -> date;
        };
    }

    private Optional<DateRule> qualified() {
        if (tokens.acceptAll("week", "after", "next")) {
            return Optional.of(days(14));
        }
        Optional<Qualifier> read = Qualifier.read(tokens);
        if (read.isEmpty()) {
            return Optional.empty();
        }
        Qualifier qualifier = read.get();
        return tokens.attempt(() -> period().map(period -> qualifiedPeriod(qualifier, period)))
                .or(() -> Words.weekday(tokens).map(day -> qualifiedWeekday(qualifier, day)))
                .or(() -> Words.month(tokens).map(month -> qualifiedMonth(qualifier, month)));
    }

    private DateRule qualifiedPeriod(Qualifier qualifier, ChronoUnit period) {
        Optional<DateRule> inside = switch (period) {
            case WEEKS ->
                tokens.attempt(() -> {
                    tokens.accept("on", ",");
                    return Words.weekday(tokens).map(day -> inWeek(qualifier.shift, day));
                });
            case MONTHS ->
                tokens.attempt(() -> {
                    tokens.accept("on", ",");
                    tokens.accept("the");
                    return Words.ordinal(tokens)
                            .map(day -> DateRule.on(
                                    today -> today.plusMonths(qualifier.shift).withDayOfMonth(day)));
                });
            default -> Optional.empty();
        };
        return inside.orElseGet(
                () -> DateRule.on(today -> today.plus(qualifier.shift, period)).withTime(null));
    }

    private static DateRule qualifiedWeekday(Qualifier qualifier, DayOfWeek day) {
        return DateRule.on(today -> today.with(
                switch (qualifier) {
                    case LAST -> TemporalAdjusters.previous(day);
                    case THIS -> TemporalAdjusters.nextOrSame(day);
                    case NEXT -> TemporalAdjusters.next(day);
                }));
    }

    private DateRule qualifiedMonth(Qualifier qualifier, Month month) {
        return switch (qualifier) {
            case THIS -> DateRule.on(today -> LocalDate.of(today.getYear(), month, 1));
            case NEXT -> calendar.firstOf(month, Optional.empty());
            case LAST ->
                DateRule.on(today -> LocalDate.of(
                        month.compareTo(today.getMonth()) < 0 ? today.getYear() : today.getYear() - 1, month, 1));
        };
    }

    private Optional<DateRule> weekday() {
        Optional<DayOfWeek> weekday = Words.weekday(tokens);
        if (weekday.isEmpty()) {
            return Optional.empty();
        }
        DayOfWeek day = weekday.get();
        return tokens.attempt(() -> weekOfWeekday().map(shift -> inWeek(shift, day)))
                .or(() -> tokens.attempt(() -> {
                    tokens.accept(",");
                    tokens.accept("the");
                    return calendar.date().map(date -> date.fallingOn(day));
                }))
                .or(() -> Optional.of(DateRule.anyOf(
                        today -> Stream.iterate(today.with(TemporalAdjusters.nextOrSame(day)), d -> d.plusWeeks(1))
                                .limit(2))));
    }

    private Optional<Integer> weekOfWeekday() {
        tokens.accept("of", "in");
        return Qualifier.read(tokens).filter(unused -> tokens.accept("week")).map(qualifier -> qualifier.shift);
    }

    private static DateRule inWeek(int shift, DayOfWeek day) {
        return DateRule.on(
                today -> firstDay(today, ChronoUnit.WEEKS).plusWeeks(shift).plusDays(day.ordinal()));
    }
}
