package dev.agentsgateway.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentLinkedDeque;

/** A server under load, with its idle connections. Thread-safe. */
final class Target implements AutoCloseable {
    private final InetSocketAddress address;
    private final ConcurrentLinkedDeque<LoadConnection> idle = new ConcurrentLinkedDeque<>();

    Target(InetSocketAddress address) {
        this.address = address;
    }

    /** Sends over an idle connection, else a new one. */
    int send(byte[] request, LoadConnection.Sink sink) throws IOException {
        LoadConnection connection = idle.pollFirst();
        if (connection == null) {
            connection = new LoadConnection(address);
        }
        boolean whole = false;
        try {
            int status = connection.send(request, sink);
            whole = connection.isReusable();
            return status;
        } finally {
            if (whole) {
                idle.addFirst(connection);
            } else {
                connection.close();
            }
        }
    }

    /** Closes the idle connections; may be used again. */
    @Override
    public void close() {
        for (LoadConnection connection = idle.poll(); connection != null; connection = idle.poll()) {
            connection.close();
        }
    }
}
