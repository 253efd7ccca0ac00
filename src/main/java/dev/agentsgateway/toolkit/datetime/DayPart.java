package dev.agentsgateway.toolkit.datetime;

import java.time.LocalTime;
import java.util.Optional;

/** A part of the day, the time that it stands for when no other is given, and what it makes of an hour up to twelve. */
enum DayPart {
    MORNING(9),
    AFTERNOON(15),
    EVENING(18),
    NIGHT(21);

    private final LocalTime usual;

    DayPart(int hour) {
        usual = LocalTime.of(hour, 0);
    }

    static Optional<DayPart> of(String word) {
        return Optional.ofNullable(
                switch (word) {
                    case "morning" -> MORNING;
                    case "afternoon" -> AFTERNOON;
                    case "evening" -> EVENING;
                    case "night" -> NIGHT;
                    default -> null;
                });
    }

    WallTime usual() {
        return new WallTime(usual, false);
    }

    /** "8 in the evening" is 20:00; a night goes on into the next date, so "2 at night" is 02:00 of that one. */
    WallTime place(LocalTime twelveHour) {
        int hour = twelveHour.getHour();
        return switch (this) {
            case MORNING -> new WallTime(twelveHour.withHour(hour % 12), false);
            case AFTERNOON, EVENING -> new WallTime(twelveHour.withHour(hour % 12 + 12), false);
            case NIGHT ->
                hour >= 5 && hour < 12
                        ? new WallTime(twelveHour.plusHours(12), false)
                        : new WallTime(twelveHour.withHour(hour % 12), true);
        };
    }
}
