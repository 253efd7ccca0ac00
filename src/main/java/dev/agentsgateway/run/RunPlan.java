package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.model.ResolvedModel;
import dev.agentsgateway.tool.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Who runs and how; made by the feature that starts the run.
 *
 * @param name          for people, in events
 * @param models        the model to ask, then those to fall back to
 * @param system        the system prompt, placeholders unfilled
 * @param state         members that this request lays over the session's state
 * @param tools         what the model may call, besides the tools of the session itself
 * @param historyRuns   how many earlier runs of the session the model sees; 0 or less for none
 * @param toolNames     if not null, only tools with these names are offered
 * @param confirmTools  names of tools whose calls need a person's yes, besides those that say so themselves
 * @param gate          says which tools may still be called
 * @param guard         checks and masks what the user says, and masks what tools answer
 * @param tenantId      null when the request names none and the key is bound to none
 * @param timezone      IANA name as the request gave it
 */
public record RunPlan(
        String name,
        List<ResolvedModel> models,
        String system,
        ObjectNode state,
        List<Tool> tools,
        boolean memory,
        boolean history,
        int historyRuns,
        List<String> toolNames,
        Set<String> confirmTools,
        ToolGate gate,
        Guard guard,
        Double temperature,
        Integer maxTokens,
        boolean stream,
        String tenantId,
        String timezone,
        String locale,
        Limits limits,
        RunOptions options) {
    public RunPlan {
        models = List.copyOf(models);
        tools = List.copyOf(tools);
        confirmTools = Set.copyOf(confirmTools);
    }

    /** The names of all tools that the model would be offered if {@code toolNames} were null. */
    public List<String> offeredToolNames() {
        List<String> names = new ArrayList<>();
        tools.forEach(tool -> names.add(tool.spec().name()));
        names.add(SessionStateTool.NAME);
        if (history) {
            names.add(ChatHistoryTool.NAME);
        }
        if (memory) {
            names.add(UserMemoryTool.NAME);
        }
        return names.stream().sorted().toList();
    }
}
