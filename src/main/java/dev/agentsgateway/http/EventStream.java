package dev.agentsgateway.http;

import java.io.IOException;
import java.io.OutputStream;

/** Sends each batch of frames as one chunk, at once; the head goes out with the first. For one thread. */
final class EventStream implements EventSink {
    private final Exchange exchange;
    private final Watchdog.Watch watch;
    private OutputStream out;

    EventStream(Exchange exchange, Watchdog.Watch watch) {
        this.exchange = exchange;
        this.watch = watch;
    }

    boolean isBegun() {
        return out != null;
    }

    @Override
    public void send(byte[] frames) {
        watch.arm(Watchdog.Phase.WRITE);
        try {
            if (out == null) {
                out = exchange.beginEvents();
            }
            for (int at = 0; at < frames.length; at += Exchange.SLICE) {
                if (at > 0) {
                    watch.arm(Watchdog.Phase.WRITE);
                }
                out.write(frames, at, Math.min(Exchange.SLICE, frames.length - at));
            }
            out.flush();
        } catch (IOException | RuntimeException e) {
            throw new ClientGoneException(e);
        }
        if (!watch.disarm()) {
            throw new ClientGoneException(null);
        }
    }

    void end() {
        watch.arm(Watchdog.Phase.WRITE);
        try {
            if (out == null) {
                out = exchange.beginEvents();
            }
            out.close();
        } catch (IOException | RuntimeException e) {
            throw new ClientGoneException(e);
        }
    }
}
