package dev.agentsgateway.agent;

import dev.agentsgateway.prompt.Prompt;
import java.util.List;

/**
 * An active agent with its prompt.
 *
 * @param tags    the agent's own, empty for none
 * @param prompt  what the agent works by: the version that it pins or whose label it follows, else the current one; null
 *     when there is none in the store
 * @param current the current version of the prompt, null when there is no prompt
 */
record Agent(
        String id,
        String name,
        String description,
        String version,
        String promptId,
        List<String> tags,
        AgentConfig config,
        Prompt prompt,
        Prompt current) {

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
