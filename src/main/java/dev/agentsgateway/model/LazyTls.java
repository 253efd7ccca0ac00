package dev.agentsgateway.model;

import java.io.IOException;
import java.net.Socket;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.protocol.HttpContext;

/**
 * The JVM's own TLS for a client, made for the first connection that wants it: reading the trusted certificates takes
 * 200 ms, which a start need not wait for. Thread-safe.
 */
public final class LazyTls implements TlsSocketStrategy {
    private TlsSocketStrategy tls;

    @Override
    public SSLSocket upgrade(Socket socket, String target, int port, Object attachment, HttpContext context)
            throws IOException {
        return tls().upgrade(socket, target, port, attachment, context);
    }

    private synchronized TlsSocketStrategy tls() {
        if (tls == null) {
            tls = DefaultClientTlsStrategy.createDefault();
        }
        return tls;
    }
}
