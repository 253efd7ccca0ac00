package dev.agentsgateway.common;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;

/**
 * Timestamps as the reference writes them: seconds always, six fraction digits or none, no zone for a
 * {@link LocalDateTime} (which is UTC by convention), an offset such as {@code +00:00} (never {@code Z}) for an
 * {@link OffsetDateTime}.
 */
public final class Timestamps {
    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss");
    private static final DateTimeFormatter MICROS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS");
    private static final DateTimeFormatter OFFSET = DateTimeFormatter.ofPattern("xxx");

    private Timestamps() {}

    /** Now in UTC, truncated to the microseconds that PostgreSQL keeps. */
    public static LocalDateTime now(InstantSource clock) {
        return utc(clock.instant());
    }

    /** In UTC, truncated to microseconds; null for null. */
    public static LocalDateTime utc(Instant time) {
        return time == null
                ? null
                : LocalDateTime.ofInstant(time, ZoneOffset.UTC).truncatedTo(ChronoUnit.MICROS);
    }

    public static String format(LocalDateTime time) {
        boolean whole = time.get(ChronoField.MICRO_OF_SECOND) == 0;
        return (whole ? SECONDS : MICROS).format(time);
    }

    public static String format(OffsetDateTime time) {
        return format(time.toLocalDateTime()) + OFFSET.format(time);
    }

    static SimpleModule module() {
        SimpleModule module = new SimpleModule("timestamps");
        module.addSerializer(LocalDateTime.class, new JsonSerializer<>() {
            @Override
            public void serialize(LocalDateTime value, JsonGenerator out, SerializerProvider unused)
                    throws IOException {
                out.writeString(format(value));
            }
        });
        module.addSerializer(OffsetDateTime.class, new JsonSerializer<>() {
            @Override
            public void serialize(OffsetDateTime value, JsonGenerator out, SerializerProvider unused)
                    throws IOException {
                out.writeString(format(value));
            }
        });
        return module;
    }
}
