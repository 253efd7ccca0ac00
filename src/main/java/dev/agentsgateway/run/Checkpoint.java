package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.model.Message;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;

/**
 * Where a driver begins: with a run that was just accepted, or with one that another driver left.
 *
 * @param session   the session's row
 * @param claim     null when the session must still be claimed
 * @param fence     whoever has a higher one owns the run
 * @param epochs    whose events count
 * @param lastSeq   the number of the last event that counts
 * @param takeovers in a row without progress
 * @param messages  the run's transcript so far, by number; results may be missing
 * @param usage     null when nothing was used yet
 * @param consents  the calls on which a person was asked, by the number of their result
 * @param reasoned  what was thought in steps and is stored, null when nothing is
 * @param started   the numbers of results whose calls may have been executed
 */
record Checkpoint(
        UUID run,
        SessionKey key,
        long session,
        RunStore.Claim claim,
        String name,
        String model,
        ObjectNode request,
        Entry entry,
        int fence,
        EventEpochs epochs,
        int lastSeq,
        int takeovers,
        boolean cancelRequested,
        SortedMap<Integer, Message> messages,
        RunMetrics usage,
        Reasoned reasoned,
        Map<Integer, Consent> consents,
        Set<Integer> started) {
    /** How the driver came by the run. */
    enum Entry {
        ACCEPTED,
        CONTINUED,
        TAKEN_OVER
    }
}
