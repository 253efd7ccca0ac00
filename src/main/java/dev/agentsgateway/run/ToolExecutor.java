package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolContext;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolResult;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Executes one call with its time-out; the run's abort cancels it. Thread-safe. */
final class ToolExecutor {
    private static final Logger LOG = LoggerFactory.getLogger(ToolExecutor.class);
    static final String INTERNAL_ERROR = "The tool failed because of an internal error.";

    private final Drive drive;
    private final ToolContext context;

    ToolExecutor(Drive drive, ToolContext context) {
        this.drive = drive;
        this.context = context;
    }

    /**
     * @param seq the number of the result in the run's transcript
     * @return how it ended, well or not
     * @throws RunFailure when the run goes on elsewhere: the call has no result then
     */
    ToolExecution execute(Tool tool, ToolExecution started, JsonNode arguments, int seq) {
        if (!(arguments instanceof ObjectNode object)) {
            return failed(started, "The arguments are not a JSON object. Call the tool again with valid arguments.");
        }
        Abort abort = drive.run().abort();
        Duration timeout = drive.plan().limits().toolTimeout();
        ToolInput input = new ToolInput(started.callId(), drive.run().id() + ":" + seq, object, context);
        FutureTask<ToolResult> task = new FutureTask<>(() -> tool.execute(input));
        Thread.ofVirtual().name("tool-" + started.name()).start(task);
        try (Abort.Hook _ = abort.hook(() -> task.cancel(true))) {
            ToolResult result = task.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            String content = drive.plan().guard().mask(result.content());
            return started.ended(bounded(content), false, System.currentTimeMillis())
                    .referring(result.references());
        } catch (TimeoutException e) {
            task.cancel(true);
            return failed(started, "The tool did not answer within " + timeout.toSeconds() + " seconds.");
        } catch (CancellationException | InterruptedException e) {
            task.cancel(true);
            abort.checkOwned();
            return failed(started, "The call was cancelled.");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ToolException told) {
                return failed(started, drive.plan().guard().mask(told.getMessage()));
            }
            abort.checkOwned();
            LOG.warn("the tool {} failed", started.name(), e.getCause());
            return failed(started, INTERNAL_ERROR);
        }
    }

    private static ToolExecution failed(ToolExecution started, String why) {
        return started.ended(why, true, System.currentTimeMillis());
    }

    private String bounded(String content) {
        int max = drive.plan().limits().resultChars();
        if (content == null || content.length() <= max) {
            return content;
        }
        // Half a surrogate pair cannot be sent to anyone.
        int end = Character.isHighSurrogate(content.charAt(max - 1)) ? max - 1 : max;
        return content.substring(0, end) + "\n[cut: the result has " + content.length() + " characters]";
    }
}
