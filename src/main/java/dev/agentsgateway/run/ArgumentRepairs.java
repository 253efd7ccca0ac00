package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Message;
import java.util.Collection;

/**
 * Counts the turns in a row in which a model called tools with arguments that are no JSON object. Each such call is told
 * to the model, which may repair it; a model that never does must not go on at somebody's cost. For one thread.
 */
final class ArgumentRepairs {
    private static final int MOST = 3;

    private int failed;

    /** @param earlier what earlier drivers of the run stored */
    ArgumentRepairs(Collection<Message> earlier) {
        earlier.forEach(message -> {
            if (message instanceof Message.Assistant turn) {
                count(turn);
            }
        });
    }

    /** @throws RunFailure {@code invalid_tool_arguments} when the model had its chances */
    void check(Message.Assistant turn) {
        count(turn);
        if (failed > MOST) {
            throw new RunFailure(
                    "invalid_tool_arguments",
                    "The model called tools with arguments that are no JSON object, " + failed + " times in a row.");
        }
    }

    private void count(Message.Assistant turn) {
        boolean bad = turn.toolCalls().stream().anyMatch(call -> !valid(call.arguments()));
        failed = bad ? failed + 1 : 0;
    }

    private static boolean valid(String arguments) {
        try {
            return arguments.isBlank() || Json.read(arguments) instanceof ObjectNode;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
