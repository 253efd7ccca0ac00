package dev.agentsgateway.toolkit.datetime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DateTimeResolverTest {
    /** A Wednesday; the clocks of this zone go forward on Friday, 26 March. */
    private static final ZonedDateTime WEDNESDAY = ZonedDateTime.parse("2027-03-03T10:30:15+02:00[Asia/Jerusalem]");

    private final DateTimeResolver resolver = new DateTimeResolver();

    private void assertResolved(String text, ZonedDateTime now, String expected) {
        ZonedDateTime resolved = resolver.resolve(text, now).orElse(null);
        assertThat(resolved).as(text).isNotNull();
        assertThat(resolved.getZone()).isEqualTo(now.getZone());
        assertThat(resolved.toOffsetDateTime()).as(text).isEqualTo(OffsetDateTime.parse(expected));
        assertThat(resolved.getOffset())
                .isEqualTo(OffsetDateTime.parse(expected).getOffset());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    today                 | 2027-03-03T10:30:15+02:00
                    now                   | 2027-03-03T10:30:15+02:00
                    tomorrow              | 2027-03-04T10:30:15+02:00
                    next week             | 2027-03-10T10:30:15+02:00
                    in 2 hours            | 2027-03-03T12:30:15+02:00
                    monday                | 2027-03-08T00:00:00+02:00
                    Friday at 3pm         | 2027-03-05T15:00:00+02:00
                    2025-10-22            | 2025-10-22T00:00:00+03:00
                    2027-10-22T14:00:00   | 2027-10-22T14:00:00+03:00
                    2027-10-22T14:00:00Z  | 2027-10-22T17:00:00+03:00
                    friday noon           | 2027-03-05T12:00:00+02:00
                    next Monday 2pm       | 2027-03-08T14:00:00+02:00
                    5pm                   | 2027-03-03T17:00:00+02:00
                    """)
    void understandsWhatThePythonGatewayDocuments(String text, String expected) {
        assertResolved(text, WEDNESDAY, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    2027-10-22 14:00                     | 2027-10-22T14:00:00+03:00
                    2027-10-22T14:00                     | 2027-10-22T14:00:00+03:00
                    2027-10-22t14:00z                    | 2027-10-22T17:00:00+03:00
                    2027-10-22T14:00:00.25               | 2027-10-22T14:00:00.25+03:00
                    2027-10-22T14:00:00.123456789+02:00  | 2027-10-22T15:00:00.123456+03:00
                    2027-10-22T14:00:00+0530             | 2027-10-22T11:30:00+03:00
                    2027-10-22T14:00-03                  | 2027-10-22T20:00:00+03:00
                    2027-10-22T14:00[Europe/Berlin]      | 2027-10-22T15:00:00+03:00
                    2027-10-22 14:00 UTC                 | 2027-10-22T17:00:00+03:00
                    2027-10-22 at 3pm                    | 2027-10-22T15:00:00+03:00
                    """)
    void understandsIso8601(String text, String expected) {
        assertResolved(text, WEDNESDAY, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    yesterday                      | 2027-03-02T10:30:15+02:00
                    day after tomorrow             | 2027-03-05T10:30:15+02:00
                    the day after tomorrow at 9am  | 2027-03-05T09:00:00+02:00
                    the day before yesterday       | 2027-03-01T10:30:15+02:00
                    in 5 minutes                   | 2027-03-03T10:35:15+02:00
                    after 45 seconds               | 2027-03-03T10:31:00+02:00
                    in half an hour                | 2027-03-03T11:00:15+02:00
                    an hour and a half from now    | 2027-03-03T12:00:15+02:00
                    in two and a half hours        | 2027-03-03T13:00:15+02:00
                    in 1.5 hours                   | 2027-03-03T12:00:15+02:00
                    in 1h 30m                      | 2027-03-03T12:00:15+02:00
                    in 1 hour and 30 minutes       | 2027-03-03T12:00:15+02:00
                    twenty-five minutes from now   | 2027-03-03T10:55:15+02:00
                    an hour ago                    | 2027-03-03T09:30:15+02:00
                    3 days ago                     | 2027-02-28T10:30:15+02:00
                    a couple of days ago           | 2027-03-01T10:30:15+02:00
                    2 days ago at 3pm              | 2027-03-01T15:00:00+02:00
                    in a week                      | 2027-03-10T10:30:15+02:00
                    in two weeks                   | 2027-03-17T10:30:15+02:00
                    in a fortnight                 | 2027-03-17T10:30:15+02:00
                    the week after next            | 2027-03-17T10:30:15+02:00
                    in 3 days at 10am              | 2027-03-06T10:00:00+02:00
                    in 2 months                    | 2027-05-03T10:30:15+03:00
                    in a year                      | 2028-03-03T10:30:15+02:00
                    next month                     | 2027-04-03T10:30:15+03:00
                    last month                     | 2027-02-03T10:30:15+02:00
                    next year                      | 2028-03-03T10:30:15+02:00
                    this week                      | 2027-03-03T10:30:15+02:00
                    2 days after tomorrow          | 2027-03-06T10:30:15+02:00
                    a week from monday             | 2027-03-15T00:00:00+02:00
                    an hour before noon            | 2027-03-03T11:00:00+02:00
                    30 minutes before friday 3pm   | 2027-03-05T14:30:00+02:00
                    """)
    void understandsDistances(String text, String expected) {
        assertResolved(text, WEDNESDAY, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    wednesday                       | 2027-03-10T00:00:00+02:00
                    wednesday at 3pm                | 2027-03-03T15:00:00+02:00
                    wednesday at 9am                | 2027-03-10T09:00:00+02:00
                    this wednesday                  | 2027-03-03T00:00:00+02:00
                    next wednesday                  | 2027-03-10T00:00:00+02:00
                    next wednesday at 3pm           | 2027-03-10T15:00:00+02:00
                    last wednesday                  | 2027-02-24T00:00:00+02:00
                    coming fri                      | 2027-03-05T00:00:00+02:00
                    friday next week                | 2027-03-12T00:00:00+02:00
                    next week on tuesday at 2pm     | 2027-03-09T14:00:00+02:00
                    this weekend                    | 2027-03-06T00:00:00+02:00
                    first Monday of April           | 2027-04-05T00:00:00+03:00
                    last friday of next month       | 2027-04-30T00:00:00+03:00
                    third tuesday of the month 9am  | 2027-03-16T09:00:00+02:00
                    first monday of the month       | 2027-04-05T00:00:00+03:00
                    """)
    void understandsWeekdays(String text, String expected) {
        assertResolved(text, WEDNESDAY, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Oct 22                      | 2027-10-22T00:00:00+03:00
                    22nd of october             | 2027-10-22T00:00:00+03:00
                    October the twenty-second   | 2027-10-22T00:00:00+03:00
                    22-Oct-2027                 | 2027-10-22T00:00:00+03:00
                    22 October 2027 at 14:00    | 2027-10-22T14:00:00+03:00
                    October 22nd, 2027 2:30 pm  | 2027-10-22T14:30:00+03:00
                    Monday, October 25, 2027    | 2027-10-25T00:00:00+03:00
                    10/22/2027                  | 2027-10-22T00:00:00+03:00
                    22/10/2027                  | 2027-10-22T00:00:00+03:00
                    22.10.2027                  | 2027-10-22T00:00:00+03:00
                    03/04/2027                  | 2027-03-04T00:00:00+02:00
                    10/22/27                    | 2027-10-22T00:00:00+03:00
                    10/22 5pm                   | 2027-10-22T17:00:00+03:00
                    2027/10/22                  | 2027-10-22T00:00:00+03:00
                    March 3                     | 2028-03-03T00:00:00+02:00
                    March 3 at 6pm              | 2027-03-03T18:00:00+02:00
                    March 2                     | 2028-03-02T00:00:00+02:00
                    1 Jan                       | 2028-01-01T00:00:00+02:00
                    Feb 29                      | 2028-02-29T00:00:00+02:00
                    the 22nd                    | 2027-03-22T00:00:00+02:00
                    on the 2nd at 8am           | 2027-04-02T08:00:00+03:00
                    the 22nd of next month      | 2027-04-22T00:00:00+03:00
                    next month on the 5th       | 2027-04-05T00:00:00+03:00
                    October                     | 2027-10-01T00:00:00+03:00
                    March                       | 2028-03-01T00:00:00+02:00
                    last October                | 2026-10-01T00:00:00+03:00
                    March 2028                  | 2028-03-01T00:00:00+02:00
                    end of month                | 2027-03-31T23:59:59+03:00
                    end of the month at 5pm     | 2027-03-31T17:00:00+03:00
                    end of next month           | 2027-04-30T23:59:59+03:00
                    end of March 2028           | 2028-03-31T23:59:59+03:00
                    end of the week             | 2027-03-07T23:59:59+02:00
                    end of year                 | 2027-12-31T23:59:59+02:00
                    end of today                | 2027-03-03T23:59:59+02:00
                    start of next week          | 2027-03-08T00:00:00+02:00
                    beginning of the month      | 2027-04-01T00:00:00+03:00
                    start of this month         | 2027-03-01T00:00:00+02:00
                    last day of the month       | 2027-03-31T00:00:00+03:00
                    """)
    void understandsCalendarDates(String text, String expected) {
        assertResolved(text, WEDNESDAY, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    17:30                             | 2027-03-03T17:30:00+02:00
                    09:00                             | 2027-03-04T09:00:00+02:00
                    9am                               | 2027-03-04T09:00:00+02:00
                    5:30 p.m.                         | 2027-03-03T17:30:00+02:00
                    5.30pm                            | 2027-03-03T17:30:00+02:00
                    at 1730                           | 2027-03-03T17:30:00+02:00
                    at 0015                           | 2027-03-04T00:15:00+02:00
                    12pm                              | 2027-03-03T12:00:00+02:00
                    12am                              | 2027-03-04T00:00:00+02:00
                    noon                              | 2027-03-03T12:00:00+02:00
                    midnight                          | 2027-03-04T00:00:00+02:00
                    tonight at midnight               | 2027-03-04T00:00:00+02:00
                    today at midnight                 | 2027-03-04T00:00:00+02:00
                    tomorrow at midnight              | 2027-03-04T00:00:00+02:00
                    today at 9am                      | 2027-03-03T09:00:00+02:00
                    tomorrow at 9                     | 2027-03-04T09:00:00+02:00
                    tomorrow 14:00                    | 2027-03-04T14:00:00+02:00
                    yesterday at 5pm                  | 2027-03-02T17:00:00+02:00
                    tomorrow morning                  | 2027-03-04T09:00:00+02:00
                    tomorrow noon                     | 2027-03-04T12:00:00+02:00
                    tomorrow afternoon                | 2027-03-04T15:00:00+02:00
                    tomorrow evening                  | 2027-03-04T18:00:00+02:00
                    tomorrow night                    | 2027-03-04T21:00:00+02:00
                    tomorrow evening at 8             | 2027-03-04T20:00:00+02:00
                    9 tomorrow morning                | 2027-03-04T09:00:00+02:00
                    this afternoon                    | 2027-03-03T15:00:00+02:00
                    in the morning                    | 2027-03-04T09:00:00+02:00
                    at 3 in the afternoon on friday   | 2027-03-05T15:00:00+02:00
                    tonight                           | 2027-03-03T21:00:00+02:00
                    tonight at 8                      | 2027-03-03T20:00:00+02:00
                    tonight at 2                      | 2027-03-04T02:00:00+02:00
                    last night                        | 2027-03-02T21:00:00+02:00
                    half past three                   | 2027-03-04T03:30:00+02:00
                    quarter to five pm                | 2027-03-03T16:45:00+02:00
                    ten past 3pm                      | 2027-03-03T15:10:00+02:00
                    end of day                        | 2027-03-03T23:59:59+02:00
                    by end of day tomorrow            | 2027-03-04T23:59:59+02:00
                    friday eod                        | 2027-03-05T23:59:59+02:00
                    5 o'clock                         | 2027-03-04T05:00:00+02:00
                    Tomorrow at Noon.                 | 2027-03-04T12:00:00+02:00
                    " tomorrow \u00a0 5:30\u202fPM? "     | 2027-03-04T17:30:00+02:00
                    """)
    void understandsTimesOfDay(String text, String expected) {
        assertResolved(text, WEDNESDAY, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    5pm UTC                | 2027-03-03T19:00:00+02:00
                    5pm (utc)              | 2027-03-03T19:00:00+02:00
                    5pm UTC+2              | 2027-03-03T17:00:00+02:00
                    17:30Z                 | 2027-03-03T19:30:00+02:00
                    17:30+05:00            | 2027-03-03T14:30:00+02:00
                    15:00 +02:00           | 2027-03-03T15:00:00+02:00
                    3pm EST                | 2027-03-03T22:00:00+02:00
                    3pm Pacific time       | 2027-03-04T01:00:00+02:00
                    15:00 Europe/Berlin    | 2027-03-03T16:00:00+02:00
                    15:00 europe/berlin    | 2027-03-03T16:00:00+02:00
                    3pm IST                | 2027-03-03T15:00:00+02:00
                    tomorrow 9am PST       | 2027-03-04T19:00:00+02:00
                    June 1 at noon CEST    | 2027-06-01T13:00:00+03:00
                    8am Asia/Tokyo         | 2027-03-04T01:00:00+02:00
                    """)
    void convertsTimesOfNamedZones(String text, String expected) {
        assertResolved(text, WEDNESDAY, expected);
    }

    @Test
    void doesNotGuessAnAmbiguousZone() {
        ZonedDateTime berlin = WEDNESDAY.withZoneSameInstant(ZoneId.of("Europe/Berlin"));
        assertThat(resolver.resolve("3pm IST", berlin)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    # the hour from 02:00 on is skipped
                    2027-03-27T12:00:00+01:00[Europe/Berlin]    | tomorrow            | 2027-03-28T12:00:00+02:00
                    2027-03-27T12:00:00+01:00[Europe/Berlin]    | in 1 day            | 2027-03-28T12:00:00+02:00
                    2027-03-27T12:00:00+01:00[Europe/Berlin]    | in 24 hours         | 2027-03-28T13:00:00+02:00
                    2027-03-27T12:00:00+01:00[Europe/Berlin]    | tomorrow at 2:30    | 2027-03-28T03:30:00+02:00
                    2027-03-28T01:59:00+01:00[Europe/Berlin]    | in 1 minute         | 2027-03-28T03:00:00+02:00
                    # the hour from 02:00 on is repeated
                    2027-10-30T12:00:00+02:00[Europe/Berlin]    | tomorrow            | 2027-10-31T12:00:00+01:00
                    2027-10-30T12:00:00+02:00[Europe/Berlin]    | in 24 hours         | 2027-10-31T11:00:00+01:00
                    2027-10-30T12:00:00+02:00[Europe/Berlin]    | tomorrow at 2:30    | 2027-10-31T02:30:00+02:00
                    2027-10-30T12:00:00+02:00[Europe/Berlin]    | tomorrow 2:30 CET   | 2027-10-31T02:30:00+02:00
                    2027-10-30T12:00:00+02:00[Europe/Berlin]    | 2027-10-31 01:30Z   | 2027-10-31T02:30:00+01:00
                    2027-10-31T02:30:00+01:00[Europe/Berlin]    | now                 | 2027-10-31T02:30:00+01:00
                    2027-10-31T02:30:00+01:00[Europe/Berlin]    | today               | 2027-10-31T02:30:00+01:00
                    2027-10-31T02:30:00+02:00[Europe/Berlin]    | in an hour          | 2027-10-31T02:30:00+01:00
                    # this day has no midnight
                    2027-09-01T12:00:00-04:00[America/Santiago] | 2027-09-05          | 2027-09-05T01:00:00-03:00
                    2027-09-01T12:00:00-04:00[America/Santiago] | sunday              | 2027-09-05T01:00:00-03:00
                    # year end
                    2027-12-31T23:30:00+13:00[Pacific/Auckland] | tomorrow            | 2028-01-01T23:30:00+13:00
                    2027-12-31T23:30:00+13:00[Pacific/Auckland] | midnight            | 2028-01-01T00:00:00+13:00
                    2027-12-31T23:30:00+13:00[Pacific/Auckland] | Jan 1               | 2028-01-01T00:00:00+13:00
                    2027-12-31T23:30:00+13:00[Pacific/Auckland] | Dec 31              | 2028-12-31T00:00:00+13:00
                    2027-12-31T23:30:00+13:00[Pacific/Auckland] | in 2 months         | 2028-02-29T23:30:00+13:00
                    2027-12-31T23:30:00+13:00[Pacific/Auckland] | the 30th            | 2028-01-30T00:00:00+13:00
                    2027-12-31T23:30:00+13:00[Pacific/Auckland] | end of year         | 2027-12-31T23:59:59+13:00
                    2027-12-31T23:30:00+13:00[Pacific/Auckland] | end of next month   | 2028-01-31T23:59:59+13:00
                    2027-12-31T23:30:00+13:00[Pacific/Auckland] | next year           | 2028-12-31T23:30:00+13:00
                    # what is now has passed
                    2027-03-01T00:00:00Z[UTC]                   | monday              | 2027-03-08T00:00:00Z
                    2027-03-01T17:30:00Z[UTC]                   | 17:30               | 2027-03-02T17:30:00Z
                    2028-02-29T08:00:00Z[UTC]                   | next year           | 2029-02-28T08:00:00Z
                    2096-03-01T08:00:00Z[UTC]                   | February 29         | 2104-02-29T00:00:00Z
                    2027-03-03T23:00:00+05:45[Asia/Kathmandu]   | 5pm UTC             | 2027-03-04T22:45:00+05:45
                    2027-03-03T23:00:00+05:45[Asia/Kathmandu]   | 5:30pm UTC          | 2027-03-03T23:15:00+05:45
                    """)
    void keepsToTheCalendarOfTheZone(String now, String text, String expected) {
        assertResolved(text, ZonedDateTime.parse(now), expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "?",
                "invalid",
                "see you tomorrow",
                "two",
                "in 5",
                "2030",
                "1800000000",
                "9 to 5",
                "10-22",
                "99:99",
                "tomorrow at 25:00",
                "17:00 am",
                "Feb 30",
                "31 June",
                "13/13/2027",
                "2027-02-30",
                "2027-13-01",
                "Tuesday, October 25, 2027",
                "Friday Oct 25",
                "fifth monday of february 2027",
                "monday tuesday",
                "now at 5pm",
                "5pm in 2 hours",
                "2 hours after",
                "an hour before now",
                "in 0.5 months",
                "in 999999999 years",
                "in 9999999999 days",
                "8000 years from now",
                "5pm Mars/Phobos",
                "at",
                "the",
                "UTC",
                "+02:00",
                "明日",
                "tomorrow 🙂",
                "\u0663 days ago"
            })
    void doesNotGuess(String text) {
        assertThat(resolver.resolve(text, WEDNESDAY)).isEmpty();
        assertThat(resolver.resolveOrNow(text, WEDNESDAY)).isEqualTo(WEDNESDAY);
    }

    @Test
    void looksAtTwoHundredCharactersAtMost() {
        String padding = " ".repeat(DateTimeResolver.MAX_LENGTH - "tomorrow".length());
        assertThat(resolver.resolve("tomorrow" + padding, WEDNESDAY)).isPresent();
        assertThat(resolver.resolve("tomorrow " + padding, WEDNESDAY)).isEmpty();
        assertThat(resolver.resolve(null, WEDNESDAY)).isEmpty();
    }

    @Test
    void isLenientOnRequest() {
        assertThat(resolver.resolveOrNow("tomorrow", WEDNESDAY)).isEqualTo(WEDNESDAY.plusDays(1));
        assertThat(resolver.resolveOrNow(null, WEDNESDAY)).isEqualTo(WEDNESDAY);
    }
}
