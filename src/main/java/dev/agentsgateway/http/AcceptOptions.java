package dev.agentsgateway.http;

import io.helidon.common.socket.SocketOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Socket options that also hand each accepted connection to the watchdog: the only moment at which Helidon shows the
 * channel, and early enough for a client that never sends a byte.
 */
final class AcceptOptions implements SocketOptions {
    // without TCP_NODELAY the first token of every stream waits 40 ms for an acknowledgement
    private final SocketOptions options =
            SocketOptions.builder().tcpNoDelay(true).build();
    private final Watchdog watchdog;
    private final BooleanSupplier draining;

    AcceptOptions(Watchdog watchdog, BooleanSupplier draining) {
        this.watchdog = watchdog;
        this.draining = draining;
    }

    @Override
    public void configureSocket(SocketChannel channel) {
        if (draining.getAsBoolean()) {
            // Helidon closes a channel whose configuration fails
            throw new IllegalStateException("shutting down");
        }
        options.configureSocket(channel);
        try {
            watchdog.accepted(channel);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Map<SocketOption<?>, Object> socketOptions() {
        return options.socketOptions();
    }

    @Override
    public Duration connectTimeout() {
        return options.connectTimeout();
    }

    @Override
    public Duration readTimeout() {
        return options.readTimeout();
    }

    @Override
    public Optional<Integer> socketReceiveBufferSize() {
        return options.socketReceiveBufferSize();
    }

    @Override
    public Optional<Integer> socketSendBufferSize() {
        return options.socketSendBufferSize();
    }

    @Override
    public boolean socketReuseAddress() {
        return options.socketReuseAddress();
    }

    @Override
    public boolean socketKeepAlive() {
        return options.socketKeepAlive();
    }

    @Override
    public boolean tcpNoDelay() {
        return options.tcpNoDelay();
    }
}
