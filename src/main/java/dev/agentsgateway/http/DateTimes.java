package dev.agentsgateway.http;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a point in time as UTC: ISO 8601 with {@code T} or a blank, optional seconds, fraction and offset; a bare date
 * for its midnight; a Unix time in seconds, or in milliseconds above 2·10¹⁰.
 */
final class DateTimes {
    private static final Pattern ISO = Pattern.compile("(\\d{4})-(\\d{2})-(\\d{2})"
            + "(?:[Tt _](\\d{2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,9}))?)?\\s?(Z|z|[+-]\\d{2}:?(?:\\d{2})?)?)?");
    private static final Pattern UNIX = Pattern.compile("[+-]?\\d{1,18}(?:\\.\\d{1,30})?");
    private static final BigDecimal MILLISECONDS_ABOVE = new BigDecimal("20000000000");
    private static final BigDecimal LAST_SECOND = new BigDecimal("253402300800");

    private DateTimes() {}

    /** The text is no point in time; the message says why. */
    static final class FormatException extends RuntimeException {
        private static final long serialVersionUID = 1;

        FormatException(String message) {
            super(message, null, false, false);
        }
    }

    static LocalDateTime parse(String text) {
        String trimmed = text.strip();
        if (UNIX.matcher(trimmed).matches()) {
            return unix(new BigDecimal(trimmed));
        }
        Matcher iso = ISO.matcher(trimmed);
        if (!iso.matches()) {
            throw new FormatException(trimmed.length() < 10 ? "input is too short" : "invalid character in input");
        }
        try {
            LocalDate date = LocalDate.of(number(iso.group(1)), number(iso.group(2)), number(iso.group(3)));
            LocalDateTime time = iso.group(4) == null ? date.atStartOfDay() : date.atTime(time(iso));
            return iso.group(8) == null
                    ? time
                    : LocalDateTime.ofInstant(time.toInstant(offset(iso.group(8))), ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw new FormatException("a part of it is outside expected range");
        }
    }

    private static LocalTime time(Matcher iso) {
        String fraction = iso.group(7) == null ? "" : iso.group(7);
        // PostgreSQL keeps microseconds: what it would round is cut here
        int micros = Integer.parseInt((fraction + "000000").substring(0, 6));
        int second = iso.group(6) == null ? 0 : number(iso.group(6));
        return LocalTime.of(number(iso.group(4)), number(iso.group(5)), second, micros * 1000);
    }

    private static ZoneOffset offset(String text) {
        return ZoneOffset.of(text.equals("z") ? "Z" : text);
    }

    private static LocalDateTime unix(BigDecimal number) {
        BigDecimal seconds = number.abs().compareTo(MILLISECONDS_ABOVE) > 0 ? number.movePointLeft(3) : number;
        if (seconds.abs().compareTo(LAST_SECOND) >= 0) {
            throw new FormatException("dates after 9999 are not supported as unix timestamps");
        }
        long micros = seconds.movePointRight(6).longValue();
        Instant instant =
                Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000);
        return LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
    }

    private static int number(String digits) {
        return Integer.parseInt(digits);
    }
}
