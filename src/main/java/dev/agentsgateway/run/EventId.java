package dev.agentsgateway.run;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An event's name on the wire: {@code 51} for the first driver of a run, {@code 51.1} after its first takeover, and so
 * on. A number alone is not enough, because a driver that takes over may write again what its predecessor had said.
 *
 * @param seq   from 1; 0 is before the first event
 * @param epoch takeovers of the run before the event was written
 */
public record EventId(int seq, int epoch) {
    /** Before the first event. */
    public static final EventId START = new EventId(0, 0);

    private static final Pattern FORM = Pattern.compile("(0|[1-9]\\d{0,8})(?:\\.([1-9]\\d{0,5}))?");

    /** Empty when the text was never an event's id. */
    public static Optional<EventId> parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        int epoch = parts.group(2) == null ? 0 : Integer.parseInt(parts.group(2));
        return Optional.of(new EventId(Integer.parseInt(parts.group(1)), epoch));
    }

    @Override
    public String toString() {
        return epoch == 0 ? Integer.toString(seq) : seq + "." + epoch;
    }
}
