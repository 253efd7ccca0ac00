package dev.agentsgateway.agent;

import dev.agentsgateway.observability.Metrics;
import dev.agentsgateway.observability.Telemetry;
import dev.agentsgateway.observability.TraceSpan;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolResult;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Executes calls of tools that belong to no run, each with a time-out and in sight of metrics and traces. Thread-safe. */
public final class DirectExecutor {
    private static final Logger LOG = LoggerFactory.getLogger(DirectExecutor.class);

    private final Duration timeout;
    private final Telemetry telemetry;
    private final Metrics metrics;

    public DirectExecutor(Duration timeout, Telemetry telemetry, Metrics metrics) {
        this.timeout = timeout;
        this.telemetry = telemetry;
        this.metrics = metrics;
    }

    /**
     * @return what the tool answered, null for nothing
     * @throws ToolException        when it failed, with words that are fit for clients
     * @throws InterruptedException when the gateway stops; the call is cancelled
     */
    String execute(Tool tool, ToolInput input) throws InterruptedException {
        String name = tool.spec().name();
        long started = System.nanoTime();
        String outcome = "error";
        FutureTask<ToolResult> task = new FutureTask<>(() -> tool.execute(input));
        try (TraceSpan span = telemetry.toolCall(telemetry.current(), name, input.callId())) {
            try {
                Thread.ofVirtual().name("tool-" + name).start(task);
                String content =
                        task.get(timeout.toMillis(), TimeUnit.MILLISECONDS).content();
                outcome = "success";
                return content;
            } catch (TimeoutException e) {
                throw new ToolException("The tool did not answer within " + timeout.toSeconds() + " seconds.");
            } catch (ExecutionException e) {
                if (e.getCause() instanceof ToolException told) {
                    throw told;
                }
                LOG.warn("the tool {} failed", name, e.getCause());
                throw new ToolException("The tool failed because of an internal error.");
            } finally {
                task.cancel(true);
                if (outcome.equals("error")) {
                    span.failed("tool_error");
                }
                metrics.toolCall(name, outcome, Duration.ofNanos(System.nanoTime() - started));
            }
        }
    }
}
