package dev.agentsgateway.run;

import dev.agentsgateway.model.ResolvedModel;

/**
 * What an agent's configuration switches on beside its tools.
 *
 * @param reasoning       null when the agent does not reason before it answers
 * @param addMemories     whether the model is told what is remembered of the user
 * @param extractMemories whether the finished run is searched for what is worth remembering
 * @param contextTokens   the most that one request may be estimated at; null leaves it to the catalogue
 */
public record RunOptions(Reasoning reasoning, boolean addMemories, boolean extractMemories, Integer contextTokens) {
    public static final RunOptions DEFAULT = new RunOptions(null, false, false, null);

    /**
     * @param minSteps 1 or more
     * @param maxSteps not less than {@code minSteps}
     * @param model    null for the model that answers
     */
    public record Reasoning(int minSteps, int maxSteps, ResolvedModel model) {}
}
