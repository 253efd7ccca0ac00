package dev.agentsgateway.toolkit.datetime;

import static java.util.Map.entry;

import java.time.DayOfWeek;
import java.time.Month;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The vocabulary: English words for numbers, weekdays and months. */
final class Words {
    private static final Map<String, Integer> TENS = Map.of(
            "twenty", 20, "thirty", 30, "forty", 40, "fifty", 50, "sixty", 60, "seventy", 70, "eighty", 80, "ninety",
            90);
    private static final Map<String, Integer> BELOW_TWENTY = Map.ofEntries(
            entry("one", 1),
            entry("two", 2),
            entry("three", 3),
            entry("four", 4),
            entry("five", 5),
            entry("six", 6),
            entry("seven", 7),
            entry("eight", 8),
            entry("nine", 9),
            entry("ten", 10),
            entry("eleven", 11),
            entry("twelve", 12),
            entry("thirteen", 13),
            entry("fourteen", 14),
            entry("fifteen", 15),
            entry("sixteen", 16),
            entry("seventeen", 17),
            entry("eighteen", 18),
            entry("nineteen", 19));
    private static final Map<String, Integer> ORDINALS = Map.ofEntries(
            entry("first", 1),
            entry("second", 2),
            entry("third", 3),
            entry("fourth", 4),
            entry("fifth", 5),
            entry("sixth", 6),
            entry("seventh", 7),
            entry("eighth", 8),
            entry("ninth", 9),
            entry("tenth", 10),
            entry("eleventh", 11),
            entry("twelfth", 12),
            entry("thirteenth", 13),
            entry("fourteenth", 14),
            entry("fifteenth", 15),
            entry("sixteenth", 16),
            entry("seventeenth", 17),
            entry("eighteenth", 18),
            entry("nineteenth", 19),
            entry("twentieth", 20),
            entry("thirtieth", 30));
    private static final Map<String, DayOfWeek> WEEKDAYS = Map.ofEntries(
            entry("monday", DayOfWeek.MONDAY),
            entry("mon", DayOfWeek.MONDAY),
            entry("tuesday", DayOfWeek.TUESDAY),
            entry("tue", DayOfWeek.TUESDAY),
            entry("tues", DayOfWeek.TUESDAY),
            entry("wednesday", DayOfWeek.WEDNESDAY),
            entry("wed", DayOfWeek.WEDNESDAY),
            entry("weds", DayOfWeek.WEDNESDAY),
            entry("thursday", DayOfWeek.THURSDAY),
            entry("thu", DayOfWeek.THURSDAY),
            entry("thur", DayOfWeek.THURSDAY),
            entry("thurs", DayOfWeek.THURSDAY),
            entry("friday", DayOfWeek.FRIDAY),
            entry("fri", DayOfWeek.FRIDAY),
            entry("saturday", DayOfWeek.SATURDAY),
            entry("sat", DayOfWeek.SATURDAY),
            entry("weekend", DayOfWeek.SATURDAY),
            entry("sunday", DayOfWeek.SUNDAY),
            entry("sun", DayOfWeek.SUNDAY));

    private Words() {}

    /** {@code 25}, {@code seven}, {@code twenty-five} or {@code twenty five}. */
    static Optional<Integer> cardinal(Tokens tokens) {
        return tokens.digits(1, 9).or(() -> lookUp(tokens, BELOW_TWENTY)).or(() -> tokens.attempt(() -> tens(tokens)));
    }

    private static Optional<Integer> tens(Tokens tokens) {
        return lookUp(tokens, TENS).map(tens -> tens + unitAfterTens(tokens, BELOW_TWENTY));
    }

    private static int unitAfterTens(Tokens tokens, Map<String, Integer> units) {
        return tokens.attempt(() -> {
                    tokens.accept("-");
                    return lookUp(tokens, units).filter(unit -> unit < 10);
                })
                .orElse(0);
    }

    /** {@code 22nd}, {@code third} or {@code twenty-second}. */
    static Optional<Integer> ordinal(Tokens tokens) {
        return tokens.attempt(() -> tokens.digits(1, 2).filter(n -> tokens.accept("st", "nd", "rd", "th")))
                .or(() -> lookUp(tokens, ORDINALS))
                .or(() -> tokens.attempt(() -> lookUp(tokens, TENS)
                        .map(tens -> tens + unitAfterTens(tokens, ORDINALS))
                        .filter(n -> n % 10 != 0)));
    }

    static Optional<DayOfWeek> weekday(Tokens tokens) {
        return lookUp(tokens, WEEKDAYS).map(day -> {
            tokens.accept(".");
            return day;
        });
    }

    /** A month by name or by its first three letters. */
    static Optional<Month> month(Tokens tokens) {
        String word = tokens.peek();
        for (Month month : Month.values()) {
            String name = month.name().toLowerCase(Locale.ROOT);
            if (word.equals(name)
                    || word.equals(name.substring(0, 3))
                    || month == Month.SEPTEMBER && word.equals("sept")) {
                tokens.skip();
                tokens.accept(".");
                return Optional.of(month);
            }
        }
        return Optional.empty();
    }

    private static <T> Optional<T> lookUp(Tokens tokens, Map<String, T> words) {
        Optional<T> value = Optional.ofNullable(words.get(tokens.peek()));
        value.ifPresent(unused -> tokens.skip());
        return value;
    }
}
