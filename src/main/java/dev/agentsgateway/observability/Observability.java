package dev.agentsgateway.observability;

import dev.agentsgateway.http.RequestObserver;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.util.function.Predicate;

/**
 * Logs, traces and metrics of one process, started together and closed together, last of all.
 *
 * @param requests for the HTTP server
 */
public record Observability(Logging logging, Telemetry telemetry, Metrics metrics, RequestObserver requests)
        implements AutoCloseable {

    /** {@link #start(ObservabilityConfig, Scrubber, Predicate, OutputStream)} with the log on standard output. */
    public static Observability start(ObservabilityConfig config, Scrubber scrubber, Predicate<String> knownModel) {
        return start(config, scrubber, knownModel, new FileOutputStream(FileDescriptor.out));
    }

    /**
     * Installs the log, starts tracing and the metrics.
     *
     * @param scrubber   with the configuration's secrets registered, or to be registered before they can be logged
     * @param knownModel whether a model's id is in the catalogue; see {@link Metrics#Metrics}
     * @param console    where the console's log lines go
     */
    public static Observability start(
            ObservabilityConfig config, Scrubber scrubber, Predicate<String> knownModel, OutputStream console) {
        Logging logging = Logging.install(config, scrubber, console);
        Telemetry telemetry = Telemetry.start(config);
        Metrics metrics = new Metrics(config.service().version(), knownModel);
        logging.dropped().forEach(metrics::droppedLogs);
        metrics.droppedSpans(telemetry::droppedSpans);
        return new Observability(logging, telemetry, metrics, new HttpObserver(telemetry, metrics, config.accessLog()));
    }

    /** Sends out what is pending: spans first, whose exporters may still have something to log. */
    @Override
    public void close() {
        telemetry.close();
        metrics.close();
        logging.close();
    }
}
