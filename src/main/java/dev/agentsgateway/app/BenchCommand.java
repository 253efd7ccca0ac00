package dev.agentsgateway.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.bench.Bench;
import dev.agentsgateway.common.Json;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gateway bench}: measures the gateway on this machine. */
@Command(
        name = "bench",
        description = {
            "Measures a gateway that it starts, beside the plain parts.",
            "It runs on a temporary embedded database with a scripted model. Each figure is printed beside its aim and the",
            "plain parts of the same run, and all of it is written as JSON.",
            "docs/performance.md explains the figures."
        },
        mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
    @Option(names = "--quick", description = "About a minute instead of five; less exact.")
    private boolean quick;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "NAME",
            description = "Only these workloads: chat, ttft, relay, history, streams, start, features, retrieval.")
    private List<String> only = List.of();

    @Parameters(
            paramLabel = "NAME",
            arity = "0..*",
            description = "The same as --only. Features and retrieval are measured only when they are named.")
    private List<String> named = List.of();

    @Option(
            names = "--manual",
            paramLabel = "DIRECTORY",
            defaultValue = "/usr/share/man",
            description = "Where retrieval finds manual pages, in man1 to man8 (${DEFAULT-VALUE}).")
    private Path manual;

    @Option(
            names = "--chunks",
            defaultValue = "20000",
            description = "Most chunks that retrieval indexes (${DEFAULT-VALUE}).")
    private int chunks;

    @Option(
            names = "--keep",
            paramLabel = "DIRECTORY",
            description = "Where retrieval leaves its index, and uses it again when it is run once more.")
    private Path keep;

    @Option(
            names = "--json",
            description = "Where the JSON goes (${DEFAULT-VALUE}).",
            defaultValue = "target/bench.json")
    private Path json;

    @Option(
            names = "--url",
            description = {
                "A gateway that runs already, instead of one that is started. It needs OPENAI_API_KEY=bench and",
                "OPENAI_BASE_URL=http://127.0.0.1:PORT/v1 with the port of --model-port."
            })
    private URI url;

    @Option(names = "--key", description = "The API key for --url.")
    private String key;

    @Option(names = "--model-port", description = "Where the scripted model listens (a free port).", defaultValue = "0")
    private int modelPort;

    @Option(
            names = "--java-option",
            paramLabel = "OPTION",
            description = "A further option for the JVM of the gateway that is started.")
    private List<String> javaOptions = List.of();

    @Override
    public Integer call() throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        List<String> workloads = Stream.concat(only.stream(), named.stream()).toList();
        Bench.Options options =
                new Bench.Options(url, key, modelPort, quick, workloads, javaOptions, manual, chunks, keep);
        ObjectNode result;
        try (Bench bench = new Bench(options, out)) {
            Thread cleaning = new Thread(bench::close, "bench-clean-up");
            Runtime.getRuntime().addShutdownHook(cleaning);
            result = bench.run();
            Runtime.getRuntime().removeShutdownHook(cleaning);
        }
        Files.createDirectories(json.toAbsolutePath().getParent());
        Files.writeString(json, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(result) + "\n");
        out.println("All figures: " + json);
        return result.get("errors").asLong() == 0 ? 0 : 1;
    }
}
