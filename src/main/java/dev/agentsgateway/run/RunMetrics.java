package dev.agentsgateway.run;

import dev.agentsgateway.model.Usage;
import java.util.List;

/**
 * What a run cost.
 *
 * @param timeToFirstToken seconds from the start of the run, null when no token came
 * @param duration         seconds
 * @param models           per model, in the order of first use
 */
public record RunMetrics(Usage usage, Double timeToFirstToken, double duration, List<ModelUsage> models) {
    /**
     * @param model    the id on our wire
     * @param provider the vendor's name in metrics, for example {@code OpenAI Chat}
     */
    public record ModelUsage(String model, String provider, Usage usage) {}
}
