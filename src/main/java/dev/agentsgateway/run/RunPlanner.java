package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Plans a stored run again, for a driver that continues it; the feature that started it provides one. Thread-safe. */
public interface RunPlanner {
    /**
     * @param request as the run was accepted with ({@link NewRun#request})
     * @throws RunUnplannableException when it cannot be continued, in words that are fit for clients
     */
    RunPlan plan(SessionKey session, ObjectNode request);

    /** What the run needs is gone, for example its agent. */
    final class RunUnplannableException extends RuntimeException {
        private static final long serialVersionUID = 1;

        public RunUnplannableException(String message) {
            super(message);
        }
    }
}
