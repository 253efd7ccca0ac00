package dev.agentsgateway.toolkit.datetime;

import java.time.LocalTime;
import java.util.Optional;

/**
 * Reads times of day: {@code 17:30}, {@code 5pm}, {@code 5:30 p.m.}, {@code at 9}, {@code at 0900}, {@code noon},
 * {@code half past three}, {@code ten to five}, {@code end of day}. Without am, pm or a part of the day the 24-hour clock is meant.
 */
final class ClockGrammar {
    private enum Meridiem {
        AM,
        PM
    }

    private final Tokens tokens;

    ClockGrammar(Tokens tokens) {
        this.tokens = tokens;
    }

    Optional<ClockTime> clockTime() {
        return tokens.attempt(() -> {
            boolean announced = tokens.accept("at", "@");
            return tokens.attempt(this::named)
                    .or(() -> tokens.attempt(this::pastOrTo))
                    .or(() -> tokens.attempt(this::withMinutes))
                    .or(() -> announced ? fourDigits() : Optional.empty())
                    .or(() -> tokens.attempt(() -> hourOnly(announced)));
        });
    }

    /** Whether the number that comes next is the hour of a time, and so no day or year. */
    static boolean isNext(Tokens tokens) {
        return switch (tokens.peek(1)) {
            case ":", "am", "pm", "o'clock" -> true;
            case "a", "p" -> tokens.peek(2).equals(".");
            default -> false;
        };
    }

    private Optional<ClockTime> named() {
        if (tokens.peek().equals("12")
                && (tokens.peek(1).equals("noon") || tokens.peek(1).equals("midnight"))) {
            tokens.skip();
        }
        if (tokens.accept("noon", "midday")) {
            return Optional.of(new ClockTime(LocalTime.NOON, false, false));
        }
        if (tokens.accept("eod")
                || tokens.acceptAll("end", "of", "day")
                || tokens.acceptAll("end", "of", "the", "day")) {
            return Optional.of(new ClockTime(ClockTime.END_OF_DAY, false, false));
        }
        return tokens.accept("midnight")
                ? Optional.of(new ClockTime(LocalTime.MIDNIGHT, false, true))
                : Optional.empty();
    }

    private Optional<ClockTime> pastOrTo() {
        Optional<Integer> minutes = minutesPastOrTo();
        if (minutes.isEmpty()) {
            return Optional.empty();
        }
        boolean past = tokens.accept("past");
        if (!past && !tokens.accept("to")) {
            return Optional.empty();
        }
        return hour().flatMap(hour -> time(hour, 0, 0, 0, meridiem()))
                .map(hour -> new ClockTime(
                        hour.time().plusMinutes(past ? minutes.get() : -minutes.get()), hour.twelveHour(), false));
    }

    private Optional<Integer> minutesPastOrTo() {
        if (tokens.accept("half")) {
            return Optional.of(30).filter(unused -> tokens.peek().equals("past"));
        }
        tokens.accept("a");
        if (tokens.accept("quarter")) {
            return Optional.of(15);
        }
        boolean figure = !tokens.atEnd() && Tokens.isDigit(tokens.peek().charAt(0));
        Optional<Integer> minutes = Words.cardinal(tokens).filter(n -> n < 60);
        boolean said = tokens.accept("minutes", "minute");
        // "9 to 5" is a range of hours, and which end of it is meant cannot be known.
        boolean range = figure && !said && tokens.peek().equals("to");
        return minutes.filter(unused -> !range);
    }

    private Optional<ClockTime> withMinutes() {
        Optional<Integer> hour = tokens.digits(1, 2);
        boolean dotted = tokens.peek().equals(".");
        if (hour.isEmpty() || !tokens.accept(":", ".")) {
            return Optional.empty();
        }
        Optional<Integer> minute = tokens.digits(2, 2);
        if (minute.isEmpty()) {
            return Optional.empty();
        }
        int second = 0;
        int nano = 0;
        if (!dotted && tokens.accept(":")) {
            Optional<Integer> seconds = tokens.digits(2, 2);
            if (seconds.isEmpty()) {
                return Optional.empty();
            }
            second = seconds.get();
            nano = tokens.attempt(this::fraction).orElse(0);
        }
        Optional<Meridiem> meridiem = meridiem();
        // "5.30" alone is just as well a number or the start of a date.
        return dotted && meridiem.isEmpty() ? Optional.empty() : time(hour.get(), minute.get(), second, nano, meridiem);
    }

    private Optional<Integer> fraction() {
        if (!tokens.accept(".")) {
            return Optional.empty();
        }
        String digits = tokens.peek();
        return tokens.digits(1, 9).map(unused -> Integer.parseInt((digits + "000000000").substring(0, 9)));
    }

    private Optional<ClockTime> hourOnly(boolean announced) {
        Optional<Integer> hour = hour();
        if (hour.isEmpty()) {
            return Optional.empty();
        }
        boolean oClock = tokens.accept("o'clock");
        Optional<Meridiem> meridiem = meridiem();
        return announced || oClock || meridiem.isPresent() || dayPartFollows()
                ? time(hour.get(), 0, 0, 0, meridiem)
                : Optional.empty();
    }

    private Optional<Integer> hour() {
        boolean longNumber =
                tokens.peek().length() > 2 && Tokens.isDigit(tokens.peek().charAt(0));
        return longNumber ? Optional.empty() : Words.cardinal(tokens);
    }

    /** As in "9 in the morning", "8 this evening", "9 tomorrow morning". */
    private boolean dayPartFollows() {
        return switch (tokens.peek()) {
            case "tonight" -> true;
            case "in" ->
                tokens.peek(1).equals("the") && DayPart.of(tokens.peek(2)).isPresent();
            case "at", "this", "tomorrow" -> DayPart.of(tokens.peek(1)).isPresent();
            default -> DayPart.of(tokens.peek()).isPresent();
        };
    }

    private Optional<ClockTime> fourDigits() {
        return tokens.digits(4, 4).flatMap(n -> time(n / 100, n % 100, 0, 0, Optional.empty()));
    }

    private Optional<Meridiem> meridiem() {
        if (tokens.accept("am") || tokens.acceptAll("a", ".", "m")) {
            tokens.accept(".");
            return Optional.of(Meridiem.AM);
        }
        if (tokens.accept("pm") || tokens.acceptAll("p", ".", "m")) {
            tokens.accept(".");
            return Optional.of(Meridiem.PM);
        }
        return Optional.empty();
    }

    /** Empty when there is no such time; "17:00 pm" is redundant but clear, "17:00 am" is a contradiction. */
    private static Optional<ClockTime> time(int hour, int minute, int second, int nano, Optional<Meridiem> meridiem) {
        boolean impossible = hour > 23
                || minute > 59
                || second > 59
                || meridiem.isPresent() && hour == 0
                || meridiem.filter(m -> m == Meridiem.AM).isPresent() && hour > 12;
        if (impossible) {
            return Optional.empty();
        }
        int hourOfDay = meridiem.map(m -> hour > 12 ? hour : hour % 12 + (m == Meridiem.PM ? 12 : 0))
                .orElse(hour);
        return Optional.of(
                new ClockTime(LocalTime.of(hourOfDay, minute, second, nano), meridiem.isEmpty() && hour <= 12, false));
    }
}
