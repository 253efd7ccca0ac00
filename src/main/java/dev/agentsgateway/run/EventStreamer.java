package dev.agentsgateway.run;

import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.EventSink;
import dev.agentsgateway.http.Sse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the events of a run as server-sent events until the last one, with comments while nothing happens. A stream that
 * ends earlier ends with a frame named {@code error} wherever the connection still takes one; its {@code code} says why,
 * {@code resumable} that the run goes on, and {@code last_event_id} from where. A client that takes nothing at all is
 * disconnected by the server's write time-out instead. Thread-safe.
 */
public final class EventStreamer {
    private static final Logger LOG = LoggerFactory.getLogger(EventStreamer.class);
    private static final byte[] ALIVE = Sse.comment("alive");

    /** Who asks for a run that is silent learns soon that there is one. */
    private static final Duration FIRST_SIGN = Duration.ofMillis(500);

    private final Duration heartbeat;
    private final Duration patience;

    /** Why a stream ends before its run. */
    private enum Cut {
        CLIENT_TOO_SLOW("The client takes its events too slowly."),
        SERVER_STOPPING("This server is about to stop."),
        INTERNAL_ERROR("The stream failed because of an internal error.");

        private final String words;

        Cut(String words) {
            this.words = words;
        }
    }

    /**
     * @param heartbeat after this much silence a stream says that it is alive, so that proxies keep it
     * @param patience  how long a client may take for the events that are sent at once, some 64 KiB
     */
    public EventStreamer(Duration heartbeat, Duration patience) {
        this.heartbeat = heartbeat;
        this.patience = patience;
    }

    /** Closes {@code events}. */
    public void stream(RunEvents events, EventFormat.Writer wire, EventSink sink) {
        EventId last = null;
        boolean begun = false;
        try (events) {
            while (!events.ended()) {
                Duration wait = begun || heartbeat.compareTo(FIRST_SIGN) < 0 ? heartbeat : FIRST_SIGN;
                RunEvents.Batch batch = events.next(wait);
                boolean silent = batch.events().isEmpty();
                if (silent && events.ended()) {
                    return;
                }
                if (silent && events.stopped()) {
                    sink.send(cut(Cut.SERVER_STOPPING, last));
                    return;
                }
                long from = System.nanoTime();
                sink.send(silent ? ALIVE : wire.frames(batch));
                begun = true;
                last = silent ? last : batch.lastId();
                if (System.nanoTime() - from > patience.toNanos() && !events.ended()) {
                    sink.send(cut(Cut.CLIENT_TOO_SLOW, last));
                    return;
                }
            }
        } catch (InterruptedException e) {
            sink.send(cut(Cut.SERVER_STOPPING, last));
        } catch (EventSink.ClientGoneException e) {
            throw e;
        } catch (RuntimeException e) {
            if (!begun) {
                throw e;
            }
            LOG.error("a stream of events failed", e);
            sink.send(cut(Cut.INTERNAL_ERROR, last));
        }
    }

    private static byte[] cut(Cut why, EventId last) {
        String data = Json.object()
                .put("status", "error")
                .put("error", "Streaming error: " + why.words)
                .putNull("content")
                .put("code", why.name().toLowerCase(Locale.ROOT))
                .put("resumable", true)
                .put("last_event_id", last == null ? null : last.toString())
                .toString();
        return Sse.frame("error", null, data.getBytes(StandardCharsets.UTF_8));
    }
}
