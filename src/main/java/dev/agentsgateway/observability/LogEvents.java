package dev.agentsgateway.observability;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.event.KeyValuePair;

/** Reads a log event without its secrets and without more text than a line should have. Thread-safe. */
final class LogEvents {
    private static final int MAX_TEXT = 16_384;
    /** Scrubbed in whole and cut afterwards, so that no secret is cut in half and slips through. */
    private static final int MAX_RAW = 4 * MAX_TEXT;

    private static final int MAX_FRAMES = 60;
    private static final int MAX_CAUSES = 5;
    private static final int MAX_FIELDS = 32;

    static final Set<String> CONTEXT =
            Set.of(LogContext.REQUEST_ID, LogContext.RUN_ID, LogContext.TRACE_ID, LogContext.SPAN_ID);

    private final Scrubber scrubber;

    LogEvents(Scrubber scrubber) {
        this.scrubber = scrubber;
    }

    String message(ILoggingEvent event) {
        return clean(event.getFormattedMessage());
    }

    /** One value of {@link #CONTEXT}, null when it is not set. */
    String context(ILoggingEvent event, String key) {
        return clean(event.getMDCPropertyMap().get(key));
    }

    /** The event's key-value pairs; numbers and booleans as they are, everything else as text. */
    Map<String, Object> fields(ILoggingEvent event) {
        if (event.getKeyValuePairs() == null) {
            return Map.of();
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        for (KeyValuePair pair : event.getKeyValuePairs()) {
            if (fields.size() == MAX_FIELDS) {
                break;
            }
            boolean plain = pair.value == null || pair.value instanceof Number || pair.value instanceof Boolean;
            fields.put(pair.key, plain ? pair.value : clean(String.valueOf(pair.value)));
        }
        return fields;
    }

    String errorMessage(IThrowableProxy error) {
        return clean(error.getMessage());
    }

    /** The stack with its causes: at most {@value #MAX_CAUSES} of them and {@value #MAX_FRAMES} frames each. */
    String stack(IThrowableProxy error) {
        StringBuilder out = new StringBuilder(1024);
        IThrowableProxy current = error;
        for (int i = 0; current != null && i <= MAX_CAUSES && out.length() < MAX_RAW; i++) {
            out.append(i == 0 ? "" : "Caused by: ").append(current.getClassName());
            if (current.getMessage() != null) {
                out.append(": ").append(cut(current.getMessage(), MAX_RAW));
            }
            out.append('\n');
            appendFrames(out, current);
            current = current.getCause();
        }
        return clean(out.toString().stripTrailing());
    }

    private static void appendFrames(StringBuilder out, IThrowableProxy error) {
        StackTraceElementProxy[] frames = error.getStackTraceElementProxyArray();
        int own = frames.length - error.getCommonFrames();
        for (int i = 0; i < Math.min(own, MAX_FRAMES); i++) {
            out.append("\tat ").append(frames[i].getStackTraceElement()).append('\n');
        }
        if (own < frames.length || own > MAX_FRAMES) {
            out.append("\t... ")
                    .append(frames.length - Math.min(own, MAX_FRAMES))
                    .append(" more\n");
        }
    }

    private String clean(String text) {
        return text == null ? null : cut(scrubber.scrub(cut(text, MAX_RAW)), MAX_TEXT);
    }

    private static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length) + "…";
    }
}
