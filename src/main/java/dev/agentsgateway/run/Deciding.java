package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.UUID;

/** Decides requirements; the run goes on as soon as all that it waits for is decided, wherever it lives. Thread-safe. */
public interface Deciding {
    /** What came of it. */
    enum Outcome {
        DECIDED,
        NOT_FOUND,
        /** By somebody else, or the run has ended. */
        ALREADY_DECIDED,
        EXPIRED
    }

    /**
     * Decides, durably when this returns. Of several that decide at once, one does.
     *
     * @param editedArguments executed instead of the stored ones; null for the stored ones
     * @param note            what the model is told with a denial; empty for nothing
     * @param via             {@code commit}, {@code api} or {@code page}
     * @param keyId           the API key that decides, null for none
     */
    Outcome decide(
            UUID requirement, boolean approved, ObjectNode editedArguments, String note, String via, Integer keyId);
}
