package dev.agentsgateway.observability;

import com.zaxxer.hikari.metrics.MetricsTrackerFactory;
import com.zaxxer.hikari.metrics.micrometer.MicrometerMetricsTrackerFactory;
import dev.agentsgateway.observability.BoundedMeters.Label;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Everything that the gateway counts, by name, and its text for Prometheus. Where the OpenTelemetry semantic conventions
 * have a metric (HTTP server; GenAI client, agent and tool) its name, buckets and attributes are used, written as the
 * OpenTelemetry "Prometheus and OpenMetrics Compatibility" specification says; our own begin with
 * {@code agentsgateway_}. Durations are in seconds. Every label has a bounded number of values: what exceeds it becomes
 * {@code other}.
 *
 * <p>Thread-safe, and cheap enough for every request and every model call.
 */
public final class Metrics implements AutoCloseable {
    /** The content type of {@link #scrape}. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final double[] HTTP_SECONDS = {
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60
    };
    private static final double[] GEN_AI_SECONDS = {
        0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
    };
    private static final double[] TOKENS = {
        1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864
    };
    private static final double[] COMMIT_SECONDS = {0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.25, 1};
    private static final double[] BATCH_SIZES = {1, 2, 4, 8, 16, 32, 64, 128, 256};

    private record HttpLabels(String method, String route, int status) {}

    private record ModelLabels(String provider, String model, String error) {}

    private record TokenLabels(String provider, String model, String type) {}

    private record ToolLabels(String tool, String outcome) {}

    private record RunLabels(String kind, String status) {}

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    /** Micrometer itself refers to a counter's source only weakly. */
    private final List<LongSupplier> sources = new CopyOnWriteArrayList<>();

    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final Predicate<String> knownModel;
    private final Label providers = new Label(32);
    private final Label errors = new Label(64);
    private final Label tools = new Label(200);
    private final Label words = new Label(32);

    private final AtomicLong activeRequests = new AtomicLong();
    private final AtomicLong openStreams = new AtomicLong();
    private final BoundedMeters<String, AtomicLong> activeRuns = new BoundedMeters<>(32, k -> Label.OTHER, this::runs);
    private final BoundedMeters<HttpLabels, Timer> requests =
            new BoundedMeters<>(2_000, k -> new HttpLabels("_OTHER", Label.OTHER, k.status()), this::http);
    private final BoundedMeters<String, Counter> runsStarted = new BoundedMeters<>(32, k -> Label.OTHER, this::started);
    private final BoundedMeters<RunLabels, Timer> runsFinished =
            new BoundedMeters<>(200, k -> new RunLabels(Label.OTHER, Label.OTHER), this::finished);
    private final BoundedMeters<ModelLabels, Timer> modelCalls = new BoundedMeters<>(
            2_000, k -> new ModelLabels(k.provider(), Label.OTHER, k.error()), k -> model("operation.duration", k));
    private final BoundedMeters<ModelLabels, Timer> firstChunks = new BoundedMeters<>(
            500, k -> new ModelLabels(k.provider(), Label.OTHER, ""), k -> model("operation.time_to_first_chunk", k));
    private final BoundedMeters<TokenLabels, DistributionSummary> tokens =
            new BoundedMeters<>(1_000, k -> new TokenLabels(k.provider(), Label.OTHER, k.type()), this::tokens);
    private final BoundedMeters<ToolLabels, Timer> toolCalls =
            new BoundedMeters<>(1_000, k -> new ToolLabels(Label.OTHER, k.outcome()), this::tool);
    private final Timer commits;
    private final DistributionSummary commitSizes;

    /**
     * @param version    of the gateway, shown in {@code agentsgateway_build_info}
     * @param knownModel whether a model's id is in the catalogue; any other is labelled {@code other}, because users
     *     may name any
     */
    public Metrics(String version, Predicate<String> knownModel) {
        this.knownModel = knownModel;
        new ClassLoaderMetrics().bindTo(registry);
        new JvmInfoMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        gc.bindTo(registry);
        Gauge.builder("agentsgateway.build.info", () -> 1)
                .tag("version", version)
                .register(registry);
        gauge("http.server.active_requests", "Requests that are being handled", activeRequests::get);
        gauge("agentsgateway.sse.streams.open", "Streams of server-sent events that are open", openStreams::get);
        commits = Timer.builder("agentsgateway.group_commit.duration")
                .description("How long one commit that several runs share takes")
                .serviceLevelObjectives(seconds(COMMIT_SECONDS))
                .register(registry);
        commitSizes = DistributionSummary.builder("agentsgateway.group_commit.batch.size")
                .description("Writes that share one commit")
                .serviceLevelObjectives(BATCH_SIZES)
                .register(registry);
    }

    /** Everything so far, in Prometheus' text format 0.0.4. */
    public String scrape() {
        return registry.scrape();
    }

    /** For the database pool's configuration: publishes {@code hikaricp_*}. */
    public MetricsTrackerFactory pool() {
        return new MicrometerMetricsTrackerFactory(registry);
    }

    /** A gauge that is read at every scrape; the name with dots, without a prefix. */
    public void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    /** Publishes {@code agentsgateway_log_events_dropped_total{backend}}. */
    public void droppedLogs(String backend, LongSupplier count) {
        sources.add(count);
        FunctionCounter.builder("agentsgateway.log.events.dropped", count, LongSupplier::getAsLong)
                .description("Log events that did not fit into a queue or could not be sent")
                .tag("backend", backend)
                .register(registry);
    }

    /** Publishes {@code agentsgateway_spans_dropped_total}. */
    public void droppedSpans(LongSupplier count) {
        sources.add(count);
        FunctionCounter.builder("agentsgateway.spans.dropped", count, LongSupplier::getAsLong)
                .description("Spans that did not fit into the queue or could not be sent")
                .register(registry);
    }

    void requestStarted() {
        activeRequests.incrementAndGet();
    }

    /** @param route null when none matched */
    void requestFinished(String method, String route, int status, long nanos) {
        activeRequests.decrementAndGet();
        HttpLabels labels =
                new HttpLabels(SemanticConventions.method(method), route == null ? "unmatched" : route, status);
        requests.get(labels).record(nanos, TimeUnit.NANOSECONDS);
    }

    /** A stream of server-sent events was opened; {@link #streamClosed} must follow. */
    public void streamOpened() {
        openStreams.incrementAndGet();
    }

    public void streamClosed() {
        openStreams.decrementAndGet();
    }

    /**
     * A new run has begun to execute; {@link #runFinished} or {@link #runSuspended} must follow.
     *
     * @param kind {@code agent} or {@code team}
     */
    public void runStarted(String kind) {
        String known = words.of(kind);
        runsStarted.get(known).increment();
        activeRuns.get(known).incrementAndGet();
    }

    /** A paused run, or one of another replica, goes on here. */
    public void runResumed(String kind) {
        activeRuns.get(words.of(kind)).incrementAndGet();
    }

    /** The run no longer executes here, though it has not ended: it is paused or was lost to another replica. */
    public void runSuspended(String kind) {
        activeRuns.get(words.of(kind)).decrementAndGet();
    }

    /**
     * A run that was executing here has ended.
     *
     * @param status   {@code completed}, {@code failed} or {@code cancelled}
     * @param duration since it was accepted, pauses included
     */
    public void runFinished(String kind, String status, Duration duration) {
        String known = words.of(kind);
        activeRuns.get(known).decrementAndGet();
        runsFinished.get(new RunLabels(known, words.of(status))).record(duration);
    }

    /**
     * One call of a model has ended.
     *
     * @param error      the error's code, null for success
     * @param firstChunk how long the first piece of answer took; null when none came
     * @param input      prompt tokens; with {@code output}, zero when the vendor reported nothing
     */
    public void modelCall(
            String provider,
            String model,
            String error,
            Duration duration,
            Duration firstChunk,
            long input,
            long output) {
        String vendor = SemanticConventions.provider(providers.of(provider));
        String id = knownModel.test(model) ? model : Label.OTHER;
        String type = error == null ? "" : errors.of(error);
        modelCalls.get(new ModelLabels(vendor, id, type)).record(duration);
        if (firstChunk != null) {
            firstChunks.get(new ModelLabels(vendor, id, "")).record(firstChunk);
        }
        if (input > 0) {
            tokens.get(new TokenLabels(vendor, id, "input")).record((double) input);
        }
        if (output > 0) {
            tokens.get(new TokenLabels(vendor, id, "output")).record((double) output);
        }
    }

    /**
     * One call of a tool has ended.
     *
     * @param tool    the first 200 names are told apart
     * @param outcome a fixed word, for example {@code success}, {@code error}, {@code timeout}, {@code unknown}
     */
    public void toolCall(String tool, String outcome, Duration duration) {
        toolCalls.get(new ToolLabels(tools.of(tool), words.of(outcome))).record(duration);
    }

    /** One transaction that several writes shared has been committed. */
    public void groupCommit(int writes, Duration duration) {
        commitSizes.record(writes);
        commits.record(duration);
    }

    @Override
    public void close() {
        gc.close();
        registry.close();
    }

    private AtomicLong runs(String kind) {
        AtomicLong active = new AtomicLong();
        Gauge.builder("agentsgateway.runs.active", active, AtomicLong::get)
                .description("Runs that execute on this replica")
                .tag("kind", kind)
                .register(registry);
        return active;
    }

    private Counter started(String kind) {
        return Counter.builder("agentsgateway.runs.started")
                .description("Runs that began to execute")
                .tag("kind", kind)
                .register(registry);
    }

    private Timer finished(RunLabels labels) {
        return Timer.builder("agentsgateway.run.duration")
                .description("Runs that ended, from their acceptance on")
                .tag("kind", labels.kind())
                .tag("status", labels.status())
                .serviceLevelObjectives(seconds(GEN_AI_SECONDS))
                .register(registry);
    }

    private Timer http(HttpLabels labels) {
        return Timer.builder("http.server.request.duration")
                .description("Requests, a stream's last byte included")
                .tags(Tags.of(
                        Tag.of("http.request.method", labels.method()),
                        Tag.of("http.route", labels.route()),
                        Tag.of("http.response.status_code", Integer.toString(labels.status()))))
                .serviceLevelObjectives(seconds(HTTP_SECONDS))
                .register(registry);
    }

    private Timer model(String name, ModelLabels labels) {
        Tags tags =
                genAi("chat").and("gen_ai.provider.name", labels.provider(), "gen_ai.request.model", labels.model());
        return Timer.builder("gen_ai.client." + name)
                .tags(name.equals("operation.duration") ? tags.and("error.type", labels.error()) : tags)
                .serviceLevelObjectives(seconds(GEN_AI_SECONDS))
                .register(registry);
    }

    private DistributionSummary tokens(TokenLabels labels) {
        return DistributionSummary.builder("gen_ai.client.token.usage")
                .description("Tokens of one model call")
                .tags(genAi("chat")
                        .and("gen_ai.provider.name", labels.provider(), "gen_ai.request.model", labels.model())
                        .and("gen_ai.token.type", labels.type()))
                .serviceLevelObjectives(TOKENS)
                .register(registry);
    }

    private Timer tool(ToolLabels labels) {
        return Timer.builder("gen_ai.execute_tool.duration")
                .description("Calls of tools")
                .tags(genAi("execute_tool").and("gen_ai.tool.name", labels.tool(), "outcome", labels.outcome()))
                .serviceLevelObjectives(seconds(GEN_AI_SECONDS))
                .register(registry);
    }

    private static Tags genAi(String operation) {
        return Tags.of("gen_ai.operation.name", operation);
    }

    private static Duration[] seconds(double... values) {
        Duration[] durations = new Duration[values.length];
        for (int i = 0; i < values.length; i++) {
            durations[i] = Duration.ofNanos(Math.round(values[i] * 1e9));
        }
        return durations;
    }
}
