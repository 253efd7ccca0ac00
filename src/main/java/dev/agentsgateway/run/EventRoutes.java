package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.Header;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Range;
import dev.agentsgateway.http.Route;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code GET /v2/runs/{run_id}/events}: the events of a run, during and after it, from any replica. */
public final class EventRoutes implements Route.Source {
    private final RunEngine engine;
    private final RunQueries runs;
    private final EventStreamer streamer;
    private final Map<SessionKey.Kind, EventFormat> formats;

    /** @param formats the native wire format of each kind of run */
    public EventRoutes(
            RunEngine engine, RunQueries runs, EventStreamer streamer, Map<SessionKey.Kind, EventFormat> formats) {
        this.engine = engine;
        this.runs = runs;
        this.streamer = streamer;
        this.formats = Map.copyOf(formats);
    }

    record EventsInput(
            @Path String runId,

            @Query @Description("The id of the last event that is known; the answer begins with the next one")
            String after,

            @Query @Default("100") @Range(min = 1, max = 1000) @Description("Events of one JSON answer, at most")
            int limit,

            @Header("Last-Event-ID")
            @Description("As after, and wins over it: browsers send it when they connect again")
            String lastEventId,

            @Header("Accept") @Description("application/json for a page of events instead of a stream")
            String accept) {}

    /** A page of events. */
    record EventPage(
            String runId,

            @Description("The objects of the stream's data, each with its id")
            List<JsonNode> events,

            @Description("What to ask for next as after") String nextAfter,

            @Description("Whether the run is over and this page holds its last event")
            boolean ended) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(Route.get("/v2/runs/{run_id}/events", EventsInput.class)
                .tag("V2 Runs")
                .summary("The events of a run, from any event on: followed to the end as a stream, or a page as JSON")
                .scope("runs:read")
                .answers(200, EventPage.class)
                .answers(204, Void.class)
                .streams()
                .fails(404, "Run {run_id} not found")
                .fails(410, gone("{run_id}"))
                .handle(this::events));
    }

    private static String gone(String id) {
        return "The events of run " + id + " are no longer kept; its result is at GET /v2/runs/" + id;
    }

    private Answer events(Call<EventsInput> call) throws InterruptedException {
        EventsInput input = call.input();
        EventId after = after(input);
        RunListStore.Row run = runs.get(input.runId(), call.caller().reach());
        Map<String, String> headers = Map.of("X-Run-Id", run.id().toString());
        EventLogStore.Progress progress =
                engine.logs().progress(run.id()).orElseThrow(() -> RunQueries.notFound(input.runId()));
        if (engine.logs().dropped(progress)) {
            throw new HttpException(410, gone(run.id().toString()), headers);
        }
        if (!engine.logs().knows(run.id(), progress, after)) {
            throw malformed(input);
        }
        EventFormat.Writer wire = formats.get(run.identity().kind()).writer(run.identity());
        if (wantsJson(input.accept())) {
            return new Answer.Json(200, page(run, after, input.limit(), wire), headers);
        }
        if (progress.status().ended() && nothingFollows(run, after)) {
            // Tells browsers not to connect again (WHATWG HTML, section 9.2.3).
            return new Answer.Empty(204, headers);
        }
        return Answer.events(sink -> streamer.stream(engine.events(run.id(), after), wire, sink), headers);
    }

    private static EventId after(EventsInput input) {
        String text = isGiven(input.lastEventId()) ? input.lastEventId().strip() : input.after();
        return isGiven(text) ? EventId.parse(text).orElseThrow(() -> malformed(input)) : EventId.START;
    }

    private static boolean isGiven(String text) {
        return text != null && !text.isBlank();
    }

    private static HttpException malformed(EventsInput input) {
        boolean header = isGiven(input.lastEventId());
        return HttpException.invalidValue(
                header ? List.of("header", "last-event-id") : List.of("query", "after"),
                "not the id of an event of this run",
                header ? input.lastEventId() : input.after());
    }

    private static boolean wantsJson(String accept) {
        String types = accept == null ? "" : accept.toLowerCase(Locale.ROOT);
        return types.contains("application/json") && !types.contains("text/event-stream");
    }

    private boolean nothingFollows(RunListStore.Row run, EventId after) throws InterruptedException {
        try (RunEvents events = engine.events(run.id(), after)) {
            return events.next(Duration.ZERO).events().isEmpty() && events.ended();
        }
    }

    private EventPage page(RunListStore.Row run, EventId after, int limit, EventFormat.Writer wire)
            throws InterruptedException {
        List<JsonNode> page = new ArrayList<>();
        EventId last = after;
        RunEvent lastEvent = null;
        boolean ended;
        try (RunEvents events = engine.events(run.id(), after)) {
            RunEvents.Batch batch = events.next(Duration.ZERO);
            while (!batch.events().isEmpty() && page.size() < limit) {
                RunEvents.Batch taken = batch.first(limit - page.size());
                for (int i = 0; i < taken.events().size(); i++) {
                    last = taken.id(i);
                    lastEvent = taken.events().get(i);
                    page.add(object(wire, lastEvent, last));
                }
                batch = page.size() < limit ? events.next(Duration.ZERO) : batch;
            }
            ended = lastEvent == null ? events.ended() && run.status().ended() : lastEvent.terminal();
        }
        return new EventPage(run.id().toString(), page, last.toString(), ended);
    }

    private static ObjectNode object(EventFormat.Writer wire, RunEvent event, EventId id) {
        ObjectNode object = (ObjectNode) Json.read(new String(wire.data(event), StandardCharsets.UTF_8));
        return object.put("id", id.toString());
    }
}
