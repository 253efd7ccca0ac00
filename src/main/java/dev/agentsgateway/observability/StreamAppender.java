package dev.agentsgateway.observability;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Writes lines to a stream, usually standard output: one write per batch. Does not close the stream. */
final class StreamAppender extends QueuedAppender {
    private final OutputStream out;
    private final LogFormat format;
    private long reported;

    StreamAppender(OutputStream out, LogFormat format) {
        super("console", 512, Duration.ZERO, Duration.ofSeconds(2));
        this.out = out;
        this.format = format;
    }

    @Override
    protected void write(List<ILoggingEvent> events) {
        StringBuilder lines = new StringBuilder(events.size() * 200);
        for (ILoggingEvent event : events) {
            lines.append(format.format(event)).append('\n');
        }
        long lost = dropped();
        if (lost > reported) {
            lines.append(format.format(notice((lost - reported) + " log lines were dropped: the console is too slow")))
                    .append('\n');
            reported = lost;
        }
        try {
            out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            // Nobody reads standard output any more, and there is no other place to say so.
            drop(events.size());
        }
    }
}
