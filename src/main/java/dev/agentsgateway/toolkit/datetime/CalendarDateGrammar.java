package dev.agentsgateway.toolkit.datetime;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.Month;
import java.time.YearMonth;
import java.time.temporal.TemporalAdjusters;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reads calendar dates: {@code October 22nd, 2027}, {@code 22 Oct}, {@code 10/22/2027}, {@code 2027/10/22},
 * {@code March 2028}, {@code the 15th}, {@code first Monday of April}. Of two numbers that could both be the month the
 * first one is.
 */
final class CalendarDateGrammar {
    /** 29 February can be eight years away, around a century that is no leap year. */
    private static final int YEARS_AHEAD = 8;

    private final Tokens tokens;

    CalendarDateGrammar(Tokens tokens) {
        this.tokens = tokens;
    }

    Optional<DateRule> date() {
        return tokens.attempt(this::yearFirst)
                .or(() -> tokens.attempt(this::numeric))
                .or(() -> tokens.attempt(this::dayFirst))
                .or(() -> tokens.attempt(this::monthFirst))
                .or(() -> tokens.attempt(this::dayOfMonth));
    }

    private Optional<DateRule> numeric() {
        Optional<Integer> first = tokens.digits(1, 2);
        String separator = tokens.peek();
        if (first.isEmpty() || !tokens.accept("/", "-", ".")) {
            return Optional.empty();
        }
        Optional<Integer> second = tokens.digits(1, 2);
        if (second.isEmpty()) {
            return Optional.empty();
        }
        boolean swapped = first.get() > 12;
        int month = swapped ? second.get() : first.get();
        int day = swapped ? first.get() : second.get();
        if (tokens.accept(separator)) {
            return tokens.digits(4, 4)
                    .or(() -> tokens.digits(2, 2).map(n -> 2000 + n))
                    .flatMap(n -> exact(n, month, day));
        }
        // "10.22" and "10-22" are rather a number and a range.
        return separator.equals("/") && month >= 1 && month <= 12 ? recurring(Month.of(month), day) : Optional.empty();
    }

    private Optional<DateRule> yearFirst() {
        Optional<Integer> year = tokens.digits(4, 4);
        String separator = tokens.peek();
        if (year.isEmpty() || !tokens.accept("/", "-", ".")) {
            return Optional.empty();
        }
        Optional<Integer> month = tokens.digits(1, 2);
        if (month.isEmpty() || !tokens.accept(separator)) {
            return Optional.empty();
        }
        return tokens.digits(1, 2).flatMap(day -> exact(year.get(), month.get(), day));
    }

    private Optional<DateRule> dayFirst() {
        Optional<Integer> day = tokens.attempt(() -> Words.ordinal(tokens)).or(this::plainDay);
        if (day.isEmpty()) {
            return Optional.empty();
        }
        tokens.accept("of", "-", "/", ".");
        return Words.month(tokens).flatMap(month -> dated(month, day.get()));
    }

    private Optional<DateRule> monthFirst() {
        Optional<Month> month = Words.month(tokens);
        if (month.isEmpty()) {
            return Optional.empty();
        }
        return tokens.attempt(() -> dayAfter(month.get())).or(() -> Optional.of(firstOf(month.get(), year())));
    }

    private Optional<DateRule> dayAfter(Month month) {
        tokens.accept("-", "/");
        tokens.accept("the");
        return tokens.attempt(() -> Words.ordinal(tokens)).or(this::plainDay).flatMap(day -> dated(month, day));
    }

    private Optional<Integer> plainDay() {
        return ClockGrammar.isNext(tokens) ? Optional.empty() : tokens.digits(1, 2);
    }

    private Optional<DateRule> dated(Month month, int day) {
        Optional<Integer> year = year();
        return year.isPresent() ? exact(year.get(), month.getValue(), day) : recurring(month, day);
    }

    /** A year of four digits, if one follows. */
    Optional<Integer> year() {
        return tokens.attempt(() -> {
            tokens.accept(",", "-", "/", ".", "of");
            return tokens.digits(4, 4);
        });
    }

    private static Optional<DateRule> exact(int year, int month, int day) {
        boolean exists = year >= 1
                && month >= 1
                && month <= 12
                && day >= 1
                && day <= YearMonth.of(year, month).lengthOfMonth();
        return exists ? Optional.of(DateRule.on(unused -> LocalDate.of(year, month, day))) : Optional.empty();
    }

    private static Optional<DateRule> recurring(Month month, int day) {
        if (day < 1 || day > month.maxLength()) {
            return Optional.empty();
        }
        return Optional.of(DateRule.anyOf(today -> IntStream.rangeClosed(0, YEARS_AHEAD)
                .mapToObj(ahead -> YearMonth.of(today.getYear() + ahead, month))
                .filter(candidate -> candidate.isValidDay(day))
                .map(candidate -> candidate.atDay(day))));
    }

    /** The first day of the month, of the coming one when no year is given. */
    DateRule firstOf(Month month, Optional<Integer> year) {
        return year.map(y -> DateRule.on(unused -> LocalDate.of(y, month, 1)))
                .orElseGet(() -> DateRule.anyOf(today ->
                        Stream.of(0, 1).map(ahead -> LocalDate.of(today.getYear() + ahead, month, 1))));
    }

    private Optional<DateRule> dayOfMonth() {
        return Words.ordinal(tokens)
                .filter(day -> day >= 1 && day <= 31)
                .map(day -> tokens.attempt(this::ofMonth)
                        .map(month -> DateRule.anyOf(today -> month.apply(today).map(m -> m.atDay(day))))
                        .orElseGet(() -> DateRule.anyOf(today -> IntStream.rangeClosed(0, 3)
                                .mapToObj(ahead -> YearMonth.from(today).plusMonths(ahead))
                                .filter(month -> month.isValidDay(day))
                                .map(month -> month.atDay(day)))));
    }

    Optional<DateRule> nthWeekday() {
        boolean last = tokens.accept("last");
        int nth = last ? -1 : Words.ordinal(tokens).orElse(0);
        if (nth == 0 || nth > 5) {
            return Optional.empty();
        }
        Optional<DayOfWeek> day = Words.weekday(tokens);
        if (day.isEmpty()) {
            return Optional.empty();
        }
        return ofMonth()
                .map(months -> DateRule.anyOf(today -> months.apply(today).flatMap(month -> {
                    LocalDate date = month.atDay(1).with(TemporalAdjusters.dayOfWeekInMonth(nth, day.get()));
                    return YearMonth.from(date).equals(month) ? Stream.of(date) : Stream.empty();
                })));
    }

    /** "of the month", "of next month", "in April", "of April 2028": the months that can be meant, in order. */
    private Optional<Function<LocalDate, Stream<YearMonth>>> ofMonth() {
        if (!tokens.accept("of", "in")) {
            return Optional.empty();
        }
        Optional<Month> named = Words.month(tokens);
        if (named.isPresent()) {
            DateRule first = firstOf(named.get(), year());
            return Optional.of(today -> first.candidates().apply(today).stream().map(YearMonth::from));
        }
        tokens.accept("the");
        Optional<Qualifier> qualifier = Qualifier.read(tokens);
        if (!tokens.accept("month")) {
            return Optional.empty();
        }
        return Optional.of(today -> qualifier
                .map(q -> Stream.of(q.shift))
                .orElseGet(() -> Stream.of(0, 1))
                .map(shift -> YearMonth.from(today).plusMonths(shift)));
    }
}
