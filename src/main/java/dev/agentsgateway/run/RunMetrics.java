package dev.agentsgateway.run;

import dev.agentsgateway.model.Usage;
import java.util.List;

/**
 * What a run cost.
 *
 * @param timeToFirstToken seconds from the start of the run, null when no token came
 * @param duration         seconds
 * @param models           per model, in the order of first use
 * @param reasoners        the same for what models thought in steps before they answered
 */
public record RunMetrics(
        Usage usage, Double timeToFirstToken, double duration, List<ModelUsage> models, List<ModelUsage> reasoners) {
    public RunMetrics {
        // Metrics that were stored before there was reasoning have none.
        reasoners = reasoners == null ? List.of() : reasoners;
    }

    RunMetrics(Usage usage, Double timeToFirstToken, double duration, List<ModelUsage> models) {
        this(usage, timeToFirstToken, duration, models, List.of());
    }

    /**
     * @param model    the id on our wire
     * @param provider the vendor's name in metrics, for example {@code OpenAI Chat}
     */
    public record ModelUsage(String model, String provider, Usage usage) {}
}
