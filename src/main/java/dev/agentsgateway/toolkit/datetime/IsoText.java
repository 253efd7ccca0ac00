package dev.agentsgateway.toolkit.datetime;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;
import java.util.Optional;

/**
 * ISO 8601 in the extended format: a date, or a date and a time separated by {@code T} or a space, seconds and fraction
 * optional, with or without {@code Z} or an offset ({@code +02:00}, {@code +0200}, {@code +02}); also the
 * {@code [Europe/Berlin]} that java.time appends.
 */
final class IsoText {
    private static final DateTimeFormatter FORMAT = new DateTimeFormatterBuilder()
            .parseCaseInsensitive()
            .appendPattern("uuuu-MM-dd")
            .optionalStart()
            .appendLiteral('T')
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .appendPattern("[XXXXX][XXXX][X]")
            .optionalStart()
            .appendLiteral('[')
            .parseCaseSensitive()
            .appendZoneRegionId()
            .appendLiteral(']')
            .toFormatter(Locale.ROOT)
            .withResolverStyle(ResolverStyle.STRICT);

    private IsoText() {}

    /** @param zone of a text that names none */
    static Optional<ZonedDateTime> parse(String text, ZoneId zone) {
        try {
            TemporalAccessor parsed =
                    FORMAT.parseBest(withT(text), ZonedDateTime::from, LocalDateTime::from, LocalDate::from);
            return Optional.of(
                    switch (parsed) {
                        case ZonedDateTime time -> time;
                        case LocalDateTime time -> time.atZone(zone);
                        default -> LocalDate.from(parsed).atStartOfDay(zone);
                    });
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static String withT(String text) {
        boolean spaced = text.length() > 10 && Tokens.isSpace(text.charAt(10));
        return spaced ? text.substring(0, 10) + 'T' + text.substring(11) : text;
    }
}
