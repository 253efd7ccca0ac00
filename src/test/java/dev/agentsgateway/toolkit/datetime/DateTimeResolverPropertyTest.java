package dev.agentsgateway.toolkit.datetime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;

class DateTimeResolverPropertyTest {
    private static final List<String> VOCABULARY = List.of(
            "today",
            "tomorrow",
            "yesterday",
            "now",
            "tonight",
            "next",
            "last",
            "this",
            "week",
            "month",
            "year",
            "day",
            "hour",
            "hours",
            "minutes",
            "days",
            "monday",
            "fri",
            "weekend",
            "october",
            "feb",
            "may",
            "second",
            "third",
            "22nd",
            "the",
            "of",
            "in",
            "at",
            "on",
            "a",
            "an",
            "half",
            "quarter",
            "past",
            "to",
            "and",
            "before",
            "after",
            "from",
            "ago",
            "end",
            "start",
            "noon",
            "midnight",
            "morning",
            "night",
            "am",
            "pm",
            "a.m.",
            "o'clock",
            "1",
            "5",
            "12",
            "24",
            "31",
            "2027",
            "0000",
            "9999",
            "99999999999",
            "10/22",
            "10/22/2027",
            "2027-10-22",
            "17:30",
            "5pm",
            "1.5",
            ":",
            "/",
            "-",
            ",",
            ".",
            "@",
            "UTC",
            "EST",
            "Europe/Berlin",
            "+02:00",
            "Z",
            "time",
            "twenty",
            "couple",
            "eod",
            "fifth",
            "weeks");

    private final DateTimeResolver resolver = new DateTimeResolver();

    @Provide
    Arbitrary<ZonedDateTime> nows() {
        Arbitrary<Instant> instants = Arbitraries.longs()
                .between(0, Instant.parse("2100-01-01T00:00:00Z").getEpochSecond())
                .map(Instant::ofEpochSecond);
        Arbitrary<ZoneId> zones = Arbitraries.of(
                        "UTC",
                        "Asia/Jerusalem",
                        "Europe/Berlin",
                        "America/New_York",
                        "America/Santiago",
                        "Asia/Kathmandu",
                        "Australia/Lord_Howe",
                        "Pacific/Kiritimati",
                        "-03:30")
                .map(ZoneId::of);
        return Combinators.combine(instants, zones).as(Instant::atZone);
    }

    @Provide
    Arbitrary<String> phrases() {
        return Arbitraries.of(VOCABULARY).list().ofMinSize(1).ofMaxSize(9).map(words -> String.join(" ", words));
    }

    private void assertSound(String text, ZonedDateTime now) {
        Optional<ZonedDateTime> resolved = resolver.resolve(text, now);
        resolved.ifPresent(time -> {
            assertThat(time.getZone()).isEqualTo(now.getZone());
            assertThat(now.getZone().getRules().getValidOffsets(time.toLocalDateTime()))
                    .contains(time.getOffset());
            assertThat(time).isEqualTo(time.truncatedTo(ChronoUnit.MICROS));
            assertThat(time.getYear()).isBetween(1, 9999);
        });
        assertThat(resolver.resolve(text, now)).isEqualTo(resolved);
    }

    @Property
    void anyTextIsSafe(@ForAll @StringLength(max = 220) String text, @ForAll("nows") ZonedDateTime now) {
        assertSound(text, now);
    }

    @Property(tries = 5000)
    void anyOrderOfKnownWordsIsSafe(@ForAll("phrases") String text, @ForAll("nows") ZonedDateTime now) {
        assertSound(text, now);
    }

    @Property
    void isoIsReadBack(
            @ForAll("nows") ZonedDateTime time,
            @ForAll @IntRange(max = 999_999) int micros,
            @ForAll("nows") ZonedDateTime now) {
        ZonedDateTime exact = time.plusNanos(micros * 1000L);
        assertThat(resolver.resolve(DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(exact), now))
                .contains(exact.withZoneSameInstant(now.getZone()));
    }

    @Property
    void hoursAreCountedOnTheStopwatch(@ForAll @IntRange(max = 100_000) int hours, @ForAll("nows") ZonedDateTime now) {
        assertThat(resolver.resolve("in " + hours + " hours", now)).contains(now.plusHours(hours));
        assertThat(resolver.resolve(hours + " hours ago", now)).contains(now.minusHours(hours));
    }

    @Property
    void daysAreCountedOnTheCalendar(@ForAll @IntRange(max = 5000) int days, @ForAll("nows") ZonedDateTime now) {
        assertThat(resolver.resolve("in " + days + " days", now)).contains(now.plusDays(days));
        assertThat(resolver.resolve(days + " days ago", now)).contains(now.minusDays(days));
    }

    @Property
    void aWeekdayIsWithinTheComingWeek(@ForAll DayOfWeek day, @ForAll("nows") ZonedDateTime now) {
        ZonedDateTime resolved = resolver.resolve(day.getDisplayName(TextStyle.FULL, Locale.ENGLISH), now)
                .orElseThrow();
        assertThat(resolved).isAfter(now).isEqualTo(resolved.toLocalDate().atStartOfDay(now.getZone()));
        assertThat(resolved.getDayOfWeek()).isEqualTo(day);
        assertThat(ChronoUnit.DAYS.between(now.toLocalDate(), resolved.toLocalDate()))
                .isBetween(1L, 7L);
    }

    @Property
    void aTimeAloneIsTheComingOne(
            @ForAll @IntRange(max = 23) int hour,
            @ForAll @IntRange(max = 59) int minute,
            @ForAll("nows") ZonedDateTime now) {
        LocalTime time = LocalTime.of(hour, minute);
        ZonedDateTime resolved = resolver.resolve(time.toString(), now).orElseThrow();
        assertThat(resolved).isAfter(now);
        assertThat(Duration.between(now, resolved)).isLessThanOrEqualTo(Duration.ofHours(25));
        assertThat(resolved).isEqualTo(resolved.toLocalDate().atTime(time).atZone(now.getZone()));
    }

    @Property
    void aDateCanBeWrittenInManyWays(
            @ForAll @IntRange(min = 1900, max = 2200) int year,
            @ForAll @IntRange(min = 1, max = 365) int dayOfYear,
            @ForAll("nows") ZonedDateTime now) {
        LocalDate date = LocalDate.ofYearDay(year, dayOfYear);
        for (String pattern : List.of(
                "uuuu-MM-dd",
                "uuuu/M/d",
                "M/d/uuuu",
                "MMMM d, uuuu",
                "d MMM uuuu",
                "EEEE, MMMM d, uuuu",
                "d 'of' MMMM uuuu",
                "MMM. d uuuu",
                "dd-MMM-uuuu")) {
            String text = DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(date);
            assertThat(resolver.resolve(text, now)).as(text).contains(date.atStartOfDay(now.getZone()));
        }
    }
}
