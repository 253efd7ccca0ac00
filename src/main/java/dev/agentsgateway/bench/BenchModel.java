package dev.agentsgateway.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The model that everything is measured against: answers at fixed times, which a workload sets before it begins. Lives in
 * the bench's own process, so that both ends of a stream read the same clock. Thread-safe.
 */
final class BenchModel implements AutoCloseable {
    private final LoopbackHttp http;
    private volatile LoopbackHttp.Handler answers = (_, _) -> {
        throw new IOException("no workload has begun");
    };

    BenchModel(int port) {
        http = new LoopbackHttp(port, (connection, request) -> answers.handle(connection, request));
    }

    /** Requests that come from now on are answered like this. */
    void timing(BenchTiming timing) {
        answers = new BenchReplies(timing)::handle;
    }

    /** Requests that come from now on are answered like this; each token says when it was sent. */
    void stamped(BenchTiming timing) {
        answers = new StampedReplies(timing)::handle;
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), http.port());
    }

    String openAiBaseUrl() {
        return "http://127.0.0.1:" + http.port() + "/v1";
    }

    @Override
    public void close() {
        http.close();
    }
}
