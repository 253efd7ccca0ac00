package dev.agentsgateway.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/**
 * Measures a gateway: starts one with a scripted model behind it, puts the loads of {@code docs/design.md} on it, and
 * reports every figure beside the plain part that it is made of, measured in the same run. Whatever happens, what it
 * started is ended and its data removed. For one run.
 */
public final class Bench implements AutoCloseable {
    private static final List<Workload> WORKLOADS = List.of(
            new ChatWorkload(),
            new TtftWorkload(),
            new RelayWorkload(),
            new StreamsWorkload(),
            new HistoryWorkload(),
            new StartWorkload());

    private final Options options;
    private final PrintStream out;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private boolean closed;

    /**
     * What to measure.
     *
     * @param url         of a gateway that runs already, with {@code OPENAI_BASE_URL} at {@code modelPort} and an
     *                    {@code OPENAI_API_KEY}; null starts one
     * @param key         its API key, null for none
     * @param modelPort   where the scripted model listens, 0 for a free port
     * @param quick       a minute in all, less exact
     * @param only        names of workloads, empty for all
     * @param javaOptions further options for the JVM of the gateway that is started
     */
    public record Options(
            URI url, String key, int modelPort, boolean quick, List<String> only, List<String> javaOptions) {}

    /** @param out receives the table and what is being done */
    public Bench(Options options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    /** Names for {@link Options#only}, in the order in which they run. */
    public static List<String> workloads() {
        return WORKLOADS.stream().map(Workload::name).toList();
    }

    /**
     * Runs the workloads, prints the table and returns all that was measured.
     *
     * @throws IllegalArgumentException for a workload that does not exist
     */
    public ObjectNode run() throws Exception {
        for (String name : options.only()) {
            if (!workloads().contains(name)) {
                throw new IllegalArgumentException(
                        "there is no workload '" + name + "'; there are " + String.join(", ", workloads()));
            }
        }
        ObjectNode circumstances = circumstances();
        Report report = new Report();
        Setup setup = prepare(report);
        for (Workload workload : WORKLOADS) {
            if (options.only().isEmpty() || options.only().contains(workload.name())) {
                out.println("Measuring " + workload.name() + " ...");
                // What the last load left open may be old enough for the server to close it.
                setup.gateway().close();
                setup.direct().close();
                measure(workload, setup);
            }
        }
        out.println();
        report.print(out);
        return report.json(circumstances.put("load_average_after", loadAverage()));
    }

    private static void measure(Workload workload, Setup setup) throws InterruptedException {
        try {
            workload.run(setup);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            // The others are still worth measuring.
            setup.report().failed(workload.name(), e);
        }
    }

    private Setup prepare(Report report) throws Exception {
        BenchModel model = opened(new BenchModel(options.modelPort()));
        String run = "bench-" + Long.toString(System.currentTimeMillis(), 36);
        GatewayProcess process = null;
        InetSocketAddress address;
        String key = options.key();
        if (options.url() == null) {
            Path dataDir = Files.createTempDirectory("agents-gateway-bench-");
            opened(() -> deleteTree(dataDir));
            out.println("Starting a gateway in " + dataDir + " ...");
            process = opened(GatewayProcess.start(dataDir, model, options.javaOptions()));
            process.awaitReady();
            address = process.address();
            key = process.key();
        } else {
            int port = options.url().getPort() < 0 ? 80 : options.url().getPort();
            address = new InetSocketAddress(options.url().getHost(), port);
        }
        Target gateway = opened(new Target(address));
        Target direct = opened(new Target(model.address()));
        return new Setup(gateway, direct, model, process, key, run, options.quick(), report, this::opened);
    }

    /** Keeps a part for {@link #close}; after that it is closed at once. */
    private synchronized <T extends AutoCloseable> T opened(T part) {
        parts.push(part);
        if (closed) {
            close();
            throw new IllegalStateException("the bench was stopped");
        }
        return part;
    }

    /** Ends everything that was started. Idempotent; may be called while {@link #run} is at work, which then fails. */
    @Override
    public synchronized void close() {
        closed = true;
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                out.println("Not cleaned up: " + e);
            }
        }
    }

    private ObjectNode circumstances() {
        ObjectNode json = Json.object()
                .put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
                .put("revision", revision())
                .put("quick", options.quick());
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        json.putObject("machine")
                .put("processors", Runtime.getRuntime().availableProcessors())
                .put("memory_mib", system.getTotalMemorySize() >> 20)
                .put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"))
                .put("jvm", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        var arguments = json.putArray("jvm_arguments");
        List<String> given =
                new ArrayList<>(ManagementFactory.getRuntimeMXBean().getInputArguments());
        given.addAll(options.javaOptions());
        given.stream().filter(argument -> argument.startsWith("-X")).forEach(arguments::add);
        return json.put("load_average_before", loadAverage());
    }

    private static double loadAverage() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    /** The commit that is being measured, with a plus sign when files differ from it; "unknown" outside a repository. */
    private static String revision() {
        String commit = git("rev-parse", "--short=12", "HEAD");
        return commit.isEmpty()
                ? "unknown"
                : commit + (git("status", "--porcelain", "--", "src", "pom.xml").isEmpty() ? "" : "+");
    }

    private static String git(String... arguments) {
        try {
            List<String> command = new ArrayList<>(List.of("git"));
            command.addAll(List.of(arguments));
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String said = new String(process.getInputStream().readAllBytes()).strip();
            return process.waitFor() == 0 ? said : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
