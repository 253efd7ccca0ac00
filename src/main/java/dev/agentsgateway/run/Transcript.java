package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The conversation of one run as its driver knows it: what the model is shown, what of it is stored, what the last commit
 * still has to store, and what waits for a person. It numbers the run's messages: the user's is 0, and a turn's results
 * follow it in the order of its calls. For one thread.
 */
final class Transcript {
    private final Checkpoint from;
    private final List<Message> conversation = new ArrayList<>();
    private final List<ToolExecution> executions = new ArrayList<>();
    private final TreeMap<Integer, Message> stored;
    private final TreeMap<Integer, Message> unstored = new TreeMap<>();
    private final SortedMap<Integer, RunEvent.Requested> waiting = new TreeMap<>();
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private int next = 1;
    private int current;
    private Reasoned reasoned;

    Transcript(Checkpoint from) {
        this.from = from;
        this.stored = new TreeMap<>(from.messages());
    }

    /** What the model is shown. */
    List<Message> conversation() {
        return conversation;
    }

    /** Where the run's own messages begin in the conversation. */
    int current() {
        return current;
    }

    void history(List<Message> earlier) {
        conversation.addAll(earlier);
    }

    void said(Message.User message) {
        current = conversation.size();
        conversation.add(message);
    }

    /** What was thought before the answer belongs to what the model is shown, and to no stored message. */
    void reasoned(Reasoned thought) {
        reasoned = thought;
        conversation.addAll(thought.context());
    }

    /** Null when nothing was thought in steps. */
    Reasoned reasoned() {
        return reasoned == null || reasoned.steps().isEmpty() ? null : reasoned;
    }

    /** What the model said, of all its turns. */
    String content() {
        return content.toString();
    }

    String reasoning() {
        return reasoning.toString();
    }

    /** Every execution, the waiting ones included, in the order in which the model asked for them. */
    List<ToolExecution> executions() {
        return List.copyOf(executions);
    }

    /** What the run's tools found in documents, in their order; null for nothing. */
    ArrayNode references() {
        ArrayNode all = Json.MAPPER.createArrayNode();
        for (ToolExecution execution : executions) {
            if (execution.references() instanceof ArrayNode found) {
                all.addAll(found);
            }
        }
        return all.isEmpty() ? null : all;
    }

    /** By the numbers of their results: the calls that a person has to decide on. */
    SortedMap<Integer, RunEvent.Requested> waiting() {
        return waiting;
    }

    /** By number: what the last commit has to store. */
    TreeMap<Integer, Message> unstored() {
        return unstored;
    }

    /**
     * Takes up what earlier drivers stored; returns the turn of which calls have no result yet, null when there is none.
     *
     * @param state gets what the session was told to keep by calls that are stored, while it is not itself
     */
    Message.Assistant resume(SessionState state) {
        for (var entry : from.messages().tailMap(1).entrySet()) {
            if (!(entry.getValue() instanceof Message.Assistant turn)) {
                continue;
            }
            heard(turn);
            next = entry.getKey() + 1;
            List<Message> answers = new ArrayList<>();
            List<ToolExecution> executed = new ArrayList<>();
            for (int i = 0; i < turn.toolCalls().size(); i++) {
                if (from.messages().get(next + i) instanceof Message.Tool answer) {
                    ToolExecution execution = ToolCalls.earlier(
                            turn.toolCalls().get(i), answer, from.consents().get(next + i));
                    answers.add(answer);
                    executed.add(execution);
                    keep(execution, state);
                }
            }
            if (answers.size() < turn.toolCalls().size()) {
                return turn;
            }
            executions.addAll(executed);
            conversation.addAll(answers);
            next += answers.size();
        }
        return null;
    }

    /** A pause stores the session's state; a process that was lost took it along. */
    private void keep(ToolExecution execution, SessionState state) {
        boolean keeps = execution.name().equals(SessionStateTool.NAME) && !execution.error();
        if (keeps && from.entry() == Checkpoint.Entry.TAKEN_OVER) {
            SessionStateTool.update(state, execution.arguments());
        }
    }

    /** Stores a turn with calls: before any of them is executed. */
    void store(Drive drive, Message.Assistant turn) {
        // A commit of which the answer was lost may have stored it: then the end must answer its calls.
        unstored.put(next, turn);
        drive.store(next, turn);
        unstored.remove(next);
        stored.put(next, turn);
        next++;
    }

    void heard(Message.Assistant turn) {
        content.append(turn.text());
        reasoning.append(turn.reasoning());
        conversation.add(turn);
    }

    /** The number of the first result of the turn that was stored last. */
    int firstResult() {
        return next;
    }

    /** Takes the results of that turn's calls; returns why one could not be stored, null when all are. */
    RuntimeException answered(List<ToolCalls.Result> results) {
        RuntimeException refused = null;
        for (ToolCalls.Result result : results) {
            if (result.execution() != null) {
                executions.add(result.execution());
            }
            if (result.waiting() != null) {
                waiting.put(next, result.waiting());
            } else {
                conversation.add(result.message());
                (result.notStored() == null ? stored : unstored).put(next, result.message());
            }
            if (result.notStored() != null) {
                refused = result.notStored();
            }
            next++;
        }
        return refused;
    }

    /** The last message goes with the last commit. */
    void end(Message.Assistant last) {
        unstored.put(next, last);
    }

    /** The run ends without an answer: what is there is made valid, for whoever shows it to a model again. */
    void end(RunFailure failure) {
        TreeMap<Integer, Message> all = new TreeMap<>(stored);
        all.putAll(unstored);
        unstored.putAll(UnansweredCalls.results(all, from.consents(), waiting.keySet(), failure));
    }
}
