package dev.agentsgateway.toolkit.datetime;

import static java.util.Map.entry;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;

/**
 * A text and the time zone that ends it: {@code UTC}, {@code UTC+2}, {@code +02:00}, {@code Europe/Berlin}, {@code EST},
 * {@code Pacific time}. An abbreviation means the request's own zone where that one uses it, else what it means in the
 * table, which leaves out those that several parts of the world use alike ({@code IST}).
 */
record ZoneSuffix(String rest, ZoneId zone) {
    private static final Map<String, String> ABBREVIATIONS = Map.ofEntries(
            entry("utc", "Z"),
            entry("gmt", "Z"),
            entry("z", "Z"),
            entry("est", "-05:00"),
            entry("edt", "-04:00"),
            entry("cst", "-06:00"),
            entry("cdt", "-05:00"),
            entry("mst", "-07:00"),
            entry("mdt", "-06:00"),
            entry("pst", "-08:00"),
            entry("pdt", "-07:00"),
            entry("akst", "-09:00"),
            entry("akdt", "-08:00"),
            entry("hst", "-10:00"),
            entry("wet", "+00:00"),
            entry("west", "+01:00"),
            entry("bst", "+01:00"),
            entry("cet", "+01:00"),
            entry("cest", "+02:00"),
            entry("eet", "+02:00"),
            entry("eest", "+03:00"),
            entry("msk", "+03:00"),
            entry("idt", "+03:00"),
            entry("sgt", "+08:00"),
            entry("hkt", "+08:00"),
            entry("awst", "+08:00"),
            entry("jst", "+09:00"),
            entry("kst", "+09:00"),
            entry("acst", "+09:30"),
            entry("acdt", "+10:30"),
            entry("aest", "+10:00"),
            entry("aedt", "+11:00"),
            entry("nzst", "+12:00"),
            entry("nzdt", "+13:00"),
            entry("et", "America/New_York"),
            entry("eastern", "America/New_York"),
            entry("ct", "America/Chicago"),
            entry("central", "America/Chicago"),
            entry("mt", "America/Denver"),
            entry("mountain", "America/Denver"),
            entry("pt", "America/Los_Angeles"),
            entry("pacific", "America/Los_Angeles"));

    /** Empty when the text does not end with a zone, or is nothing else. */
    static Optional<ZoneSuffix> split(String text, ZoneId requestZone) {
        String stripped = text.regionMatches(true, text.length() - 5, " time", 0, 5)
                ? text.substring(0, text.length() - 5).strip()
                : text;
        int space = lastSpace(stripped);
        String word = stripped.substring(space + 1);
        if (space > 0) {
            Optional<ZoneId> zone = zone(unbracketed(word), requestZone);
            if (zone.isPresent()) {
                return Optional.of(new ZoneSuffix(stripped.substring(0, space).strip(), zone.get()));
            }
        }
        return glued(stripped, word);
    }

    private static int lastSpace(String text) {
        int i = text.length() - 1;
        while (i >= 0 && !Tokens.isSpace(text.charAt(i))) {
            i--;
        }
        return i;
    }

    private static String unbracketed(String word) {
        boolean bracketed = word.length() > 2 && word.startsWith("(") && word.endsWith(")");
        return bracketed ? word.substring(1, word.length() - 1) : word;
    }

    /** The offset of "17:30+02:00" or "5pm-05:00", or the Z of "17:30Z". */
    private static Optional<ZoneSuffix> glued(String text, String word) {
        boolean utc = word.length() > 1
                && (word.endsWith("Z") || word.endsWith("z"))
                && Tokens.isDigit(word.charAt(word.length() - 2));
        if (utc) {
            return Optional.of(new ZoneSuffix(text.substring(0, text.length() - 1), ZoneOffset.UTC));
        }
        int sign = Math.max(word.lastIndexOf('+'), word.lastIndexOf('-'));
        boolean offset = sign > 0 && word.indexOf(':', sign) > 0;
        if (!offset) {
            return Optional.empty();
        }
        return offset(word.substring(sign))
                .map(zone -> new ZoneSuffix(text.substring(0, text.length() - word.length() + sign), zone));
    }

    private static Optional<ZoneId> zone(String word, ZoneId requestZone) {
        if (word.startsWith("+") || word.startsWith("-")) {
            return offset(word);
        }
        String lowerCase = word.toLowerCase(Locale.ROOT);
        if (lowerCase.indexOf('/') >= 0) {
            return region(lowerCase);
        }
        if (isAbbreviationIn(requestZone, word)) {
            return Optional.of(requestZone);
        }
        boolean utcPlus = lowerCase.length() > 4 && (lowerCase.startsWith("utc") || lowerCase.startsWith("gmt"));
        return utcPlus
                ? offset(word.substring(3))
                : Optional.ofNullable(ABBREVIATIONS.get(lowerCase)).map(ZoneId::of);
    }

    private static boolean isAbbreviationIn(ZoneId zone, String word) {
        TimeZone names = TimeZone.getTimeZone(zone);
        return word.equalsIgnoreCase(names.getDisplayName(false, TimeZone.SHORT, Locale.ENGLISH))
                || word.equalsIgnoreCase(names.getDisplayName(true, TimeZone.SHORT, Locale.ENGLISH));
    }

    private static Optional<ZoneId> region(String lowerCase) {
        return ZoneId.getAvailableZoneIds().stream()
                .filter(id -> id.toLowerCase(Locale.ROOT).equals(lowerCase))
                .findFirst()
                .map(ZoneId::of);
    }

    private static Optional<ZoneId> offset(String signed) {
        try {
            return Optional.of(ZoneOffset.of(signed));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
