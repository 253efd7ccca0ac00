package dev.agentsgateway.http;

import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.InputStream;

/**
 * A body that a handler reads as it comes, under the time limit of bodies, which a client that sends earns anew with every
 * slice. For one thread.
 */
final class RawBody extends InputStream {
    /** What is to come within one body time-out. */
    private static final long SLICE = 256 << 10;

    private final BodyReader reader;
    private final Watchdog.Watch watch;
    private final InputStream in;
    private final int limit;
    private long count;
    private long armed;
    private boolean ended;

    RawBody(BodyReader reader, Watchdog.Watch watch, InputStream in, int limit) {
        this.reader = reader;
        this.watch = watch;
        this.in = in;
        this.limit = limit;
    }

    /** Whether it was read to its end. */
    boolean ended() {
        return ended;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
        if (ended || length == 0) {
            return ended ? -1 : 0;
        }
        if (armed <= count) {
            watch.arm(Watchdog.Phase.BODY);
            armed = count + SLICE;
        }
        int n;
        try {
            n = in.read(buffer, offset, length);
        } catch (IOException | RuntimeException e) {
            throw reader.unreadable(e, limit);
        }
        count += Math.max(n, 0);
        if (n < 0) {
            ended = true;
            if (!watch.disarm()) {
                throw new CloseConnectionException("the body took too long");
            }
        } else if (count > limit) {
            throw reader.tooLarge(limit);
        }
        return n;
    }
}
