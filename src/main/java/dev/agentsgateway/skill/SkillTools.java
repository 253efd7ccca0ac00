package dev.agentsgateway.skill;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolResult;
import dev.agentsgateway.tool.ToolSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The skills of one agent as its model sees them: a short catalogue in the system prompt, and three tools, named as in
 * Agno, that load instructions, references and scripts. A skill goes by its name, or by its id where two have the same
 * name. Thread-safe.
 */
public final class SkillTools {
    static final String INSTRUCTIONS = "get_skill_instructions";
    static final String REFERENCE = "get_skill_reference";
    static final String SCRIPT = "get_skill_script";
    static final String NAME_ARGUMENT = "skill_name";
    static final String ALLOWED = "allowed_tools";
    private static final String REFERENCE_ARGUMENT = "reference_path";
    private static final String SCRIPT_ARGUMENT = "script_path";
    /** Of a description in the catalogue, which every chat pays for. */
    private static final int LINE_CHARS = 300;

    private static final ToolSpec INSTRUCTIONS_SPEC = spec(
            INSTRUCTIONS,
            "Loads the instructions of a skill. Call it before you do a task that the skill is for, and follow them.",
            null,
            null);
    private static final ToolSpec REFERENCE_SPEC =
            spec(REFERENCE, "Loads a reference document of a skill.", REFERENCE_ARGUMENT, "The name of the reference");
    private static final ToolSpec SCRIPT_SPEC = spec(
            SCRIPT, "Loads the text of a script of a skill. It is not run.", SCRIPT_ARGUMENT, "The name of the script");

    /** What the tools are, for checks of arguments. */
    public static final List<ToolSpec> SPECS = List.of(INSTRUCTIONS_SPEC, REFERENCE_SPEC, SCRIPT_SPEC);

    private final Map<String, Skill> byName;

    private record SkillTool(ToolSpec spec, Function<ToolInput, String> work) implements Tool {
        @Override
        public ToolResult execute(ToolInput input) {
            return new ToolResult(work.apply(input));
        }
    }

    /** @param skills of different ids; none for an agent without skills */
    public SkillTools(List<Skill> skills) {
        byName = new LinkedHashMap<>();
        Map<String, Long> names = skills.stream().collect(Collectors.groupingBy(Skill::name, Collectors.counting()));
        for (Skill skill : skills) {
            boolean clear = names.get(skill.name()) == 1 && !skill.name().isBlank();
            byName.put(clear ? skill.name() : skill.id(), skill);
        }
    }

    /** The lines that end the system prompt; empty without skills. */
    public String catalogue() {
        if (byName.isEmpty()) {
            return "";
        }
        StringBuilder lines = new StringBuilder("\n\nSkills that you can load with " + INSTRUCTIONS + ":");
        byName.forEach((name, skill) -> lines.append("\n- ").append(line(name)).append(about(skill)));
        return lines.toString();
    }

    /** @param toolNames the only tools of the run; null for all */
    public boolean offeredTo(List<String> toolNames) {
        return toolNames == null || toolNames.contains(INSTRUCTIONS);
    }

    private static String about(Skill skill) {
        return skill.description() == null || skill.description().isBlank() ? "" : ": " + line(skill.description());
    }

    private static String line(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.codePointCount(0, line.length()) <= LINE_CHARS
                ? line
                : line.substring(0, line.offsetByCodePoints(0, LINE_CHARS - 1)) + "…";
    }

    /** Empty without skills. */
    public List<Tool> tools() {
        return byName.isEmpty()
                ? List.of()
                : List.of(
                        new SkillTool(INSTRUCTIONS_SPEC, this::instructions),
                        new SkillTool(
                                REFERENCE_SPEC,
                                input -> file(input, REFERENCE_ARGUMENT, "reference", Skill::references)),
                        new SkillTool(SCRIPT_SPEC, input -> file(input, SCRIPT_ARGUMENT, "script", Skill::scripts)));
    }

    private static ToolSpec spec(String name, String description, String argument, String meaning) {
        ObjectNode parameters = Json.object().put("type", "object");
        ObjectNode properties = parameters.putObject("properties");
        ArrayNode required = parameters.putArray("required").add(NAME_ARGUMENT);
        properties
                .putObject(NAME_ARGUMENT)
                .put("type", "string")
                .put("description", "The name of the skill, as it is listed");
        if (argument != null) {
            properties.putObject(argument).put("type", "string").put("description", meaning);
            required.add(argument);
        }
        return new ToolSpec(name, description, parameters, ToolSpec.SideEffect.NONE);
    }

    private String instructions(ToolInput input) {
        Skill skill = skill(input);
        ObjectNode answer = Json.object();
        // First: SkillGate reads it, also from a result that was cut.
        if (skill.allowedTools() != null && !skill.allowedTools().isEmpty()) {
            skill.allowedTools().forEach(answer.withArray(ALLOWED)::add);
        }
        answer.put(NAME_ARGUMENT, input.text(NAME_ARGUMENT))
                .put("description", skill.description())
                .put("instructions", skill.instructions());
        names(skill.scripts()).forEach(answer.putArray("available_scripts")::add);
        names(skill.references()).forEach(answer.putArray("available_references")::add);
        return answer.toString();
    }

    private String file(ToolInput input, String argument, String what, Function<Skill, List<JsonNode>> files) {
        Skill skill = skill(input);
        String wanted = input.text(argument);
        List<JsonNode> all = files.apply(skill) == null ? List.of() : files.apply(skill);
        List<String> names = names(all);
        int found = names.indexOf(wanted);
        if (found < 0) {
            throw new ToolException("The skill has no " + what + " '" + wanted + "'. "
                    + (names.isEmpty() ? "It has none." : "It has " + String.join(", ", names) + "."));
        }
        JsonNode content = all.get(found).get("content");
        ObjectNode answer =
                Json.object().put(NAME_ARGUMENT, input.text(NAME_ARGUMENT)).put(argument, wanted);
        // By convention an object has a name and a content; of any other the whole says most.
        answer.set("content", content == null ? all.get(found) : content);
        return answer.toString();
    }

    /** What goes by no name goes by its number. */
    private static List<String> names(List<JsonNode> files) {
        if (files == null) {
            return List.of();
        }
        return IntStream.range(0, files.size())
                .mapToObj(i -> files.get(i).path("name").isTextual()
                        ? files.get(i).get("name").textValue()
                        : Integer.toString(i + 1))
                .toList();
    }

    private Skill skill(ToolInput input) {
        String wanted = input.text(NAME_ARGUMENT).strip();
        Skill named = byName.get(wanted);
        if (named != null) {
            return named;
        }
        return byName.values().stream()
                .filter(skill -> skill.id().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new ToolException("There is no skill named '" + wanted + "'. There are "
                        + String.join(", ", byName.keySet()) + "."));
    }
}
