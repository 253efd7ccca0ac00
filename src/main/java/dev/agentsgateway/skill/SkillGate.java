package dev.agentsgateway.skill;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.run.SessionTools;
import dev.agentsgateway.run.ToolExecution;
import dev.agentsgateway.run.ToolGate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Once a run has loaded skills that name the tools they allow, only these may be called in its further turns. What a
 * skill allows is read from what the run was told when it loaded it: a change of the skill, its deletion and another
 * process change nothing for a run that has begun.
 */
public final class SkillGate implements ToolGate {
    private static final Logger LOG = LoggerFactory.getLogger(SkillGate.class);

    /** They change nothing outside the conversation. */
    private static final Set<String> ALWAYS = Set.of(
            SkillTools.INSTRUCTIONS, SkillTools.REFERENCE, SkillTools.SCRIPT, SessionTools.STATE, SessionTools.HISTORY);

    @Override
    public Optional<String> objection(String tool, List<ToolExecution> earlier) {
        if (ALWAYS.contains(tool)) {
            return Optional.empty();
        }
        Set<String> skills = new TreeSet<>();
        Set<String> allowed = new TreeSet<>();
        for (ToolExecution execution : earlier) {
            if (execution.name().equals(SkillTools.INSTRUCTIONS) && Boolean.FALSE.equals(execution.error())) {
                allowed(execution.result()).ifPresent(names -> {
                    skills.add(
                            execution.arguments().path(SkillTools.NAME_ARGUMENT).asText());
                    allowed.addAll(names);
                });
            }
        }
        return skills.isEmpty() || allowed.contains(tool)
                ? Optional.empty()
                : Optional.of("The tool '" + tool + "' was not called: the loaded "
                        + (skills.size() == 1 ? "skill " : "skills ") + String.join(", ", skills)
                        + (skills.size() == 1 ? " allows" : " allow") + " only " + String.join(", ", allowed) + ".");
    }

    /** Empty for a skill that allows all. The list stands first in the result, before what may have been cut off. */
    private static Optional<List<String>> allowed(String result) {
        List<String> names = new ArrayList<>();
        boolean listed = false;
        try (JsonParser parser = Json.MAPPER.createParser(result == null ? "" : result)) {
            listed = parser.nextToken() == JsonToken.START_OBJECT
                    && SkillTools.ALLOWED.equals(parser.nextFieldName())
                    && parser.nextToken() == JsonToken.START_ARRAY;
            while (listed && parser.nextToken() == JsonToken.VALUE_STRING) {
                names.add(parser.getText());
            }
        } catch (IOException e) {
            // Of a list that was cut the rest still counts.
            LOG.debug("the result of a skill that was loaded is cut", e);
        }
        return listed ? Optional.of(names) : Optional.empty();
    }
}
