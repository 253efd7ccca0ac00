package dev.agentsgateway.http;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what takes a client too long. A blocking read or write of a virtual thread has no time-out of its own, so each
 * connection carries one deadline, and a single thread looks at all of them a few times a second. Thread-safe.
 */
final class Watchdog implements AutoCloseable {
    /** What a connection is being waited for. */
    enum Phase {
        HEADERS,
        BODY,
        WRITE,
        IDLE,
        LINGER
    }

    private record Peers(SocketAddress remote, SocketAddress local) {}

    private static final Logger log = LoggerFactory.getLogger(Watchdog.class);
    private static final Duration LINGER = Duration.ofSeconds(2);
    private static final long NONE = Long.MAX_VALUE;
    private static final long EXPIRED = Long.MIN_VALUE;

    private final Map<Peers, Connection> connections = new ConcurrentHashMap<>();
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final HttpConfig.Limits limits;
    private final long start = System.nanoTime();
    private final Thread ticker;

    Watchdog(HttpConfig.Limits limits) {
        this.limits = limits;
        this.ticker = Thread.ofPlatform().daemon().name("http-watchdog").unstarted(this::run);
    }

    void start() {
        ticker.start();
    }

    @Override
    public void close() {
        ticker.interrupt();
    }

    /** A connection has been accepted. */
    void accepted(SocketChannel channel) throws IOException {
        Connection connection = new Connection(channel);
        connection.arm(Phase.HEADERS);
        connections.put(new Peers(channel.getRemoteAddress(), channel.getLocalAddress()), connection);
        watches.add(connection);
    }

    /** The connection between these addresses; null when it has been closed meanwhile. */
    Watch connection(SocketAddress remote, SocketAddress local) {
        return connections.get(new Peers(remote, local));
    }

    /** Watches a request that shares its connection with others (HTTP/2): expiry interrupts its thread. */
    Watch request(Thread thread) {
        Watch watch = new Request(thread);
        watches.add(watch);
        return watch;
    }

    int connections() {
        return connections.size();
    }

    void closeAll() {
        connections.values().forEach(connection -> close(connection.channel));
    }

    private void run() {
        long pause = Math.clamp(limits.writeTimeout().toMillis() / 8, 10, 250);
        while (!Thread.currentThread().isInterrupted()) {
            long now = System.nanoTime() - start;
            connections.values().removeIf(connection -> connection.gone());
            watches.removeIf(watch -> watch.gone());
            for (Watch watch : watches) {
                watch.check(now);
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** One deadline at a time; once it has passed, it stays so. */
    abstract class Watch {
        private final AtomicLong deadline = new AtomicLong(NONE);
        private volatile Phase phase = Phase.HEADERS;

        final void arm(Phase next) {
            Duration time = switch (next) {
                case HEADERS -> limits.headerTimeout();
                case BODY -> limits.bodyTimeout();
                case WRITE -> limits.writeTimeout();
                case IDLE -> limits.idleTimeout();
                case LINGER -> LINGER;
            };
            // first without a deadline, so that an old deadline never meets the new phase
            if (set(NONE)) {
                phase = next;
                set(System.nanoTime() - start + time.toNanos());
            }
        }

        /** @return false when the deadline has passed and the other side must be taken as gone */
        final boolean disarm() {
            return set(NONE);
        }

        private boolean set(long value) {
            return deadline.getAndUpdate(old -> old == EXPIRED ? old : value) != EXPIRED;
        }

        final void check(long now) {
            long at = deadline.get();
            if (at != EXPIRED && at <= now && deadline.compareAndSet(at, EXPIRED)) {
                log.debug("a client took too long: {}", phase);
                expire(phase);
            }
        }

        /**
         * Ends the answers of a connection, then throws away what still comes, for 2 s at most: a close with unread
         * input resets the connection and may destroy the answer on its way.
         */
        void linger() {}

        /** Forgets the watch. */
        void end() {}

        abstract boolean gone();

        abstract void expire(Phase phase);
    }

    private final class Connection extends Watch {
        private final SocketChannel channel;

        private Connection(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        void linger() {
            arm(Phase.LINGER);
            ByteBuffer buffer = ByteBuffer.allocate(8192);
            try {
                channel.shutdownOutput();
                while (channel.read(buffer.clear()) > 0) {
                    // thrown away
                }
            } catch (IOException e) {
                log.debug("the client went away", e);
            }
        }

        @Override
        boolean gone() {
            return !channel.isOpen();
        }

        @Override
        void expire(Phase phase) {
            if (phase == Phase.BODY) {
                // nothing of an answer has been written yet, and the handler's thread is blocked reading
                Thread.startVirtualThread(() -> refuse(channel));
            } else {
                close(channel);
            }
        }
    }

    private final class Request extends Watch {
        private final Thread thread;

        private Request(Thread thread) {
            this.thread = thread;
        }

        @Override
        void end() {
            watches.remove(this);
        }

        @Override
        boolean gone() {
            return !thread.isAlive();
        }

        @Override
        void expire(Phase phase) {
            thread.interrupt();
        }
    }

    private static void refuse(SocketChannel channel) {
        try {
            channel.write(ByteBuffer.wrap(EarlyErrors.raw(408, "Request Timeout")));
            channel.shutdownOutput();
            // a close with unread input resets the connection and may destroy the answer on its way
            Thread.sleep(500);
        } catch (IOException | InterruptedException e) {
            log.debug("a slow client went away", e);
        } finally {
            close(channel);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("closing a connection failed", e);
        }
    }
}
