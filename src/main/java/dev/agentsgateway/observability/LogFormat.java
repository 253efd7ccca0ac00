package dev.agentsgateway.observability;

import ch.qos.logback.classic.spi.ILoggingEvent;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How a log event is written. */
sealed interface LogFormat {
    DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
    List<String> CONTEXT = List.of(LogContext.REQUEST_ID, LogContext.RUN_ID, LogContext.TRACE_ID, LogContext.SPAN_ID);

    /** The event without a line break at its end. */
    String format(ILoggingEvent event);

    /** For people: time (UTC), level, the logger's last name, message, identifiers, stack. */
    record Text(LogEvents events) implements LogFormat {
        private static final DateTimeFormatter SHORT =
                DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

        @Override
        public String format(ILoggingEvent event) {
            StringBuilder line = new StringBuilder(160);
            SHORT.formatTo(event.getInstant(), line);
            String logger = event.getLoggerName();
            line.append(' ').append(String.format("%-5s", event.getLevel())).append(' ');
            line.append(logger.substring(logger.lastIndexOf('.') + 1)).append(": ");
            line.append(oneLine(events.message(event)));
            for (String key : List.of(LogContext.REQUEST_ID, LogContext.RUN_ID, LogContext.TRACE_ID)) {
                String value = events.context(event, key);
                if (value != null) {
                    line.append(' ').append(key).append('=').append(oneLine(value));
                }
            }
            if (event.getThrowableProxy() != null) {
                line.append('\n').append(events.stack(event.getThrowableProxy()));
            }
            return line.toString();
        }

        /** What a client sends must not be able to forge a line of its own, nor to steer the terminal. */
        private static String oneLine(String text) {
            for (int i = 0; i < text.length(); i++) {
                if (text.charAt(i) < ' ' && text.charAt(i) != '\t') {
                    return text.replaceAll("\\R", "\\\\n").replaceAll("[\\x00-\\x08\\x0A-\\x1F]", "?");
                }
            }
            return text;
        }
    }

    /**
     * For machines: one JSON object per line with {@code ts} (ISO 8601, UTC), {@code level}, {@code logger},
     * {@code thread}, {@code msg}, the identifiers that are known, the event's own fields, and {@code error.type},
     * {@code error.message}, {@code error.stack}.
     *
     * @param timeKey    the member that holds the time
     * @param messageKey the member that holds the message
     */
    record Json(LogEvents events, String timeKey, String messageKey) implements LogFormat {
        private static final JsonFactory FACTORY = new JsonFactory();
        private static final Set<String> TAKEN = Set.of("level", "logger", "thread");

        Json(LogEvents events) {
            this(events, "ts", "msg");
        }

        @Override
        public String format(ILoggingEvent event) {
            StringWriter line = new StringWriter(256);
            try (JsonGenerator out = FACTORY.createGenerator(line)) {
                out.writeStartObject();
                Instant time = event.getInstant();
                out.writeStringField(timeKey, TIME.format(time));
                out.writeStringField("level", event.getLevel().toString());
                out.writeStringField("logger", event.getLoggerName());
                out.writeStringField("thread", event.getThreadName());
                out.writeStringField(messageKey, events.message(event));
                for (String key : CONTEXT) {
                    String value = events.context(event, key);
                    if (value != null) {
                        out.writeStringField(key, value);
                    }
                }
                writeFields(out, events.fields(event));
                if (event.getThrowableProxy() != null) {
                    out.writeStringField("error.type", event.getThrowableProxy().getClassName());
                    out.writeStringField("error.message", events.errorMessage(event.getThrowableProxy()));
                    out.writeStringField("error.stack", events.stack(event.getThrowableProxy()));
                }
                out.writeEndObject();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return line.toString();
        }

        private void writeFields(JsonGenerator out, Map<String, Object> fields) throws IOException {
            for (Map.Entry<String, Object> field : fields.entrySet()) {
                String name = field.getKey();
                boolean taken = TAKEN.contains(name)
                        || CONTEXT.contains(name)
                        || name.equals(timeKey)
                        || name.equals(messageKey)
                        || name.startsWith("error.");
                out.writeFieldName(taken ? "field." + name : name);
                switch (field.getValue()) {
                    case null -> out.writeNull();
                    case Integer number -> out.writeNumber(number);
                    case Long number -> out.writeNumber(number);
                    case Double number -> out.writeNumber(number);
                    case Boolean flag -> out.writeBoolean(flag);
                    case Object other -> out.writeString(other.toString());
                }
            }
        }
    }
}
