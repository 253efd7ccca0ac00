package dev.agentsgateway.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Measures a gateway: starts one with a scripted model behind it, puts the loads of {@code docs/design.md} on it, and
 * reports every figure beside the plain part that it is made of, measured in the same run. Whatever happens, what it
 * started is ended and its data removed. For one run.
 */
public final class Bench implements AutoCloseable {
    private final Options options;
    private final List<Workload> workloads;
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
     * @param only        names of workloads, empty for all but the optional ones
     * @param javaOptions further options for the JVM of the gateway that is started
     * @param manual      where retrieval finds manual pages
     * @param chunks      most chunks that retrieval indexes
     * @param keep        where retrieval leaves its index and uses it again; null for nowhere
     */
    public record Options(
            URI url,
            String key,
            int modelPort,
            boolean quick,
            List<String> only,
            List<String> javaOptions,
            Path manual,
            int chunks,
            Path keep) {}

    /** @param out receives the table and what is being done */
    public Bench(Options options, PrintStream out) {
        this.options = options;
        this.out = out;
        this.workloads = List.of(
                new ChatWorkload(),
                new TtftWorkload(),
                new RelayWorkload(),
                new HistoryWorkload(),
                new StreamsWorkload(),
                new StartWorkload(),
                new FeaturesWorkload(),
                new RetrievalWorkload(
                        new RetrievalWorkload.Options(options.manual(), options.chunks(), options.keep()), out));
    }

    private boolean wanted(Workload workload) {
        return options.only().isEmpty() ? !workload.optional() : options.only().contains(workload.name());
    }

    /**
     * Runs the workloads, prints the table and returns all that was measured.
     *
     * @throws IllegalArgumentException for a workload that does not exist
     */
    public ObjectNode run() throws Exception {
        List<String> names = workloads.stream().map(Workload::name).toList();
        for (String name : options.only()) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException(
                        "there is no workload '" + name + "'; there are " + String.join(", ", names));
            }
        }
        ObjectNode circumstances = circumstances();
        Report report = new Report();
        BenchModel model = opened(new BenchModel(options.modelPort()));
        Target direct = opened(new Target(model.address()));
        String run = "bench-" + Long.toString(System.currentTimeMillis(), 36);
        GatewayUnderTest gateway = null;
        boolean spoilt = false;
        for (Workload workload : workloads) {
            if (!wanted(workload)) {
                continue;
            }
            String heap = workload.heap(options.quick());
            if (workload.needsGateway() && (gateway == null || !gateway.serves(heap) || spoilt)) {
                gateway = gateway(gateway, model, heap);
            }
            out.println("Measuring " + workload.name() + " ...");
            // What the last load left open may be old enough for the server to close it.
            if (gateway != null) {
                gateway.target().close();
            }
            direct.close();
            long errors = report.errors();
            measure(workload, setup(workload.needsGateway() ? gateway : null, direct, model, run, report));
            if (isClosed()) {
                // What fails then says nothing.
                throw new IllegalStateException("the bench was stopped");
            }
            // What failed requests left behind, a full heap for example, would be in the next figures.
            spoilt = report.errors() > errors;
        }
        out.println();
        report.print(out);
        return report.json(circumstances.put("load_average_after", loadAverage()));
    }

    /** @param gateway null when the workload needs none */
    private Setup setup(GatewayUnderTest gateway, Target direct, BenchModel model, String run, Report report) {
        return new Setup(
                gateway == null ? null : gateway.target(),
                direct,
                model,
                gateway == null ? null : gateway.process(),
                gateway == null ? null : gateway.key(),
                run,
                options.quick(),
                report,
                this::opened);
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

    /** One that runs already is the same for all workloads; else a new one takes the last one's place. */
    private GatewayUnderTest gateway(GatewayUnderTest last, BenchModel model, String heap) throws Exception {
        if (options.url() != null) {
            return last != null ? last : opened(GatewayUnderTest.running(options.url(), options.key()));
        }
        if (last != null) {
            last.close();
        }
        out.println("Starting a gateway" + (heap == null ? "" : " with a heap of " + heap) + " ...");
        GatewayUnderTest started = opened(GatewayUnderTest.start(model, heap, options.javaOptions()));
        return started.awaitReady();
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

    private synchronized boolean isClosed() {
        return closed;
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
}
