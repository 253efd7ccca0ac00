package dev.agentsgateway.agent;

import dev.agentsgateway.prompt.Prompt;
import java.util.List;

/**
 * An active agent with its prompt.
 *
 * @param tags   the agent's own, empty for none
 * @param prompt null when there is none in the store
 */
record Agent(
        String id,
        String name,
        String description,
        String version,
        String promptId,
        List<String> tags,
        AgentConfig config,
        Prompt prompt) {

    /** The name in events: the prompt's tag {@code agent_name:…}, else the prompt's name, else the agent's. */
    String displayName() {
        if (prompt == null) {
            return name;
        }
        return prompt.tags().stream()
                .filter(tag -> tag.startsWith("agent_name:"))
                .findFirst()
                .map(tag -> tag.substring("agent_name:".length()).strip())
                .orElse(prompt.name());
    }
}
