package dev.agentsgateway.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;

/**
 * Tells clients that speak neither HTTP/1.1 nor HTTP/2 what is wrong; Helidon by itself just closes once more than one
 * protocol is possible.
 */
final class UnknownProtocol implements ServerConnectionSelector {
    private static final String HTTP_1_1 = " HTTP/1.1\r";
    private static final String HTTP_2 = "PRI * HTTP/2.0\r";
    private static final String HTTP_1_0 = " HTTP/1.0\r";

    @Override
    public int bytesToIdentifyConnection() {
        return 0;
    }

    @Override
    public Support supports(BufferData data) {
        int end = data.indexOf((byte) '\n');
        if (end < 0) {
            return Support.UNKNOWN;
        }
        String line = data.readString(end);
        return line.endsWith(HTTP_1_1) || line.equals(HTTP_2) ? Support.UNSUPPORTED : Support.SUPPORTED;
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return Set.of();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        return new Refusal(context);
    }

    private record Refusal(ConnectionContext context) implements ServerConnection {
        @Override
        public void handle(Limit limit) {
            byte[] answer =
                    isOld() ? EarlyErrors.raw(505, "HTTP Version Not Supported") : EarlyErrors.raw(400, "Bad Request");
            context.dataWriter().writeNow(BufferData.create(answer));
        }

        private boolean isOld() {
            String received =
                    context.dataReader().readAsciiString(context.dataReader().available());
            return (received.lines().findFirst().orElse("") + "\r").endsWith(HTTP_1_0);
        }

        @Override
        public Duration idleTime() {
            return Duration.ZERO;
        }

        @Override
        public void close(boolean interrupt) {
            // the watchdog closes whoever does not read the answer
        }
    }
}
