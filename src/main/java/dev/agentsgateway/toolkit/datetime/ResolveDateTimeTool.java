package dev.agentsgateway.toolkit.datetime;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolResult;
import dev.agentsgateway.tool.ToolSpec;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZonedDateTime;

/**
 * The tool {@code resolve_datetime}: turns a phrase into a timestamp in the request's time zone, so that a model need not
 * count days. Thread-safe.
 *
 * <p>The result is ISO 8601 with an offset, seconds always, six fraction digits only where there is a fraction, and
 * {@code +00:00} for UTC: {@code 2027-03-05T12:00:00+02:00}. It is null for a text that {@link DateTimeResolver} does not
 * understand. A request without a time zone has UTC; one that does not exist is an error that the model reads.
 */
public final class ResolveDateTimeTool implements Tool {
    private static final int MAX_SHOWN_ZONE = 64;

    private final Clock clock;
    private final DateTimeResolver resolver = new DateTimeResolver();
    private final ToolSpec spec;

    /** @param clock for the present instant; its zone does not matter */
    public ResolveDateTimeTool(Clock clock) {
        this.clock = clock;
        this.spec = new ToolSpec(
                "resolve_datetime",
                "Works out which moment a piece of text means and answers with an ISO 8601 timestamp in the user's time "
                        + "zone. Understands English wording (\"next friday at noon\", \"in two hours\", \"tomorrow\") as "
                        + "well as written dates; without a year or a day the coming one is taken. Answers null when the "
                        + "text is no date or time. Use it before calling a tool that needs an exact time.",
                parameters(),
                ToolSpec.SideEffect.NONE);
    }

    private static ObjectNode parameters() {
        ObjectNode schema = Json.object().put("type", "object");
        schema.putObject("properties")
                .putObject("text")
                .put("type", "string")
                .put("description", "The date or time in words, as the user said it, or in figures.");
        schema.putArray("required").add("text");
        return schema;
    }

    @Override
    public ToolSpec spec() {
        return spec;
    }

    @Override
    public String toolkit() {
        return "DateTimeToolkit";
    }

    @Override
    public ToolResult execute(ToolInput input) {
        String text = input.text("text");
        ZonedDateTime now = clock.instant().atZone(zone(input.context().timezone()));
        return new ToolResult(
                resolver.resolve(text, now).map(ResolveDateTimeTool::format).orElse(null));
    }

    private static ZoneId zone(String name) {
        try {
            return ZoneId.of(name == null ? "UTC" : name);
        } catch (DateTimeException e) {
            String shown = name.length() > MAX_SHOWN_ZONE ? name.substring(0, MAX_SHOWN_ZONE) + "…" : name;
            throw new ToolException(
                    "The time zone '" + shown + "' is unknown; an IANA name such as Europe/Berlin is expected.");
        }
    }

    /** Not {@link Timestamps} alone: the local times of old days have offsets with seconds, which must not get lost. */
    private static String format(ZonedDateTime time) {
        String offset = time.getOffset().getTotalSeconds() == 0
                ? "+00:00"
                : time.getOffset().getId();
        return Timestamps.format(time.toLocalDateTime()) + offset;
    }
}
