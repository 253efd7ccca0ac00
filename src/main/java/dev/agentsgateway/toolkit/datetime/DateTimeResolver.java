package dev.agentsgateway.toolkit.datetime;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/**
 * Understands when: ISO 8601 and English phrases such as "tomorrow at 9", "next Friday noon", "in 2 hours",
 * "October 22nd, 2027 2:30 pm", "end of next month". Pure and thread-safe.
 *
 * <h2>What a phrase means</h2>
 * <ul>
 *   <li>Words for a distance keep the time of day: "today", "tomorrow", "next week", "3 days ago". Everything else
 *       without a time starts at midnight: "Monday", "Oct 22", "2027-10-22", "October" (its first day). The end of a
 *       period is 23:59:59 of its last day.
 *   <li>The future is preferred: a weekday, a date without year or a time alone means the first one after now.
 *       "Next Monday" is that Monday, too, but never today; "this Monday" may be today. What names its day keeps it:
 *       "today at 9am" may be over, as may an ISO date.
 *   <li>Without am, pm or a part of the day the 24-hour clock is meant. Morning is 09:00, afternoon 15:00, evening 18:00,
 *       night 21:00. "Today at midnight" and "tonight at midnight" are the coming one; a day that is named otherwise
 *       begins with its midnight.
 *   <li>Of {@code 03/04/2027} the month is the first number, unless that is above 12. Weeks start on Monday; the weekend
 *       on Saturday.
 *   <li>A named zone ("3pm EST", "15:00 Europe/Berlin") applies to the time of day; "today" is today in the zone of
 *       {@code now}.
 *   <li>Days and longer are counted on the calendar, hours and shorter on the stopwatch. A time that a clock change skips
 *       is moved later by the length of the gap; of a time that occurs twice the earlier is meant, except that "now" and
 *       "today" stay the present instant. This is what {@link java.time.ZonedDateTime} does.
 * </ul>
 *
 * <p>A text is understood whole or not at all. More than {@value #MAX_LENGTH} characters, contradictions ("Tuesday,
 * October 25, 2027", which is a Monday) and years outside 1 to 9999 are not understood. Numbers of seconds since 1970
 * are not dates here.
 *
 * <p>The Python gateway's parser (dateparser 1.4.3, asked for future dates) gives the same instants for most of this. Meant
 * differences: "next Monday 2pm", "tomorrow morning" and other phrases that it gives up on are understood; "5pm", which the
 * Python gateway's settings lose, is the coming 17:00, "noon" is today's while it is still to come, the 9 of "tomorrow at 9" is not
 * dropped, "October" is its first day rather than today's number in it, and a date beyond a clock change gets that date's
 * offset. A year alone is not understood.
 */
public final class DateTimeResolver {
    /** Longest text that is looked at. */
    public static final int MAX_LENGTH = 200;

    /**
     * The instant that the text means, in the zone of {@code now} and in whole microseconds.
     *
     * @param text anything; null is not understood
     * @param now  the present instant in the zone of whoever speaks
     * @return empty when the text is not understood; never throws for any text
     */
    public Optional<ZonedDateTime> resolve(String text, ZonedDateTime now) {
        if (text == null || text.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        String trimmed = trim(text);
        ZoneId zone = now.getZone();
        try {
            return IsoText.parse(trimmed, zone)
                    .or(() -> ZoneSuffix.split(trimmed, zone).flatMap(split -> inZone(split.rest(), now, split.zone())))
                    .or(() -> phrase(trimmed, now, zone))
                    .map(time -> time.withZoneSameInstant(zone).truncatedTo(ChronoUnit.MICROS))
                    .filter(time -> time.getYear() >= 1 && time.getYear() <= 9999);
        } catch (DateTimeException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    /**
     * As {@link #resolve}, and {@code now} for what is not understood: the lenience that the calendar tools' callers know
     * from the Python gateway. Not for anything that creates something at that time.
     */
    public ZonedDateTime resolveOrNow(String text, ZonedDateTime now) {
        return resolve(text, now).orElse(now);
    }

    private static Optional<ZonedDateTime> inZone(String text, ZonedDateTime now, ZoneId zone) {
        return IsoText.parse(text, zone).or(() -> phrase(text, now, zone));
    }

    private static Optional<ZonedDateTime> phrase(String text, ZonedDateTime now, ZoneId zone) {
        String plain = text.toLowerCase(Locale.ROOT).replace('\u2019', '\'');
        return PhraseParser.parse(plain).flatMap(phrase -> phrase.at(now, zone));
    }

    private static String trim(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && Tokens.isSpace(text.charAt(start))) {
            start++;
        }
        while (end > start && (Tokens.isSpace(text.charAt(end - 1)) || "?!.".indexOf(text.charAt(end - 1)) >= 0)) {
            end--;
        }
        return text.substring(start, end);
    }
}
