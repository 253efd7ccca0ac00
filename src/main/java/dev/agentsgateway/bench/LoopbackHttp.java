package dev.agentsgateway.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A small HTTP/1.1 server on loopback: one virtual thread per connection, keep-alive, no TLS. It is our own because a
 * fake model must do on purpose what a good server never does (break off in the middle of a chunk, fall silent) and
 * must notice at once, while it is silent, that its client has gone. Not for anything but loopback.
 */
final class LoopbackHttp implements AutoCloseable {
    /** Answers one request; an {@link IOException} closes the connection. */
    interface Handler {
        void handle(LoopbackConnection connection, LoopbackConnection.Request request) throws IOException;
    }

    private static final int BACKLOG = 4096;

    private final ServerSocket socket;
    private final Handler handler;
    private final Set<LoopbackConnection> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final Thread acceptor;

    LoopbackHttp(int port, Handler handler) {
        this.handler = handler;
        try {
            this.socket = new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        acceptor = Thread.ofVirtual().name("scripted-model-accept").start(this::accept);
    }

    int port() {
        return socket.getLocalPort();
    }

    /** Connections accepted so far. */
    int accepted() {
        return accepted.get();
    }

    @Override
    public void close() {
        try {
            socket.close();
            // Until it has noticed, the port still takes connections.
            acceptor.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        open.forEach(LoopbackConnection::cut);
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                client.setTcpNoDelay(true);
                accepted.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket client) {
        try (var connection = new LoopbackConnection(client)) {
            open.add(connection);
            if (socket.isClosed()) {
                return;
            }
            try {
                for (var request = connection.read(); request != null; request = connection.read()) {
                    handler.handle(connection, request);
                }
            } finally {
                open.remove(connection);
            }
        } catch (IOException e) {
            // The client has gone, or a script wants the connection to end here.
        }
    }
}
