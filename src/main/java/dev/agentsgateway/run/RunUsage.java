package dev.agentsgateway.run;

import dev.agentsgateway.model.Usage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Tokens of a run, per model. Thread-safe: tools add what they use. */
final class RunUsage {
    private final Map<String, RunMetrics.ModelUsage> models = new LinkedHashMap<>();
    private final Map<String, RunMetrics.ModelUsage> reasoners = new LinkedHashMap<>();
    private final double before;
    private Double timeToFirstToken;

    RunUsage() {
        before = 0;
    }

    /** Goes on with what earlier drivers of the run used. */
    RunUsage(RunMetrics earlier) {
        earlier.models().forEach(used -> add(used.model(), used.provider(), used.usage()));
        earlier.reasoners().forEach(used -> addReasoning(used.model(), used.provider(), used.usage()));
        timeToFirstToken = earlier.timeToFirstToken();
        before = earlier.duration();
    }

    synchronized void add(String model, String provider, Usage used) {
        add(models, model, provider, used);
    }

    /** What was used to think in steps. */
    synchronized void addReasoning(String model, String provider, Usage used) {
        add(reasoners, model, provider, used);
    }

    private static void add(Map<String, RunMetrics.ModelUsage> to, String model, String provider, Usage used) {
        to.merge(
                model,
                new RunMetrics.ModelUsage(model, provider, used),
                (a, b) -> new RunMetrics.ModelUsage(model, provider, a.usage().plus(b.usage())));
    }

    synchronized void firstToken(double seconds) {
        if (timeToFirstToken == null) {
            timeToFirstToken = seconds;
        }
    }

    synchronized Usage total() {
        return Stream.concat(models.values().stream(), reasoners.values().stream())
                .map(RunMetrics.ModelUsage::usage)
                .reduce(Usage.NONE, Usage::plus);
    }

    synchronized RunMetrics metrics(long startedNanos) {
        return new RunMetrics(
                total(),
                timeToFirstToken,
                before + (System.nanoTime() - startedNanos) / 1e9,
                List.copyOf(models.values()),
                List.copyOf(reasoners.values()));
    }
}
