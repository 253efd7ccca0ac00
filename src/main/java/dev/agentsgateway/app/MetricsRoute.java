package dev.agentsgateway.app;

import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.observability.Metrics;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** {@code /metrics}, in Prometheus' text format. Without authentication, as scrapers expect; it names no users. */
final class MetricsRoute implements Route.Source {
    private final Metrics metrics;

    MetricsRoute(Metrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public List<Route<?>> routes() {
        return List.of(Route.get("/metrics", Route.NoInput.class)
                .tag("Health")
                .summary("Metrics for Prometheus")
                .open()
                .answers(200, String.class)
                .handle(_ -> new Answer.Content(
                        200, Metrics.CONTENT_TYPE, metrics.scrape().getBytes(StandardCharsets.UTF_8), Map.of())));
    }
}
