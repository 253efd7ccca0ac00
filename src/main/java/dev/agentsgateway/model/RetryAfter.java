package dev.agentsgateway.model;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/**
 * When a vendor wants to be asked again: {@code retry-after-ms} (milliseconds, OpenAI), else {@code Retry-After} in
 * seconds or as a date (RFC 9110, section 10.2.3).
 */
public final class RetryAfter {
    private RetryAfter() {}

    /**
     * How long to wait.
     *
     * @param millis the value of {@code retry-after-ms}, null for none
     * @param header the value of {@code Retry-After}, null for none
     * @param now    in milliseconds since 1970
     * @return null when neither header says anything that can be understood; never negative
     */
    public static Duration of(String millis, String header, long now) {
        Duration exact = number(millis, 1);
        if (exact != null) {
            return exact;
        }
        Duration seconds = number(header, 1000);
        return seconds != null ? seconds : date(header, now);
    }

    private static Duration number(String value, long unitMillis) {
        if (value == null) {
            return null;
        }
        try {
            double amount = Double.parseDouble(value.trim());
            return Double.isFinite(amount) && amount >= 0 ? Duration.ofMillis((long) (amount * unitMillis)) : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static Duration date(String value, long now) {
        if (value == null) {
            return null;
        }
        try {
            long at = ZonedDateTime.parse(value.trim(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant()
                    .toEpochMilli();
            return Duration.ofMillis(Math.max(0, at - now));
        } catch (DateTimeException e) {
            return null;
        }
    }
}
