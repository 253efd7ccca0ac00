package dev.agentsgateway.bench;

import dev.agentsgateway.common.FileTree;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The gateway that workloads are put on: one that was started for them, with its data, or one that runs already. */
final class GatewayUnderTest implements AutoCloseable {
    private final GatewayProcess process;
    private final String heap;
    private final Target target;
    private String key;

    private GatewayUnderTest(GatewayProcess process, String heap, Target target, String key) {
        this.process = process;
        this.heap = heap;
        this.target = target;
        this.key = key;
    }

    /** @param key null for none */
    static GatewayUnderTest running(URI url, String key) {
        int port = url.getPort() < 0 ? 80 : url.getPort();
        Target target = new Target(new InetSocketAddress(url.getHost(), port));
        return new GatewayUnderTest(null, null, target, key);
    }

    /**
     * Returns at once; {@link #awaitReady} waits.
     *
     * @param heap as {@code -Xmx} has it, null for the default
     */
    static GatewayUnderTest start(BenchModel model, String heap, List<String> javaOptions) throws IOException {
        List<String> options = new ArrayList<>(javaOptions);
        if (heap != null) {
            options.add("-Xms" + heap);
            options.add("-Xmx" + heap);
        }
        Path dataDir = Files.createTempDirectory("agents-gateway-bench-");
        try {
            GatewayProcess process = GatewayProcess.start(dataDir, model, options);
            return new GatewayUnderTest(process, heap, new Target(process.address()), null);
        } catch (IOException e) {
            FileTree.delete(dataDir);
            throw e;
        }
    }

    GatewayUnderTest awaitReady() throws IOException, InterruptedException {
        process.awaitReady();
        key = process.key();
        return this;
    }

    /** Whether its heap is the one that a workload needs; nobody can say that of a gateway that is not ours. */
    boolean serves(String neededHeap) {
        return process == null || Objects.equals(heap, neededHeap);
    }

    Target target() {
        return target;
    }

    /** Null when it is not ours. */
    GatewayProcess process() {
        return process;
    }

    String key() {
        return key;
    }

    /** Stops it when it is ours, and removes its data. Idempotent. */
    @Override
    public synchronized void close() throws IOException {
        target.close();
        if (process != null) {
            process.close();
            FileTree.delete(process.dataDir());
        }
    }
}
