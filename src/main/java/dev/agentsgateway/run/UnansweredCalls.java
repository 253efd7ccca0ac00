package dev.agentsgateway.run;

import dev.agentsgateway.model.Message;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Gives a result to every call that has none when its run fails: a transcript is valid however the run ended. */
final class UnansweredCalls {
    private UnansweredCalls() {}

    /**
     * @param transcript by number: what was said and answered so far
     * @param consents   by the number of the result: the calls on which a person was asked
     * @param waiting    the numbers of results whose calls wait for a person who was not asked yet
     * @return the missing results by their numbers
     */
    static SortedMap<Integer, Message> results(
            SortedMap<Integer, Message> transcript,
            Map<Integer, Consent> consents,
            Set<Integer> waiting,
            RunFailure failure) {
        SortedMap<Integer, Message> missing = new TreeMap<>();
        transcript.forEach((number, message) -> {
            if (message instanceof Message.Assistant turn) {
                int seq = number;
                for (Message.ToolCall call : turn.toolCalls()) {
                    seq++;
                    if (!transcript.containsKey(seq)) {
                        Consent consent = consents.get(seq);
                        boolean heldBack = waiting.contains(seq)
                                || consent != null && consent.decision() != Consent.Decision.APPROVED;
                        missing.put(seq, new Message.Tool(call.id(), call.name(), text(heldBack, failure), true));
                    }
                }
            }
        });
        return missing;
    }

    private static String text(boolean heldBack, RunFailure failure) {
        return (heldBack
                        ? "The call was not executed. "
                        : "The run ended before the call had a result; it is not known whether it took effect. ")
                + failure.getMessage();
    }
}
